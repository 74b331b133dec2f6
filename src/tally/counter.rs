use std::fmt;
use std::hash::Hasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use siphasher::sip::SipHasher13;

use super::targets::{REMEMBERED, Target, Targets};
use crate::composition::WebUrl;
use crate::config::Clicks;
use crate::publishing::Press;
use crate::store::{EditionId, LinkId, LinkTarget, SubscriberId};

/// What waits at most to be sorted, half a minute's worth of far more than can come in: 40 octets each.
const WAITING: usize = 500_000;
/// Links remembered before anybody asks for them: those of the latest editions.
const LOOKED_AHEAD: usize = REMEMBERED / 2;

/// Who followed a link, as far as that is told.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    pub address: IpAddr,
    /// Empty where there is none.
    pub user_agent: &'a str,
    /// Whether it only looks, or says that it is one: HEAD, a known agent, a browser that fetches ahead.
    pub is_machine: bool,
}

/// A link that was followed.
#[derive(Clone, Debug)]
pub(super) struct Click {
    pub target: Arc<Target>,
    /// Where the newsletter counts by whom.
    pub subscriber: Option<SubscriberId>,
    /// A keyed hash; the key goes with the process.
    pub client: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    pub is_machine: bool,
}

/// Something to be counted.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Click(Click),
    Open(EditionId),
}

/// Counts into memory; clones share it.
#[derive(Clone)]
pub struct Tally(Arc<Parts>);

struct Parts {
    press: Press,
    targets: Targets,
    waiting: Mutex<Vec<Event>>,
    /// Events there was no room for, since somebody was told.
    lost: AtomicU64,
    hasher: SipHasher13,
}

impl Tally {
    /// The tally, and the work of writing it down, which ends, with nothing left, when its argument does.
    pub fn new(press: Press) -> Result<(Self, super::writer::Writer)> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).context("the system gives no random numbers")?;
        let hasher = SipHasher13::new_with_key(&key);
        let waiting = Mutex::default();
        let parts =
            Parts { press: press.clone(), targets: Targets::default(), waiting, lost: AtomicU64::new(0), hasher };
        let tally = Self(Arc::new(parts));
        Ok((tally.clone(), super::writer::Writer::new(press, tally)))
    }

    /// Where a link leads: out of memory, or by one read of the store. `None` where it is not known, or is not of the web.
    pub async fn target(&self, link: LinkId) -> Result<Option<Arc<Target>>> {
        if let Some(target) = self.0.targets.find(link) {
            return Ok(Some(target));
        }
        let store = self.0.press.store();
        let found = store.blocking(move |store| store.read(|db| LinkTarget::find(db, link))).await?;
        Ok(found.and_then(|found| self.remember(link, found)))
    }

    /// Remembers the links of editions that went out from this moment on: whoever follows one then waits for no store, and
    /// needs none that is there.
    pub(super) fn look_ahead(&self, since: DateTime<Utc>) -> Result<()> {
        let known = self.0.press.store().read(|db| LinkTarget::of_sent_since(db, since, LOOKED_AHEAD))?;
        for (link, found) in known {
            if self.0.targets.find(link).is_none() {
                self.remember(link, found);
            }
        }
        Ok(())
    }

    /// `None` where it does not lead into the web.
    fn remember(&self, link: LinkId, found: LinkTarget) -> Option<Arc<Target>> {
        // What is stored was one once; whoever wrote into the store since does not send readers elsewhere.
        let url = WebUrl::parse(&found.url).ok()?;
        let newsletter = self.0.press.config().newsletter(&found.newsletter);
        let target = Arc::new(Target {
            link,
            edition: found.edition,
            url: url.as_str().to_owned(),
            counts: newsletter.map_or(Clicks::Off, |newsletter| newsletter.clicks),
            siblings: found.siblings,
        });
        self.0.targets.remember(target.clone());
        Some(target)
    }

    /// Counts that a link was followed, by this subscriber where the newsletter counts that. Waits for nothing.
    pub fn follow(&self, target: Arc<Target>, subscriber: Option<SubscriberId>, client: Client<'_>) {
        let subscriber = match target.counts {
            Clicks::Off => return,
            Clicks::Aggregate => None,
            Clicks::Subscriber => subscriber,
        };
        let at = self.0.press.now().timestamp_millis();
        let is_machine = client.is_machine;
        let client = self.hash(&client, subscriber);
        self.put(Event::Click(Click { target, subscriber, client, at, is_machine }));
    }

    /// Counts that an edition was opened. Waits for nothing.
    pub fn open(&self, edition: EditionId) {
        self.put(Event::Open(edition));
    }

    fn put(&self, event: Event) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING {
            waiting.push(event);
        } else {
            self.0.lost.fetch_add(1, Relaxed);
        }
    }

    /// Takes what waits.
    pub(super) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be sorted yet, before what has come since.
    pub(super) fn put_back(&self, mut events: Vec<Event>) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        events.append(&mut waiting);
        let more = events.len().saturating_sub(WAITING);
        events.truncate(WAITING);
        self.lose(more as u64);
        *waiting = events;
    }

    /// Takes note of what could not be kept.
    pub(super) fn lose(&self, many: u64) {
        self.0.lost.fetch_add(many, Relaxed);
    }

    /// What could not be kept since this was asked last.
    pub(super) fn lost(&self) -> u64 {
        self.0.lost.swap(0, Relaxed)
    }

    /// Readers behind one address who use the same program are one client in the aggregate; where each is known, they
    /// are told apart.
    fn hash(&self, client: &Client<'_>, subscriber: Option<SubscriberId>) -> u64 {
        let mut hasher = self.0.hasher;
        match client.address {
            IpAddr::V4(address) => hasher.write(&address.octets()),
            IpAddr::V6(address) => hasher.write(&address.octets()),
        }
        hasher.write_i64(subscriber.map_or(0, |subscriber| subscriber.0));
        hasher.write(client.user_agent.as_bytes());
        hasher.finish()
    }
}

/// Without the hash's key, and without who waits.
impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("press", &self.0.press).finish_non_exhaustive()
    }
}
