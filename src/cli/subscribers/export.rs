use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;

use super::super::check::counted;
use super::super::sheet::{guarded, plain_error, write_new, writer};
use super::list::{Filter, each};
use super::{Output, Station};
use crate::config::Timezone;
use crate::store::{Store, SubscriberId, SubscriptionState};

/// New ones come at the end: people's scripts count columns.
const HEADER: [&str; 10] = [
    "email",
    "name",
    "newsletter",
    "state",
    "source",
    "created_at",
    "confirmed_at",
    "ended_at",
    "ended_by",
    "timezone",
];

/// Write subscribers as CSV, a line a subscription
#[derive(Debug, Args)]
pub struct Export {
    /// The file to make, which must not exist; the standard output where it is left out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only subscriptions to this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Only subscriptions in this state: pending, confirmed or ended
    #[arg(long, value_name = "STATE")]
    state: Option<SubscriptionState>,
}

impl Export {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let Some(file) = &self.file else {
            self.write(store, out)?;
            return Ok(());
        };
        let exported = write_new(file, |new| self.write(store, new))?;
        let exported = counted(exported, "subscription");
        writeln!(out, "Exported {exported} to {}", file.display())?;
        Ok(())
    }

    /// Answers how many lines there are besides the header.
    fn write(&self, store: &Store, to: impl Write) -> Result<usize> {
        let mut csv = writer(to);
        csv.write_record(HEADER).map_err(plain_error)?;
        let mut exported = 0;
        let filter = Filter { newsletter: self.newsletter.as_deref(), state: self.state };
        each(store, &filter, SubscriberId(0), |subscriber, subscriptions| {
            let is_wanted = |newsletter: &str, state| {
                self.newsletter.as_deref().is_none_or(|wanted| wanted == newsletter)
                    && self.state.is_none_or(|wanted| wanted == state)
            };
            for tie in subscriptions.iter().filter(|tie| is_wanted(&tie.newsletter, tie.state)) {
                csv.write_record([
                    &*guarded(subscriber.email.as_str()),
                    &guarded(&subscriber.name),
                    &tie.newsletter,
                    tie.state.as_str(),
                    &tie.source,
                    &time(Some(tie.created_at)),
                    &time(tie.confirmed_at),
                    &time(tie.ended_at),
                    &tie.ended_by,
                    subscriber.timezone.map_or("", Timezone::name),
                ])
                .map_err(plain_error)?;
                exported += 1;
            }
            Ok(true)
        })?;
        csv.flush()?;
        Ok(exported)
    }
}

fn time(time: Option<DateTime<Utc>>) -> String {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}
