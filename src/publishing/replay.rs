//! Past editions as weeks whose answer is known, to be chosen once more.

use std::collections::HashSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Press;
use super::counted::seen;
use super::knowledge::{signal_stories, told};
use super::shortlist::{LATE, stories_in};
use crate::config::Newsletter;
use crate::evaluation::{Item, Week};
use crate::selection::{Count, Signals};
use crate::store::{Db, Edition, EditionState, Sighting, Signal, Story, StoryId};

impl Press {
    /// The editions of a newsletter that were sent, the first first, with what there was to choose from by then.
    ///
    /// Candidates are the stories of an edition's window that had come by its end and were in no edition before, dropped or
    /// not; counts and places on front pages are those of that moment. An edition of which no story was of its window is
    /// left out: it was chosen by hand.
    pub fn past_weeks(&self, newsletter: &Newsletter) -> Result<Vec<Week>> {
        self.store().read(|db| {
            let mut editions = Edition::list(db, Some(newsletter.id.as_str()))?;
            editions.retain(|edition| edition.state == EditionState::Sent);
            editions.sort_by_key(|edition| edition.name.number);
            let (mut weeks, mut sent, mut before) = (Vec::new(), HashSet::new(), None);
            for edition in &editions {
                let week = week(db, newsletter, edition, &sent, before)?;
                weeks.extend(Some(week).filter(|week| !week.picks.is_empty()));
                sent.extend(edition.stories(db)?.into_iter().map(|(story, _)| story.id));
                before = Some(edition.window_end);
            }
            Ok(weeks)
        })
    }
}

fn week(
    db: &Db,
    newsletter: &Newsletter,
    edition: &Edition,
    sent: &HashSet<StoryId>,
    before: Option<DateTime<Utc>>,
) -> Result<Week> {
    let (start, end) = (edition.window_start, edition.window_end);
    let mut stories = stories_in(db, newsletter, (start, end), before)?;
    stories.retain(|story| story.first_seen_at <= end && !sent.contains(&story.id));
    let picked: Vec<StoryId> = edition.stories(db)?.into_iter().map(|(story, _)| story.id).collect();
    let items: Vec<Item> = stories
        .iter()
        .zip(0..)
        .map(|(story, number)| {
            let mut candidate = told(story);
            // Numbered as they stand in the week.
            candidate.story = StoryId(number);
            candidate.signals = signals_by(db, story, end)?;
            let success = f64::from(u8::from(picked.contains(&story.id)));
            Ok(Item { candidate, first_seen_at: story.first_seen_at, success, top_minutes: 0.0, written: [0.0; 3] })
        })
        .collect::<Result<_>>()?;
    let picks = picked.iter().filter_map(|id| stories.iter().position(|story| story.id == *id)).collect();
    let signal_stories = signal_stories(db, (start - LATE, end))?;
    Ok(Week { name: edition.name.to_string(), items, signal_stories, picks, is_front_page: false })
}

/// What was known of a story by a moment.
fn signals_by(db: &Db, story: &Story, end: DateTime<Utc>) -> Result<Signals> {
    let mut signals = Signals::default();
    // In the order of time, so that the last of each counts.
    for reading in Signal::of(db, &story.url)?.into_iter().filter(|reading| reading.at <= end) {
        signals.count(&reading.name, Count { total: reading.value, counted_at: reading.at });
    }
    let sightings = Sighting::of(db, &story.url)?;
    signals.sightings = sightings.iter().filter(|one| one.at <= end).map(seen).collect();
    Ok(signals)
}
