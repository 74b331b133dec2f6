use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::super::table::{Cell, Table};
use super::{Output, Station, find, tone};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::publishing::{RosterFilter, each_subscriber};
use crate::store::{Subscriber, SubscriberId, Subscription, SubscriptionState};

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
        let filter = RosterFilter { newsletter: self.newsletter.as_deref(), state: self.state };
        let after = match &self.after {
            None => SubscriberId(0),
            Some(email) => store.read(|db| find(db, email))?.id,
        };
        let mut table = Table::default();
        let mut last = None;
        let mut shown = 0;
        let is_cut = each_subscriber(store, &filter, after, |subscriber, subscriptions| {
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
