use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::super::table::{Cell, Table};
use super::{Output, Station, find, tone};
use crate::address::EmailAddress;
use crate::publishing::{Moment, ReaderStory, history, personal_data};
use crate::saying::time::utc;

/// Tell the whole story of one subscriber: subscriptions, what befell them, every try to reach them
#[derive(Debug, Args)]
pub struct Show {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if self.json {
            return out.json(&store.read(|db| personal_data(db, &find(db, &self.email)?))?);
        }
        let ReaderStory { subscriber, subscriptions, moments, suppressed } =
            store.read(|db| ReaderStory::of(db, find(db, &self.email)?))?;
        let name = if subscriber.name.is_empty() { String::new() } else { format!(" · {}", plain(&subscriber.name)) };
        let zone = subscriber.timezone.map_or_else(String::new, |zone| format!(" · {zone}"));
        writeln!(out, "{}{name}{zone} · known since {}", subscriber.email, utc(subscriber.created_at))?;
        if let Some(reason) = suppressed {
            writeln!(out, "{}", out.state(format!("never mailed: {}", plain(&reason)), super::Tone::Bad, 0))?;
        }
        let mut table = Table::default();
        for tie in &subscriptions {
            table.row([
                "subscription".into(),
                tie.newsletter.as_str().into(),
                Cell::state(tie.state, tone(tie.state)),
                history(tie).into(),
            ]);
        }
        for Moment { at, what, word, told } in &moments {
            table.row([utc(*at).into(), what.into(), word.into(), told.into()]);
        }
        table.write(out)
    }
}
