use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Output, Station, next_step};

/// Send an edition once more to those of whom nobody knows whether they have it
///
/// Their message is the same byte for byte, so that most mailboxes show it once. What is due already is not counted
/// again, and who has left gets nothing.
#[derive(Debug, Args)]
pub struct ResendUnknown {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl ResendUnknown {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let resent = press.resend_unknown(&press.edition(&self.edition)?)?;
        let name = &resent.edition.name;
        if self.json {
            return out.json(&json!({
                "edition": name.to_string(), "state": resent.edition.state, "due": resent.due, "left": resent.left,
            }));
        }
        match resent.due {
            0 => writeln!(out, "{name} · nothing to do: no unknown delivery that is not due already")?,
            due => {
                let noun = if due == 1 { "delivery" } else { "deliveries" };
                writeln!(out, "{name} · {due} unknown {noun} due now · {}", next_step(&resent.edition))?;
            }
        }
        if resent.left > 0 {
            writeln!(out, "Left unknown, because the reader has left or is suppressed: {}", resent.left)?;
        }
        Ok(())
    }
}
