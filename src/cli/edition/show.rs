use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::super::table::Table;
use super::super::time::{maybe_utc, utc};
use super::{Output, Station, as_json, tone};
use crate::store::DeliveryCounts;

/// Show where an edition stands and what became of its deliveries
#[derive(Debug, Args)]
pub struct Show {
    /// An edition such as `weekly-brief/12`, or a newsletter for its present one
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.edition(&self.edition)?;
        let counts = press.store().read(|db| DeliveryCounts::load(db, edition.id))?;
        if self.json {
            return out.json(&as_json(&edition, &counts, press.now()));
        }
        let state = out.state(edition.state, tone(edition.state), 0);
        let reason = if edition.reason.is_empty() { String::new() } else { format!(" · {}", plain(&edition.reason)) };
        writeln!(out, "{} · {state}{reason}", edition.name)?;
        let mut table = Table::default();
        let mut row = |label: &str, value: String| table.row([label.into(), value.into()]);
        if !edition.subject.is_empty() {
            row("subject", edition.subject.clone());
        }
        row("scheduled", maybe_utc(edition.slot_at));
        row("stories from", format!("{} to {}", utc(edition.window_start), utc(edition.window_end)));
        row("approved", maybe_utc(edition.approved_at));
        row("begun", maybe_utc(edition.started_at));
        row("finished", maybe_utc(edition.finished_at));
        if edition.resume_at.is_some() {
            row("goes on by itself", maybe_utc(edition.resume_at));
        }
        row("recipients", counts.recipients.to_string());
        for (label, many) in [
            ("accepted", counts.accepted),
            ("failed", counts.failed),
            ("skipped", counts.skipped),
            ("unknown", counts.unknown),
            ("queued", counts.queued),
            ("deferred", counts.deferred),
            ("sending", counts.sending),
        ] {
            if many > 0 {
                row(&format!("  {label}"), many.to_string());
            }
        }
        table.write(out)
    }
}
