use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Output, Station, next_step};

/// Send an edition to every confirmed subscriber who has not got it
///
/// Those are who came after its recipients were frozen, who had left and came back, and whom the relay refused for a
/// fault of ours. Who has it, or of whom that is unknown, is left alone.
#[derive(Debug, Args)]
pub struct SendMissed {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl SendMissed {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let (edition, missed) = press.send_missed(&press.edition(&self.edition)?)?;
        let name = &edition.name;
        if self.json {
            return out.json(&json!({
                "edition": name.to_string(), "state": edition.state, "added": missed.added, "again": missed.again,
                "failed_by_fault": missed.failed_by_fault,
            }));
        }
        if missed.total() == 0 {
            writeln!(out, "{name} · nothing to do: no confirmed subscriber has missed it")?;
            return Ok(());
        }
        let parts = [
            (missed.added, "added"),
            (missed.again, "queued again"),
            (missed.failed_by_fault, "queued again after a fault of ours"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(many, _)| *many > 0).map(|(many, word)| format!("{many} {word}")).collect();
        writeln!(out, "{name} · {} · {}", told.join(" · "), next_step(&edition))?;
        Ok(())
    }
}
