use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::output::{Output, plain};
use super::station::Station;
use crate::publishing::{Selected, SelectedLink, SelectedStory};

/// Show what the next brief would hold: candidates with their scores and the reasons
#[derive(Debug, Args)]
pub struct Stories {
    /// Only of this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Answer in JSON, a line a newsletter
    #[arg(long)]
    json: bool,
}

impl Stories {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let newsletters = match &self.newsletter {
            Some(id) => vec![press.newsletter(id)?],
            None => press.config().newsletters.iter().collect(),
        };
        for newsletter in newsletters {
            let selected = press.candidates(newsletter)?;
            if self.json {
                let mut answer = selected_json(&selected);
                answer["newsletter"] = json!(newsletter.id);
                out.json(&answer)?;
                continue;
            }
            writeln!(out, "{} · the last {}", newsletter.id, newsletter.window)?;
            if selected.picks.is_empty() {
                writeln!(out, "  No stories yet; `griot fetch` polls the feeds")?;
            }
            write_selected(&selected, out)?;
        }
        Ok(())
    }
}

/// Picks numbered, with their reasons; the headlines beside them; then what came next, and what cannot be in.
pub fn write_selected(selected: &Selected, out: &mut Output) -> Result<()> {
    let mut section = "";
    for (index, story) in selected.picks.iter().enumerate() {
        if story.section != section {
            section = &story.section;
            writeln!(out, "  {}:", plain(section))?;
        }
        write_story(&format!("{:>3}.", index + 1), story, out)?;
        if index == 0 {
            write_links("     Read also:", &selected.read_also, out)?;
        }
    }
    if !selected.must_read.is_empty() {
        writeln!(out, "  Must read:")?;
    }
    write_links("   ·", &selected.must_read, out)?;
    if !selected.shortlist.is_empty() {
        writeln!(out, "  Not in it:")?;
    }
    for story in &selected.shortlist {
        write_story("   –", story, out)?;
    }
    if !selected.kept_out.is_empty() {
        writeln!(out, "  Kept out of it:")?;
    }
    for story in &selected.kept_out {
        write_story("   ×", story, out)?;
    }
    Ok(())
}

fn write_links(label: &str, links: &[SelectedLink], out: &mut Output) -> Result<()> {
    for SelectedLink { story, reason } in links {
        let (headline, platform) = (plain(&story.headline), plain(&story.platform));
        writeln!(out, "{label} {headline} · {platform} · story {}", story.id.0)?;
        if !reason.is_empty() {
            writeln!(out, "     {}", plain(reason))?;
        }
    }
    Ok(())
}

fn write_story(label: &str, picked: &SelectedStory, out: &mut Output) -> Result<()> {
    let story = &picked.story;
    let (headline, platform) = (plain(&story.headline), plain(&story.platform));
    let standing = if picked.is_pinned { "pinned".to_owned() } else { format!("{:.2}", picked.score) };
    writeln!(out, "{label} {headline} · {platform} · story {} · {standing}", story.id.0)?;
    for reason in &picked.reasons {
        writeln!(out, "     {}", plain(reason))?;
    }
    if !picked.overridden.is_empty() {
        writeln!(out, "     Yours: {}.", picked.overridden.join(", "))?;
    }
    Ok(())
}

/// All that is known of a selection.
pub fn selected_json(selected: &Selected) -> Value {
    let stories = |picked: &[SelectedStory]| picked.iter().map(as_json).collect::<Vec<Value>>();
    let links = |links: &[SelectedLink]| links.iter().map(link_json).collect::<Vec<Value>>();
    json!({
        "stories": stories(&selected.picks), "shortlist": stories(&selected.shortlist),
        "kept_out": stories(&selected.kept_out), "must_read": links(&selected.must_read),
        "read_also": links(&selected.read_also),
    })
}

fn link_json(link: &SelectedLink) -> Value {
    let story = &link.story;
    json!({
        "id": story.id, "platform": story.platform, "headline": story.headline, "url": story.url, "reason": link.reason,
    })
}

fn as_json(picked: &SelectedStory) -> Value {
    let story = &picked.story;
    json!({
        "id": story.id, "platform": story.platform, "headline": story.headline, "url": story.url,
        "score": picked.score, "reasons": picked.reasons, "also_on": picked.also_on, "pinned": picked.is_pinned,
        "overridden": picked.overridden, "section": picked.section,
    })
}
