//! An edition changed by several hands: what each change was before and after, so that it can be taken back and none
//! overwrites another's.

use anyhow::{Context, Result, bail};

use super::Press;
use super::editorial::{Wish, decide, no_story, override_story, set_order, set_words};
use super::shown::{Merge, Shown};
use super::standing::{Fact, changed, standing};
use crate::config::Newsletter;
use crate::store::{
    AuditEntry, Db, Decision, DroppedEvent, Edition, EditionChange, EditionState, EditionWords, Event, EventId, Story,
    StoryId, StoryOverride, Verdict,
};

/// A change of a draft, as somebody asks for it.
#[derive(Clone, Debug)]
pub enum Revision {
    Wish {
        story: StoryId,
        wish: Wish,
    },
    /// Moves a story of the brief to a place, 1 is the lead. `seen` is the order it was moved in.
    Move {
        story: StoryId,
        to: usize,
        seen: Vec<StoryId>,
    },
    /// Has the stories of the brief stand in this order. `seen` is the one it was made of.
    Order {
        wanted: Vec<StoryId>,
        seen: Vec<StoryId>,
    },
    /// The words as they are to be, and as they were when the change was begun.
    Words {
        words: EditionWords,
        seen: EditionWords,
    },
    /// The same of what readers see of a story.
    Story {
        story: StoryId,
        shown: Shown,
        seen: Shown,
    },
    /// Keeps an event out of the edition, or lets it back in.
    Event {
        event: EventId,
        is_in: bool,
    },
}

/// What became of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revised {
    Done,
    /// Somebody else changed the same meanwhile; nothing was done.
    Clash(Clash),
}

/// Two hands on one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Who changed it last, if that is known.
    pub who: Option<EditionChange>,
    /// What stands there now and what was meant, by the name of the field.
    pub fields: Vec<(&'static str, String, String)>,
}

