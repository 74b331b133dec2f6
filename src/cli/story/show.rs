use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::super::output::plain;
use super::super::table::Table;
use super::{Output, Station};
use crate::publishing::KnownStory;
use crate::saying::time::{in_zone, maybe_utc, utc};
use crate::store::Verdict;

/// Show all that is known of a story, what was decided about it too
#[derive(Debug, Args)]
pub struct Show {
    /// Its number, as `griot stories` shows it, or its URL
    #[arg(value_name = "ID|URL")]
    story: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let known = KnownStory::of(&press, &press.story(&self.story)?)?;
        let KnownStory { story, earlier, edited, .. } = &known;
        if self.json {
            return out.json(&as_json(&known));
        }
        let mut shown = story.clone();
        edited.apply(&mut shown);
        writeln!(out, "{}", plain(&shown.headline))?;
        if !shown.standfirst.is_empty() {
            writeln!(out, "{}", plain(&shown.standfirst))?;
        }
        writeln!(out)?;
        let mut table = Table::default();
        table.row(["story".into(), format!("{} · {}", story.id.0, story.platform).into()]);
        table.row(["page".into(), story.url.as_str().into()]);
        table.row(["by".into(), story.bylines.join(", ").into()]);
        table.row(["section".into(), story.section.as_str().into()]);
        table.row(["tags".into(), story.tags.join(", ").into()]);
        table.row(["published".into(), utc(story.published_at).into()]);
        table.row(["updated".into(), maybe_utc(story.updated_at).into()]);
        table.row(["first seen".into(), utc(story.first_seen_at).into()]);
        table.row(["words".into(), story.words.to_string().into()]);
        table.row(["comments".into(), story.comments.map_or("–".to_owned(), |many| many.to_string()).into()]);
        if let Some(image) = &shown.image {
            table.row(["image".into(), image.url.as_str().into()]);
        }
        if let Some(kicker) = &edited.kicker {
            table.row(["kicker".into(), kicker.as_str().into()]);
        }
        if !edited.fields().is_empty() {
            table.row(["overridden".into(), edited.fields().join(", ").into()]);
        }
        if edited.headline.is_some() {
            table.row(["its own".into(), story.headline.as_str().into()]);
        }
        for (old, at) in earlier {
            table.row(["earlier".into(), format!("{old} (until {})", utc(*at)).into()]);
        }
        for (newsletter, decision) in &known.decisions {
            let zone = press.newsletter(newsletter)?.timezone.zone();
            let local = |at| in_zone(at, zone, press.now());
            table.row(["decided".into(), format!("{newsletter}: {}", decision.sentence(local)).into()]);
        }
        for (edition, state) in &known.editions {
            table.row(["in".into(), format!("{edition} ({state})").into()]);
        }
        for signal in known.latest_signals() {
            table.row([signal.name.as_str().into(), format!("{} ({})", signal.value, utc(signal.at)).into()]);
        }
        if let Some(told) = known.front_page() {
            table.row(["front page".into(), told.into()]);
        }
        table.write(out)
    }
}

fn as_json(known: &KnownStory) -> Value {
    let KnownStory { story, edited, .. } = known;
    let earlier: Vec<_> = known.earlier.iter().map(|(old, at)| json!({"headline": old, "replaced_at": at})).collect();
    let image = story.image.as_ref().map(|image| {
        json!({"url": image.url, "width": image.width, "height": image.height, "alt": image.alt,
               "caption": image.caption, "credit": image.credit})
    });
    let decisions = known.decisions.iter().map(|(newsletter, decision)| {
        let (verdict, place) = match decision.verdict {
            Verdict::Open => (None, None),
            Verdict::Pin { place } => (Some("pin"), place),
            Verdict::Drop => (Some("drop"), None),
        };
        json!({"newsletter": newsletter, "verdict": verdict, "place": place, "embargo_until": decision.embargo_until,
               "expires_at": decision.expires_at, "decided_at": decision.decided_at})
    });
    let editions = known.editions.iter().map(|(name, state)| json!({"edition": name.to_string(), "state": state}));
    let signals = known.signals.iter().map(|one| json!({"signal": one.name, "value": one.value, "at": one.at}));
    let sightings = known
        .sightings
        .iter()
        .map(|one| json!({"at": one.at, "place": one.place, "minutes": one.lasted.num_minutes()}));
    json!({
        "id": story.id, "platform": story.platform, "headline": story.headline, "url": story.url,
        "standfirst": story.standfirst, "bylines": story.bylines, "section": story.section,
        "tags": story.tags, "published_at": story.published_at, "updated_at": story.updated_at,
        "first_seen_at": story.first_seen_at, "image": image, "comments": story.comments,
        "words": story.words, "earlier_headlines": earlier,
        "overrides": {"headline": edited.headline, "standfirst": edited.standfirst, "kicker": edited.kicker,
                      "image_url": edited.image_url, "image_alt": edited.image_alt},
        "decisions": decisions.collect::<Vec<_>>(), "editions": editions.collect::<Vec<_>>(),
        "signals": signals.collect::<Vec<_>>(), "front_page": sightings.collect::<Vec<_>>(),
    })
}
