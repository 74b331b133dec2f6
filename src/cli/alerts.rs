use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::{Tone, plain};
use super::{Output, Station};
use crate::saying::time::{distance, utc};
use crate::store::Alert;

/// Show what griot says is wrong, since when, and what to do about it
///
/// The daemon looks several times a minute; what is over stays listed for some minutes.
#[derive(Debug, Args)]
pub struct Alerts {
    /// Answer in JSON, a line an alert
    #[arg(long)]
    json: bool,
}

impl Alerts {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let alerts = press.store().read(Alert::raised)?;
        if self.json {
            return alerts.iter().try_for_each(|alert| out.json(&as_json(alert)));
        }
        if alerts.is_empty() {
            writeln!(out, "Nothing is wrong, as far as the daemon knows")?;
        }
        for alert in &alerts {
            let tone = if alert.severity == "urgent" { Tone::Bad } else { Tone::Waiting };
            let severity = out.state(&alert.severity, tone, 0);
            let since = format!("{} ({})", utc(alert.raised_at), distance(alert.raised_at, press.now()));
            writeln!(out, "{severity}  {} · since {since}", plain(&alert.title))?;
            writeln!(out, "  {}", plain(&alert.what))?;
            writeln!(out, "  {}", plain(&alert.todo))?;
        }
        Ok(())
    }
}

fn as_json(alert: &Alert) -> serde_json::Value {
    json!({
        "kind": alert.kind, "subject": alert.subject, "severity": alert.severity, "title": alert.title,
        "what": alert.what, "todo": alert.todo, "raised_at": alert.raised_at, "mailed_at": alert.mailed_at,
    })
}