impl Press {
    /// Changes a draft for `who`, and makes it again around that. All of it, or with an error or a clash nothing.
    pub fn revise(&self, edition: &Edition, who: &str, revision: &Revision) -> Result<Revised> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let now = self.now();
        self.store().write(|db| {
            let edition = draft(db, edition)?;
            let stories: Vec<StoryId> = match revision {
                Revision::Story { story, .. } => vec![*story],
                _ => Vec::new(),
            };
            let before = standing(db, newsletter, &edition, &stories)?;
            if let Some(clash) = self.apply(db, newsletter, &edition, revision)? {
                return Ok(Revised::Clash(clash));
            }
            if !matches!(revision, Revision::Words { .. } | Revision::Story { .. } | Revision::Event { .. }) {
                self.refresh(db, newsletter)?;
            }
            let again = draft(db, &edition)?;
            let after = standing(db, newsletter, &again, &stories)?;
            let facts = changed(&before, &after);
            if !facts.is_empty() {
                let what = self.told(db, revision)?;
                EditionChange::add(db, edition.id, who, &what, &serde_json::to_string(&facts)?, now)?;
                AuditEntry::add(db, who, "changed", &edition.name.to_string(), &what, now)?;
            }
            Ok(Revised::Done)
        })
    }

    /// Takes back the latest change of a draft that was not taken back yet, and says which it was. `None` where there is
    /// none. An error where something of it was changed otherwise since.
    pub fn undo(&self, edition: &Edition, who: &str) -> Result<Option<String>> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let now = self.now();
        self.store().write(|db| {
            let edition = draft(db, edition)?;
            let Some(change) = EditionChange::last(db, edition.id)? else { return Ok(None) };
            let facts: Vec<Fact> = serde_json::from_str(&change.facts).context("reading what was changed")?;
            let stories: Vec<StoryId> = facts.iter().filter_map(|fact| fact.after.overridden()).collect();
            let stands = standing(db, newsletter, &edition, &stories)?;
            for Fact { before, after } in &facts {
                if stands.get(&after.key()).unwrap_or(&after.nothing()) != after {
                    bail!("“{}” can't be taken back any more: it was changed otherwise since", change.what);
                }
                before.put(db, newsletter, &edition, now)?;
            }
            self.refresh(db, newsletter)?;
            change.mark_undone(db, now)?;
            AuditEntry::add(db, who, "took back", &edition.name.to_string(), &change.what, now)?;
            Ok(Some(change.what))
        })
    }

    fn apply(&self, db: &Db, newsletter: &Newsletter, edition: &Edition, revision: &Revision) -> Result<Option<Clash>> {
        let now = self.now();
        let id = newsletter.id.as_str();
        match revision {
            Revision::Wish { story, wish } => {
                Story::find(db, *story)?.with_context(|| no_story(story.0))?;
                let mut left = order(db, edition)?;
                decide(db, id, *story, *wish, now)?;
                if *wish == Wish::Drop {
                    // What stood behind it moves up, with a place of its own or without.
                    left.retain(|one| one != story);
                    self.reorder(db, newsletter, edition, None, &left)?;
                }
            }
            Revision::Move { story, to, seen } => {
                let order = order(db, edition)?;
                if order != *seen {
                    return clash(db, edition, Vec::new());
                }
                let from = order.iter().position(|one| one == story).with_context(|| no_story(story.0))?;
                let mut wanted = order;
                let moved = wanted.remove(from);
                wanted.insert(to.saturating_sub(1).min(wanted.len()), moved);
                self.reorder(db, newsletter, edition, Some(*story), &wanted)?;
            }
            Revision::Order { wanted, seen } => {
                if order(db, edition)? != *seen {
                    return clash(db, edition, Vec::new());
                }
                set_order(db, id, wanted, now)?;
            }
            Revision::Words { words, seen } => {
                let stands = edition.words();
                let mut merge = Merge::default();
                let merged = EditionWords {
                    subject: merge.field("subject", &stands.subject, &seen.subject, &words.subject),
                    preheader: merge.field("preheader", &stands.preheader, &seen.preheader, &words.preheader),
                    intro: merge.field("intro", &stands.intro, &seen.intro, &words.intro),
                };
                if !merge.0.is_empty() {
                    return clash(db, edition, merge.0);
                }
                set_words(db, edition, merged)?;
            }
            Revision::Story { story, shown, seen } => {
                let own = Story::find(db, *story)?.with_context(|| no_story(story.0))?;
                let merged = match Shown::of(&own, &StoryOverride::find(db, *story)?).merged(shown, seen) {
                    Ok(merged) => merged,
                    Err(fields) => return clash(db, edition, fields),
                };
                override_story(db, *story, merged.as_override(&own)?, now)?;
            }
            Revision::Event { event, is_in } => {
                Event::find(db, *event)?.with_context(|| format!("there is no event {}", event.0))?;
                let dropped = DroppedEvent { edition: edition.id, event: *event };
                if *is_in { dropped.let_in(db)? } else { dropped.keep_out(db)? }
            }
        }
        Ok(None)
    }

    /// Has these stories stand in this order: what was moved is pinned to its new place, and what has a place to where it
    /// comes to stand by that. Where the selection would set the others in another order, they are pinned as well.
    fn reorder(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        moved: Option<StoryId>,
        wanted: &[StoryId],
    ) -> Result<()> {
        let (now, id) = (self.now(), newsletter.id.as_str());
        for (place, story) in (1..).zip(wanted) {
            let decision = Decision::find(db, id, *story, now)?;
            if Some(*story) == moved || matches!(decision.verdict, Verdict::Pin { place: Some(_) }) {
                let verdict = Verdict::Pin { place: Some(place) };
                Decision { verdict, decided_at: now, ..decision }.save(db, id)?;
            }
        }
        self.refresh(db, newsletter)?;
        if !order(db, edition)?.starts_with(wanted) {
            set_order(db, id, wanted, now)?;
        }
        Ok(())
    }

    /// What a revision does, as a sentence.
    fn told(&self, db: &Db, revision: &Revision) -> Result<String> {
        let named = |story: &StoryId| -> Result<String> {
            let Some(mut found) = Story::find(db, *story)? else { return Ok(format!("story {}", story.0)) };
            StoryOverride::find(db, *story)?.apply(&mut found);
            Ok(format!("“{}”", found.headline))
        };
        Ok(match revision {
            Revision::Wish { story, wish } => {
                let named = named(story)?;
                match wish {
                    Wish::Pin => format!("Pinned {named}"),
                    Wish::PinAt(place) => format!("Pinned {named} to place {place}"),
                    Wish::Unpin => format!("Unpinned {named}"),
                    Wish::Drop => format!("Dropped {named}"),
                    Wish::Undrop => format!("No longer dropped: {named}"),
                    Wish::Embargo(_) => format!("Changed the embargo of {named}"),
                    Wish::Expire(_) => format!("Changed the expiry of {named}"),
                }
            }
            Revision::Move { story, to, .. } => format!("Moved {} to place {to}", named(story)?),
            Revision::Order { .. } => "Set the order of the stories".to_owned(),
            Revision::Words { .. } => "Edited the subject, preheader or intro".to_owned(),
            Revision::Story { story, .. } => format!("Edited {}", named(story)?),
            Revision::Event { event, is_in } => {
                let title = Event::find(db, *event)?.map_or_else(String::new, |event| event.title);
                format!("{} the event “{title}”", if *is_in { "Put back" } else { "Dropped" })
            }
        })
    }
}

/// The stories of the brief itself, in their order: those that can be moved.
fn order(db: &Db, edition: &Edition) -> Result<Vec<StoryId>> {
    let stories = edition.stories(db)?;
    Ok(stories.into_iter().filter(|(_, one)| one.section.is_empty()).map(|(story, _)| story.id).collect())
}

/// The edition as it stands, which must be a draft.
fn draft(db: &Db, edition: &Edition) -> Result<Edition> {
    let edition = Edition::find(db, edition.id)?.context("the edition is gone from the store")?;
    if edition.state != EditionState::Draft {
        bail!("{} is {} already, and its content is frozen", edition.name, edition.state);
    }
    Ok(edition)
}

fn clash(db: &Db, edition: &Edition, fields: Vec<(&'static str, String, String)>) -> Result<Option<Clash>> {
    Ok(Some(Clash { who: EditionChange::last(db, edition.id)?, fields }))
}
