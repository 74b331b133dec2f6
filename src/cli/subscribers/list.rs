use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::super::table::{Cell, Table};
use super::{Output, Station, find, tone};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::store::{Store, Subscriber, SubscriberFilter, SubscriberId, Subscription, SubscriptionState};

/// Rows read at once.
const PAGE: usize = 1_000;
/// Rows shown where no number is given: about a screen.
const SHOWN: usize = 50;

/// List subscribers, in the order they came
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Only those in this state: pending, confirmed or ended
    #[arg(long, value_name = "STATE")]
    state: Option<SubscriptionState>,
    /// How many at most [default: 50; with --json all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on behind this one
    #[arg(long, value_name = "EMAIL")]
    after: Option<EmailAddress>,
    /// Answer in JSON, a line a subscriber
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    email: &'a str,
    name: &'a str,
    subscriptions: BTreeMap<&'a str, SubscriptionState>,
    /// Empty: the newsletter's.
    timezone: &'a str,
}

impl List {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let limit = self.limit.unwrap_or(if self.json { usize::MAX } else { SHOWN });
        let filter = Filter { newsletter: self.newsletter.as_deref(), state: self.state };
        let after = match &self.after {
            None => SubscriberId(0),
            Some(email) => store.read(|db| find(db, email))?.id,
        };
        let mut table = Table::default();
        let mut last = None;
        let mut shown = 0;
        let is_cut = each(store, &filter, after, |subscriber, subscriptions| {
            if shown == limit {
                return Ok(false);
            }
            shown += 1;
            if self.json {
                let states = subscriptions.iter().map(|tie| (tie.newsletter.as_str(), tie.state)).collect();
                let (email, name) = (subscriber.email.as_str(), subscriber.name.as_str());
                let timezone = subscriber.timezone.map_or("", Timezone::name);
                out.json(&Listed { email, name, subscriptions: states, timezone })?;
            } else {
                table.row(cells(subscriber, subscriptions));
            }
            last = Some(subscriber.email.clone());
            Ok(true)
        })?;
        table.write(out)?;
        if self.json {
            return Ok(());
        }
        match last {
            None => writeln!(out, "No subscriber fits; `griot subscribers import` or the sign-up page brings some")?,
            Some(last) if is_cut => writeln!(out, "\nThere are more: {} --after {last}", self.command())?,
            Some(_) => {}
        }
        Ok(())
    }

    /// This command as it was typed, but for where it begins.
    fn command(&self) -> String {
        let mut command = "griot subscribers list".to_owned();
        let options = [
            ("newsletter", self.newsletter.clone()),
            ("state", self.state.map(|state| state.to_string())),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                command.push_str(&format!(" --{name} {value}"));
            }
        }
        command
    }
}

fn cells(subscriber: &Subscriber, subscriptions: &[Subscription]) -> Vec<Cell> {
    let mut cells = vec![subscriber.email.as_str().into(), subscriber.name.as_str().into()];
    for tie in subscriptions {
        cells.push(tie.newsletter.as_str().into());
        cells.push(Cell::state(tie.state, tone(tie.state)));
    }
    cells
}

/// Which subscribers a walk is about.
pub struct Filter<'a> {
    pub newsletter: Option<&'a str>,
    pub state: Option<SubscriptionState>,
}

/// Walks over subscribers a page at a time, so that the memory does not grow with them and the writer never waits.
///
/// `visit` ends the walk with `false`; then the answer is `true`.
pub fn each(
    store: &Store,
    filter: &Filter<'_>,
    mut after: SubscriberId,
    mut visit: impl FnMut(&Subscriber, &[Subscription]) -> Result<bool>,
) -> Result<bool> {
    loop {
        let page = SubscriberFilter { newsletter: filter.newsletter, state: filter.state, after, limit: PAGE };
        let page = store.read(|db| Subscriber::list(db, &page))?;
        let Some((last, _)) = page.last() else { return Ok(false) };
        after = last.id;
        for (subscriber, subscriptions) in &page {
            if !visit(subscriber, subscriptions)? {
                return Ok(true);
            }
        }
    }
}
