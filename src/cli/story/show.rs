use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::super::output::plain;
use super::super::table::Table;
use super::{Output, Station};
use crate::publishing::Press;
use crate::saying::time::{in_zone, maybe_utc, utc};
use crate::store::{Decision, Edition, EditionName, Sighting, Signal, Story, StoryOverride, Verdict};

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

/// All there is to show.
struct Known {
    story: Story,
    earlier: Vec<(String, chrono::DateTime<chrono::Utc>)>,
    edited: StoryOverride,
    /// By newsletter.
    decisions: Vec<(String, Decision)>,
    editions: Vec<(EditionName, String)>,
    signals: Vec<Signal>,
    sightings: Vec<Sighting>,
}

impl Known {
    fn of(press: &Press, what: &str) -> Result<Self> {
        let story = press.story(what)?;
        press.store().read(|db| {
            let mut decisions = Vec::new();
            for newsletter in &press.config().newsletters {
                let decision = Decision::find(db, newsletter.id.as_str(), story.id, press.now())?;
                if !decision.is_open() {
                    decisions.push((newsletter.id.to_string(), decision));
                }
            }
            Ok(Self {
                earlier: story.earlier_headlines(db)?,
                edited: StoryOverride::find(db, story.id)?,
                decisions,
                editions: Edition::with_story(db, story.id)?,
                signals: Signal::of(db, &story.url)?,
                sightings: Sighting::of(db, &story.url)?,
                story,
            })
        })
    }
}

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let known = Known::of(&press, &self.story)?;
        let Known { story, earlier, edited, .. } = &known;
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
            table.row(["decided".into(), format!("{newsletter}: {}", sentence(decision, local)).into()]);
        }
        for (edition, state) in &known.editions {
            table.row(["in".into(), format!("{edition} ({state})").into()]);
        }
        for signal in latest(&known.signals) {
            table.row([signal.name.as_str().into(), format!("{} ({})", signal.value, utc(signal.at)).into()]);
        }
        if let Some(best) = known.sightings.iter().map(|sighting| sighting.place).min() {
            let told = format!("best place {best}, {} minutes in the first three", minutes_at_top(&known.sightings));
            table.row(["front page".into(), told.into()]);
        }
        table.write(out)
    }
}

fn minutes_at_top(sightings: &[Sighting]) -> i64 {
    sightings.iter().filter(|sighting| sighting.place <= 3).map(|sighting| sighting.lasted.num_minutes()).sum()
}

/// The last reading of each signal; they come by signal and time.
fn latest(signals: &[Signal]) -> Vec<&Signal> {
    let mut last: Vec<&Signal> = Vec::new();
    for signal in signals {
        if last.last().is_some_and(|before| before.name == signal.name) {
            last.pop();
        }
        last.push(signal);
    }
    last
}

fn sentence(decision: &Decision, local: impl Fn(chrono::DateTime<chrono::Utc>) -> String) -> String {
    let verdict = match decision.verdict {
        Verdict::Open => None,
        Verdict::Pin { place: None } => Some("pinned".to_owned()),
        Verdict::Pin { place: Some(place) } => Some(format!("pinned to place {place}")),
        Verdict::Drop => Some("dropped".to_owned()),
    };
    let embargo = decision.embargo_until.map(|until| format!("embargoed until {}", local(until)));
    let expiry = decision.expires_at.map(|at| format!("expires {}", local(at)));
    [verdict, embargo, expiry].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn as_json(known: &Known) -> Value {
    let Known { story, edited, .. } = known;
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
