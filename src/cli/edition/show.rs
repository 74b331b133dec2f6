use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::super::output::{cut, plain};
use super::super::table::Table;
use super::{Output, Station, as_json, seconds, tone};
use crate::saying::number::{grouped, rate, span};
use crate::saying::time::{maybe_utc, utc};
use crate::store::{Claim, DeliveryCounts, Edition, EditionState, Reason};

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

/// Reasons told for each state.
const REASONS: u32 = 5;
/// Longer ones are cut here: the whole of it is in `--json`, and in `griot subscribers show`.
const REASON_WIDTH: usize = 100;

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.edition(&self.edition)?;
        let (counts, next_due) =
            press.store().read(|db| Ok((DeliveryCounts::load(db, edition.id)?, Claim::next_due(db, edition.id)?)))?;
        // To find them out takes a walk over the deliveries: not where there are none of these.
        let has_reasons = counts.failed + counts.deferred + counts.unknown + counts.skipped > 0;
        let reasons = if has_reasons { press.store().read(|db| edition.reasons(db, REASONS))? } else { Vec::new() };
        if self.json {
            let mut told = as_json(&edition, &counts, press.now());
            told["next_try_at"] = json!(next_due);
            told["reasons"] = json!(reasons);
            return out.json(&told);
        }
        let state = out.state(edition.state, tone(edition.state), 0);
        let until = edition.resume_at.map_or_else(String::new, |at| format!(" until {}", utc(at)));
        let reason = if edition.reason.is_empty() { String::new() } else { format!(" · {}", plain(&edition.reason)) };
        writeln!(out, "{} · {state}{until}{reason}", edition.name)?;
        let mut table = Table::default();
        let mut row = |label: &str, value: String| table.row([label.into(), value.into()]);
        if !edition.subject.is_empty() {
            row("subject", edition.subject.clone());
        }
        row("scheduled", maybe_utc(edition.goes_out_at()));
        row("stories from", format!("{} to {}", utc(edition.window_start), utc(edition.window_end)));
        row("approved", maybe_utc(edition.approved_at));
        row("begun", maybe_utc(edition.started_at));
        row("finished", maybe_utc(edition.finished_at));
        if let Some(speed) = speed(&edition, &counts, seconds(&edition, press.now())) {
            row("speed", speed);
        }
        row("recipients", grouped(counts.recipients));
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
                row(&format!("  {label}"), grouped(many));
            }
        }
        if let Some(at) = next_due.filter(|_| !edition.state.is_final()) {
            row("next try", if at > press.now() { utc(at) } else { "due now".into() });
        }
        table.write(out)?;
        write_reasons(&reasons, out)
    }
}

/// `1 min 40 s · 1,000 a second`, for one that is being sent or is done. Where tries were put off for hours, it is they
/// that make the end late.
fn speed(edition: &Edition, counts: &DeliveryCounts, seconds: f64) -> Option<String> {
    let is_told = matches!(edition.state, EditionState::Sending | EditionState::Sent);
    let done = counts.recipients - counts.queued - counts.sending - counts.skipped;
    // The store knows whole seconds.
    let seconds = seconds.max(1.0);
    (is_told && done > 0).then(|| format!("{} · {} a second", span(seconds as u64), rate(done as f64 / seconds)))
}

/// A line a reason: state, how many, what the relay said.
fn write_reasons(reasons: &[Reason], out: &mut Output) -> Result<()> {
    if reasons.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let width = reasons.iter().map(|reason| grouped(reason.deliveries).len()).max().unwrap_or_default();
    let mut table = Table::default();
    for Reason { state, deliveries, code, enhanced, text } in reasons {
        let code = if *code == 0 { String::new() } else { code.to_string() };
        let text = cut(text, REASON_WIDTH);
        let said = [&code, enhanced, &text].into_iter().filter(|part| !part.is_empty());
        table.row([
            state.as_str().into(),
            format!("{:>width$}", grouped(*deliveries)).into(),
            said.map(String::as_str).collect::<Vec<_>>().join(" ").into(),
        ]);
    }
    table.write(out)
}
