//! What was counted of stories: from the store's readings to what selection takes.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use crate::selection::{Clicks, Count, Counted, Growth, Placed, Sighting as Seen, Signals, Usual};
use crate::store::{CountHistory, Db, PlacedStory, Reading, Sighting, Signal, Story, StoryId, known_newsletter_number};

/// What is usual is learnt from the stories of so many weeks.
const LEARNT: TimeDelta = TimeDelta::weeks(12);
/// Stories of a platform that it is learnt from; a curve does not get truer by more.
const STORIES: u32 = 4_000;
/// Clicks on an edition come in for so long. A younger one would look as if nobody had liked it.
const CLICKS_COME: TimeDelta = TimeDelta::days(3);
/// What readers click changes over the years.
const CLICKS_LEARNT: TimeDelta = TimeDelta::days(400);

/// What is usual of each count on these platforms, by age.
pub fn usual_counts(db: &Db, platforms: &[&str], now: DateTime<Utc>) -> Result<Usual> {
    let growth = |history: CountHistory| {
        Some(Growth {
            counted: Counted::named(&history.name)?,
            platform: history.platform,
            published_at: history.published_at,
            readings: history.readings.into_iter().map(count).collect(),
        })
    };
    let histories = CountHistory::since(db, platforms, now - LEARNT, STORIES)?;
    Ok(Usual::learn(histories.into_iter().filter_map(growth)))
}

/// What places of a newsletter are worth, and which stories its readers click.
pub fn usual_clicks(db: &Db, newsletter: &str, now: DateTime<Utc>) -> Result<Clicks> {
    let Some(number) = known_newsletter_number(db, newsletter)? else { return Ok(Clicks::default()) };
    let placed = PlacedStory::sent_between(db, number, now - CLICKS_LEARNT, now - CLICKS_COME)?;
    let placed: Vec<Placed> = placed
        .into_iter()
        .map(|one| Placed {
            edition: one.edition.0,
            place: one.position,
            clicks: one.clicks,
            recipients: one.accepted as f64,
            platform: one.platform,
            section: one.section,
            authors: one.bylines,
            title: one.headline,
        })
        .collect();
    Ok(Clicks::learn(&placed))
}

/// What was counted of each of these stories, and where it stood on the front pages of these platforms. Clicks are left
/// out: see [`usual_clicks`].
pub fn signals_of(
    db: &Db,
    platforms: &[&str],
    stories: &[Story],
    now: DateTime<Utc>,
) -> Result<HashMap<StoryId, Signals>> {
    let urls: Vec<&str> = stories.iter().map(|story| story.url.as_str()).collect();
    let counted = Signal::latest_of(db, &urls)?;
    let sightings = Sighting::of_all(db, &urls, platforms)?;
    let of = |story: &Story| {
        let mut signals = Signals {
            // Of a story that was last polled by an older griot, which kept no readings.
            comments: story.comments.map(|comments| Count { total: comments.into(), counted_at: now }),
            sightings: sightings.get(&story.url).into_iter().flatten().map(seen).collect(),
            ..Signals::default()
        };
        for signal in counted.get(&story.url).into_iter().flatten() {
            signals.count(&signal.name, Count { total: signal.value, counted_at: signal.at });
        }
        (story.id, signals)
    };
    Ok(stories.iter().map(of).collect())
}

fn count(reading: Reading) -> Count {
    Count { total: reading.value, counted_at: reading.at }
}

pub(super) fn seen(sighting: &Sighting) -> Seen {
    Seen { at: sighting.at, place: sighting.place, minutes: sighting.lasted.num_seconds() as f64 / 60.0 }
}
