//! All that is known of one story.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Press;
use crate::store::{Decision, Edition, EditionName, Sighting, Signal, Story, StoryOverride};

/// A story with what was made of it.
#[derive(Clone, Debug)]
pub struct KnownStory {
    /// As its feed has it.
    pub story: Story,
    /// Headlines it bore before, with when each was replaced.
    pub earlier: Vec<(String, DateTime<Utc>)>,
    pub edited: StoryOverride,
    /// By newsletter, of those for which something is decided.
    pub decisions: Vec<(String, Decision)>,
    /// The editions it is in, with their states.
    pub editions: Vec<(EditionName, String)>,
    pub signals: Vec<Signal>,
    pub sightings: Vec<Sighting>,
}

impl KnownStory {
    pub fn of(press: &Press, story: &Story) -> Result<Self> {
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
                story: story.clone(),
            })
        })
    }

    /// The last reading of each signal; they come by signal and time.
    pub fn latest_signals(&self) -> Vec<&Signal> {
        let mut last: Vec<&Signal> = Vec::new();
        for signal in &self.signals {
            if last.last().is_some_and(|before| before.name == signal.name) {
                last.pop();
            }
            last.push(signal);
        }
        last
    }

    /// Where it stood on its platform's front page, if it was seen there.
    pub fn front_page(&self) -> Option<String> {
        let best = self.sightings.iter().map(|sighting| sighting.place).min()?;
        let at_top = self.sightings.iter().filter(|sighting| sighting.place <= 3);
        let minutes: i64 = at_top.map(|sighting| sighting.lasted.num_minutes()).sum();
        Some(format!("best place {best}, {minutes} minutes in the first three"))
    }
}
