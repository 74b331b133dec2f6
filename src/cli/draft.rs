use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use super::check::counted;
use super::stories::{selected_json, write_selected};
use super::{Output, Station};
use crate::config::{Approval, Newsletter};
use crate::publishing::Drafted;
use crate::saying::time::in_zone;
use crate::store::Edition;

/// Make the draft of a newsletter's next edition, or make it again with what has come since
#[derive(Debug, Args)]
pub struct Draft {
    #[arg(value_name = "NEWSLETTER")]
    newsletter: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Draft {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let newsletter = press.newsletter(&self.newsletter)?;
        let (edition, needed) = match press.draft(newsletter, None)? {
            Drafted::Ready(edition) => (edition, None),
            Drafted::TooFew { edition, needed, .. } => (edition, Some(needed)),
        };
        let selected = press.drafted(&edition)?;
        if self.json {
            let subject = if selected.picks.is_empty() { String::new() } else { press.composed(&edition)?.subject };
            let mut answer = selected_json(&selected);
            answer["edition"] = json!(edition.name.to_string());
            answer["subject"] = json!(subject);
            answer["needed"] = json!(newsletter.min_stories);
            return out.json(&answer);
        }
        let platforms: HashSet<&str> = selected.picks.iter().map(|picked| picked.story.platform.as_str()).collect();
        let from = match platforms.len() {
            0 => String::new(),
            many => format!(" from {}", counted(many, "platform")),
        };
        let many = match selected.picks.len() {
            1 => "1 story".to_owned(),
            many => format!("{many} stories"),
        };
        write!(out, "Draft {} · {many}{from}", edition.name)?;
        match needed {
            Some(needed) => writeln!(out, " · it needs {needed} to go out · griot fetch")?,
            None => {
                let when = goes_out(newsletter, &edition, press.now());
                writeln!(out, " · {when} · griot preview {}", newsletter.id)?;
            }
        }
        write_selected(&selected, out)
    }
}

/// When an edition leaves: `goes out Fri 7 Nov 08:00 Africa/Accra`.
pub fn goes_out(newsletter: &Newsletter, edition: &Edition, now: DateTime<Utc>) -> String {
    let zone = newsletter.timezone.zone();
    let slot = edition.goes_out_at().or_else(|| newsletter.schedule.next_after(now, zone));
    let when = slot.map_or_else(|| "has no date".to_owned(), |slot| format!("goes out {}", in_zone(slot, zone, now)));
    match newsletter.approval {
        Approval::Editor if edition.approved_at.is_none() => format!("waits for your approval, then {when}"),
        Approval::Automatic | Approval::Editor => when,
    }
}
