use std::collections::{HashMap, HashSet};
use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use super::check::counted;
use super::stories::{stories, write_selected};
use super::time::in_zone;
use super::{Output, Station};
use crate::config::{Approval, Newsletter};
use crate::publishing::{Drafted, Press, Selected, SelectedStory};
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
        let selected = as_drafted(&press, &edition)?;
        if self.json {
            let subject = if selected.picks.is_empty() { String::new() } else { press.composed(&edition)?.subject };
            return out.json(&json!({
                "edition": edition.name.to_string(), "subject": subject, "stories": stories(&selected.picks),
                "shortlist": stories(&selected.shortlist), "needed": newsletter.min_stories,
            }));
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

/// The draft's stories in their order, with the scores selection gave them.
fn as_drafted(press: &Press, edition: &Edition) -> Result<Selected> {
    let selected = press.selected_for(edition)?;
    let known: HashMap<_, _> = selected.picks.iter().map(|picked| (picked.story.id, picked)).collect();
    let picks = press.store().read(|db| edition.stories(db))?;
    let scored = picks.into_iter().map(|picked| SelectedStory {
        score: known.get(&picked.story.id).map_or(0.0, |known| known.score),
        also_on: known.get(&picked.story.id).map_or_else(Vec::new, |known| known.also_on.clone()),
        story: picked.story,
        reasons: picked.reasons,
    });
    Ok(Selected { picks: scored.collect(), shortlist: selected.shortlist })
}

/// When an edition leaves: `goes out Fri 7 Nov 08:00 Africa/Accra`.
pub fn goes_out(newsletter: &Newsletter, edition: &Edition, now: DateTime<Utc>) -> String {
    let zone = newsletter.timezone.zone();
    let slot = edition.slot_at.or_else(|| newsletter.schedule.next_after(now, zone));
    let when = slot.map_or_else(|| "has no date".to_owned(), |slot| format!("goes out {}", in_zone(slot, zone, now)));
    match newsletter.approval {
        Approval::Editor if edition.approved_at.is_none() => format!("waits for your approval, then {when}"),
        Approval::Automatic | Approval::Editor => when,
    }
}
