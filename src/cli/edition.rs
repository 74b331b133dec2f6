use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Tone, plain};
use super::table::{Cell, Table};
use super::time::{maybe_utc, utc};
use super::{Output, Station};
use crate::store::{self, DeliveryCounts, EditionState};

/// Look at editions, and hold them up
#[derive(Debug, Subcommand)]
pub enum Edition {
    List(List),
    Show(Show),
    Pause(Pause),
    Resume(Resume),
    Cancel(Cancel),
}

/// List editions, newest first
#[derive(Debug, Args)]
pub struct List {
    /// Only of this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Answer in JSON, a line an edition
    #[arg(long)]
    json: bool,
}

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

/// Hold up an edition that is being sent
#[derive(Debug, Args)]
pub struct Pause {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Why, for who looks at it later
    #[arg(long, value_name = "TEXT", default_value = "paused on the command line")]
    reason: String,
}

/// Let a paused edition go on
#[derive(Debug, Args)]
pub struct Resume {
    #[arg(value_name = "EDITION")]
    edition: String,
}

/// End an edition for good: who has it keeps it, nobody else gets it
#[derive(Debug, Args)]
pub struct Cancel {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Why, for who looks at it later
    #[arg(long, value_name = "TEXT", default_value = "cancelled on the command line")]
    reason: String,
}

impl Edition {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Show(command) => command.run(station, out),
            Self::Pause(command) => {
                let press = station.press()?;
                let edition = press.pause(&press.edition(&command.edition)?, &command.reason)?;
                writeln!(out, "Paused {} · griot edition resume {} lets it go on", edition.name, edition.name)?;
                Ok(())
            }
            Self::Resume(command) => {
                let press = station.press()?;
                let edition = press.resume(&press.edition(&command.edition)?)?;
                let name = &edition.name;
                writeln!(out, "Resumed {name} · a running daemon goes on with it, or griot send {name}")?;
                Ok(())
            }
            Self::Cancel(command) => {
                let press = station.press()?;
                let edition = press.cancel(&press.edition(&command.edition)?, &command.reason)?;
                writeln!(out, "Cancelled {}", edition.name)?;
                Ok(())
            }
        }
    }
}

impl List {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let editions = press.store().read(|db| {
            let editions = store::Edition::list(db, self.newsletter.as_deref())?;
            editions
                .into_iter()
                .map(|edition| {
                    let counts = DeliveryCounts::load(db, edition.id)?;
                    Ok((edition, counts))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut table = Table::default();
        for (edition, counts) in &editions {
            if self.json {
                out.json(&as_json(edition, counts, press.now()))?;
                continue;
            }
            let account = match counts.recipients {
                0 => edition.reason.clone(),
                many => format!("{} of {many} accepted", counts.accepted),
            };
            table.row([
                edition.name.to_string().into(),
                Cell::state(edition.state, tone(edition.state)),
                utc(edition.created_at).into(),
                account.into(),
                edition.subject.as_str().into(),
            ]);
        }
        if editions.is_empty() && !self.json {
            writeln!(out, "There are no editions yet; `griot draft NEWSLETTER` makes one")?;
        }
        table.write(out)
    }
}

impl Show {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
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

fn tone(state: EditionState) -> Tone {
    match state {
        EditionState::Sent => Tone::Good,
        EditionState::Approved | EditionState::Sending => Tone::Waiting,
        EditionState::Paused => Tone::Bad,
        EditionState::Draft | EditionState::Cancelled | EditionState::Skipped => Tone::Neutral,
    }
}

/// The account of an edition, as every command gives it.
///
/// `seconds` runs from when its recipients began to be frozen to its end, or to now.
pub fn as_json(edition: &store::Edition, counts: &DeliveryCounts, now: DateTime<Utc>) -> Value {
    let until = edition.finished_at.unwrap_or(now);
    let seconds = edition.started_at.map_or(0.0, |start| (until - start).as_seconds_f64().max(0.0));
    json!({
        "edition": edition.name.to_string(), "state": edition.state, "recipients": counts.recipients,
        "accepted": counts.accepted, "failed": counts.failed, "skipped": counts.skipped, "unknown": counts.unknown,
        "queued": counts.queued, "deferred": counts.deferred, "sending": counts.sending, "seconds": seconds,
        "subject": edition.subject, "reason": edition.reason, "slot_at": edition.slot_at,
        "created_at": edition.created_at, "approved_at": edition.approved_at, "started_at": edition.started_at,
        "finished_at": edition.finished_at,
    })
}
