//! Everything that a change of a draft may change, as it stands: what makes changes comparable, and takes them back.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::editorial::set_words;
use crate::config::Newsletter;
use crate::store::{Db, Decision, DroppedEvent, Edition, EditionWords, EventId, StoryId, StoryOverride, Verdict};

/// What an edition can be changed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Thing {
    Words(EditionWords),
    /// A verdict, with its place.
    Story(i64, String, Option<u32>),
    Override(i64, StoryOverride),
    /// Whether an event is kept out.
    Event(i64, bool),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fact {
    pub before: Thing,
    pub after: Thing,
}

/// Everything a revision may change, as it stands.
pub(super) type Standing = BTreeMap<(u8, i64), Thing>;

pub(super) fn standing(db: &Db, newsletter: &Newsletter, edition: &Edition, stories: &[StoryId]) -> Result<Standing> {
    let mut things = vec![Thing::Words(edition.words())];
    for decision in Decision::all(db, newsletter.id.as_str())? {
        things.push(Thing::of(&decision));
    }
    things.extend(DroppedEvent::of(db, edition.id)?.into_iter().map(|event| Thing::Event(event.0, true)));
    for story in stories {
        things.push(Thing::Override(story.0, StoryOverride::find(db, *story)?));
    }
    Ok(things.into_iter().map(|thing| (thing.key(), thing)).collect())
}

pub(super) fn changed(before: &Standing, after: &Standing) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (key, thing) in before {
        let now = after.get(key).cloned().unwrap_or_else(|| thing.nothing());
        if now != *thing {
            facts.push(Fact { before: thing.clone(), after: now });
        }
    }
    for (key, thing) in after.iter().filter(|(key, _)| !before.contains_key(key)) {
        debug_assert_eq!(*key, thing.key());
        if *thing != thing.nothing() {
            facts.push(Fact { before: thing.nothing(), after: thing.clone() });
        }
    }
    facts
}

impl Thing {
    fn of(decision: &Decision) -> Self {
        let (word, place) = match decision.verdict {
            Verdict::Open => ("", None),
            Verdict::Pin { place } => ("pin", place),
            Verdict::Drop => ("drop", None),
        };
        Self::Story(decision.story.0, word.to_owned(), place)
    }

    pub(super) fn key(&self) -> (u8, i64) {
        match self {
            Self::Words(_) => (0, 0),
            Self::Story(story, ..) => (1, *story),
            Self::Override(story, _) => (2, *story),
            Self::Event(event, _) => (3, *event),
        }
    }

    /// As it is where nobody touched it.
    pub(super) fn nothing(&self) -> Self {
        match self {
            Self::Words(_) => Self::Words(EditionWords::default()),
            Self::Story(story, ..) => Self::Story(*story, String::new(), None),
            Self::Override(story, _) => Self::Override(*story, StoryOverride::default()),
            Self::Event(event, _) => Self::Event(*event, false),
        }
    }

    pub(super) fn overridden(&self) -> Option<StoryId> {
        match self {
            Self::Override(story, _) => Some(StoryId(*story)),
            _ => None,
        }
    }

    pub(super) fn put(&self, db: &Db, newsletter: &Newsletter, edition: &Edition, now: DateTime<Utc>) -> Result<()> {
        match self {
            Self::Words(words) => set_words(db, edition, words.clone()),
            Self::Story(story, word, place) => {
                let verdict = match word.as_str() {
                    "pin" => Verdict::Pin { place: *place },
                    "drop" => Verdict::Drop,
                    _ => Verdict::Open,
                };
                let id = newsletter.id.as_str();
                let decision = Decision::find(db, id, StoryId(*story), now)?;
                Decision { verdict, decided_at: now, ..decision }.save(db, id)
            }
            Self::Override(story, edited) => edited.save(db, StoryId(*story), now),
            Self::Event(event, is_out) => {
                let dropped = DroppedEvent { edition: edition.id, event: EventId(*event) };
                if *is_out { dropped.keep_out(db) } else { dropped.let_in(db) }
            }
        }
    }
}
