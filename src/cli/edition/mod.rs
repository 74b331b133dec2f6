//! `griot edition …`: where an edition stands, its own words, holding it up, and seeing to those it did not reach.
//!
//! Owns: the commands, and the account of an edition as every command gives it ([`as_json`]). Leaves out: who may get
//! what again, which is the store's.

mod edit;
mod hold;
mod list;
mod report;
mod resend_unknown;
mod send_missed;
mod show;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Tone;
use super::{Output, Station};
use crate::saying::number::grouped;
use crate::store::{self, DeliveryCounts, EditionState};

/// Look at editions, edit drafts, hold editions up, and see to those they did not reach
#[derive(Debug, Subcommand)]
pub enum Edition {
    List(list::List),
    Show(show::Show),
    Edit(edit::Edit),
    Report(report::Report),
    Pause(hold::Pause),
    Resume(hold::Resume),
    Cancel(hold::Cancel),
    ResendUnknown(resend_unknown::ResendUnknown),
    SendMissed(send_missed::SendMissed),
}

impl Edition {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Show(command) => command.run(station, out),
            Self::Edit(command) => command.run(station, out),
            Self::Report(command) => command.run(station, out),
            Self::Pause(command) => command.run(station, out),
            Self::Resume(command) => command.run(station, out),
            Self::Cancel(command) => command.run(station, out),
            Self::ResendUnknown(command) => command.run(station, out),
            Self::SendMissed(command) => command.run(station, out),
        }
    }
}

/// Who sends what was queued just now.
fn next_step(edition: &store::Edition) -> String {
    let name = &edition.name;
    match edition.state {
        EditionState::Paused => format!("it is paused, and griot edition resume {name} lets it go on"),
        _ => format!("a running daemon sends it, or griot send {name}"),
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

/// `200 accepted · 3 deferred`: what there is, in the order it matters.
pub fn account(counts: &DeliveryCounts) -> String {
    let parts = [
        (counts.accepted, "accepted"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.unknown, "unknown"),
        (counts.deferred, "deferred"),
        (counts.sending, "sending"),
        (counts.queued, "queued"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(many, _)| *many > 0).map(|(many, word)| format!("{} {word}", grouped(*many))).collect();
    if told.is_empty() { "no recipients".into() } else { told.join(" · ") }
}

/// Seconds from when its recipients began to be frozen to its end, or to now.
fn seconds(edition: &store::Edition, now: DateTime<Utc>) -> f64 {
    let until = edition.finished_at.unwrap_or(now);
    edition.started_at.map_or(0.0, |start| (until - start).as_seconds_f64().max(0.0))
}

/// The account of an edition, as every command gives it.
///
/// `seconds` are those of [`seconds`].
pub fn as_json(edition: &store::Edition, counts: &DeliveryCounts, now: DateTime<Utc>) -> Value {
    let seconds = seconds(edition, now);
    json!({
        "edition": edition.name.to_string(), "state": edition.state, "recipients": counts.recipients,
        "accepted": counts.accepted, "failed": counts.failed, "skipped": counts.skipped, "unknown": counts.unknown,
        "queued": counts.queued, "deferred": counts.deferred, "sending": counts.sending, "seconds": seconds,
        "subject": edition.subject, "reason": edition.reason, "slot_at": edition.slot_at, "send_at": edition.send_at,
        "created_at": edition.created_at, "approved_at": edition.approved_at, "started_at": edition.started_at,
        "finished_at": edition.finished_at, "resume_at": edition.resume_at,
    })
}
