//! Whether the links of drafts lead somewhere: asked for politely, remembered, and never while a page waits.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use url::Url;

use super::Press;
use super::checks::Finding;
use crate::composition::Brief;
use crate::feeds::{FetchLimits, Fetcher, LinkAnswer};
use crate::store::{Db, Edition, EditionId, EditionName, EditionState, LinkCheck, LinkVerdict, Store};

/// Nothing of a page is read.
const LIMITS: FetchLimits = FetchLimits { bytes: 0, time: Duration::from_secs(10), redirects: 5 };
/// Links of an edition that are looked at: more than it has, unless its events are many.
const MOST: usize = 60;
/// Hosts asked at once, each for one link after the other.
const HOSTS_AT_ONCE: usize = 4;
/// A link is not asked for again sooner.
const REST: TimeDelta = TimeDelta::hours(1);
/// What was found is forgotten after this.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Links that are named one by one.
const NAMED: usize = 10;

/// Which editions' links are being looked at. One after the other, so that no site is asked by two at once.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    under_way: Mutex<HashSet<EditionId>>,
    turn: tokio::sync::Mutex<()>,
}

/// What is known of the links of an edition, beside those that lead nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinksKnown {
    pub links: usize,
    /// Not looked at yet.
    pub unknown: usize,
    /// When the first of them was looked at.
    pub looked_at: Option<DateTime<Utc>>,
    /// Why some could not be looked at, each once.
    pub refusals: Vec<String>,
    pub is_under_way: bool,
}

/// Which links are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Those that were not since the draft was made.
    New,
    /// All that were not within the hour.
    Again,
}

/// What came of a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    pub links: usize,
    /// Of them those that lead nowhere.
    pub dead: usize,
}

/// The right to look at the links of one edition; others see that it is under way.
#[derive(Debug)]
pub struct Looking {
    press: Press,
    edition: EditionId,
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.press.0.lookout.locked().remove(&self.edition);
    }
}

impl Lookout {
    fn locked(&self) -> MutexGuard<'_, HashSet<EditionId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Press {
    /// Takes on to look at an edition's links; `None` where somebody does already.
    pub fn begin_looking(&self, edition: EditionId) -> Option<Looking> {
        let is_new = self.0.lookout.locked().insert(edition);
        is_new.then(|| Looking { press: self.clone(), edition })
    }

    /// Looks at the links of every draft that were not looked at since it was made, and says of which there were some.
    pub async fn look_at_new_links(&self) -> Result<Vec<(EditionName, Looked)>> {
        let drafts = self
            .blocking(|press| {
                let mut drafts = press.store().read(|db| Edition::in_state(db, EditionState::Draft))?;
                drafts.retain(|draft| press.config().newsletter(&draft.name.newsletter).is_some());
                Ok(drafts)
            })
            .await?;
        let mut all = Vec::new();
        for draft in drafts {
            let Some(looking) = self.begin_looking(draft.id) else { continue };
            let name = draft.name.clone();
            let looked = looking.look(draft, Look::New).await?;
            if looked.links > 0 {
                all.push((name, looked));
            }
        }
        Ok(all)
    }

    /// What was found long ago is forgotten.
    pub fn forget_link_checks(&self) -> Result<()> {
        let before = self.now() - KEPT;
        self.store().write(|db| LinkCheck::forget(db, before))
    }

    /// The links of an edition that are asked for by now.
    fn links_due(&self, edition: &Edition, look: Look) -> Result<Vec<Url>> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let rested = self.now() - REST;
        let is_due =
            |asked_at: DateTime<Utc>| asked_at <= rested && (look == Look::Again || asked_at < edition.created_at);
        self.store().read(|db| {
            let Some(brief) = self.brief_without(db, newsletter, edition, &[])? else { return Ok(Vec::new()) };
            let mut due = Vec::new();
            for (_, url) in links_of(&brief) {
                if LinkCheck::find(db, url.as_str())?.is_none_or(|known| is_due(known.checked_at)) {
                    due.push(url);
                }
            }
            Ok(due)
        })
    }

    /// Whether somebody looks at an edition's links now.
    pub(super) fn is_looking(&self, edition: EditionId) -> bool {
        self.0.lookout.locked().contains(&edition)
    }
}

/// What is known of a brief's links: those that lead nowhere first, else that all is well.
pub(super) fn links_known(db: &Db, brief: &Brief, is_under_way: bool) -> Result<(Vec<Finding>, LinksKnown)> {
    let links = links_of(brief);
    let mut known = LinksKnown { links: links.len(), is_under_way, ..LinksKnown::default() };
    let mut dead = Vec::new();
    for (title, url) in links {
        let Some(check) = LinkCheck::find(db, url.as_str())? else {
            known.unknown += 1;
            continue;
        };
        known.looked_at = known.looked_at.map_or(Some(check.checked_at), |first| Some(first.min(check.checked_at)));
        match check.verdict {
            LinkVerdict::Well => {}
            LinkVerdict::Refused if known.refusals.contains(&check.reason) => {}
            LinkVerdict::Refused => known.refusals.push(check.reason),
            LinkVerdict::Gone => dead.push(format!("The link of {title} is dead: {} for {url}", check.reason)),
            LinkVerdict::Failing => dead.push(format!("The link of {title} fails: {} for {url}", check.reason)),
        }
    }
    let others = dead.len().saturating_sub(NAMED);
    dead.truncate(NAMED);
    if others > 0 {
        dead.push(format!("{others} more links lead nowhere"));
    }
    let mut findings: Vec<Finding> = dead.into_iter().map(Finding::look).collect();
    if findings.is_empty() && known.unknown < known.links {
        findings.push(Finding::well("No link that was looked at is dead"));
    }
    Ok((findings, known))
}

impl Looking {
    /// Asks for the links, and writes down what is found as it comes.
    pub async fn look(&self, edition: Edition, look: Look) -> Result<Looked> {
        let press = &self.press;
        let _turn = press.0.lookout.turn.lock().await;
        let due = press.blocking(move |press| press.links_due(&edition, look)).await?;
        let fetcher = press.fetcher(LIMITS)?;
        let mut hosts: BTreeMap<String, Vec<Url>> = BTreeMap::new();
        for url in due {
            hosts.entry(url.host_str().unwrap_or_default().to_owned()).or_default().push(url);
        }
        let asked = hosts.into_values().map(|urls| ask_host(press.clone(), fetcher.clone(), urls));
        let mut asked = stream::iter(asked).buffer_unordered(HOSTS_AT_ONCE);
        let mut all = Looked::default();
        while let Some(looked) = asked.next().await {
            let Looked { links, dead } = looked?;
            all.links += links;
            all.dead += dead;
        }
        Ok(all)
    }
}

/// One link of a host after the other. A host that asks for patience has it: its other links wait for another hour.
async fn ask_host(press: Press, fetcher: Fetcher, urls: Vec<Url>) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut busy: Option<String> = None;
    for url in urls {
        let answer = match &busy {
            Some(reason) => LinkAnswer::Refused(reason.clone()),
            None => fetcher.look(&url).await,
        };
        let (verdict, reason) = match answer {
            LinkAnswer::Well => (LinkVerdict::Well, String::new()),
            LinkAnswer::Gone(reason) => (LinkVerdict::Gone, reason),
            LinkAnswer::Refused(reason) => (LinkVerdict::Refused, reason),
            LinkAnswer::Busy(reason) => {
                busy = Some(reason.clone());
                (LinkVerdict::Refused, reason)
            }
            LinkAnswer::Failing(reason) => (LinkVerdict::Failing, reason),
        };
        looked.links += 1;
        looked.dead += usize::from(matches!(verdict, LinkVerdict::Gone | LinkVerdict::Failing));
        let check = LinkCheck { url: url.into(), verdict, reason, checked_at: press.now() };
        press.store().blocking(move |store: &Store| store.write(|db| check.save(db))).await?;
    }
    Ok(looked)
}

fn links_of(brief: &Brief) -> Vec<(String, Url)> {
    let mut links = brief.links();
    links.truncate(MOST);
    links
}
