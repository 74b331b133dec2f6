//! An edition changed by several hands: what each change was before and after, so that it can be taken back and none
//! overwrites another's.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::Press;
use super::editorial::{Wish, decide, no_story, override_story, set_order, set_words};
use super::shown::{Merge, Shown};
use crate::config::Newsletter;
use crate::store::{
    AuditEntry, Db, Decision, Edition, EditionChange, EditionState, EditionWords, Story, StoryId, StoryOverride,
    Verdict,
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

/// What an edition can be changed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Thing {
    Words(EditionWords),
    /// A verdict, with its place.
    Story(i64, String, Option<u32>),
    Override(i64, StoryOverride),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Fact {
    before: Thing,
    after: Thing,
}

/// Everything a revision may change, as it stands.
type Standing = BTreeMap<(u8, i64), Thing>;

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
            if !matches!(revision, Revision::Words { .. } | Revision::Story { .. }) {
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

fn standing(db: &Db, newsletter: &Newsletter, edition: &Edition, stories: &[StoryId]) -> Result<Standing> {
    let mut things = vec![Thing::Words(edition.words())];
    for decision in Decision::all(db, newsletter.id.as_str())? {
        things.push(Thing::of(&decision));
    }
    for story in stories {
        things.push(Thing::Override(story.0, StoryOverride::find(db, *story)?));
    }
    Ok(things.into_iter().map(|thing| (thing.key(), thing)).collect())
}

fn changed(before: &Standing, after: &Standing) -> Vec<Fact> {
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

    fn key(&self) -> (u8, i64) {
        match self {
            Self::Words(_) => (0, 0),
            Self::Story(story, ..) => (1, *story),
            Self::Override(story, _) => (2, *story),
        }
    }

    /// As it is where nobody touched it.
    fn nothing(&self) -> Self {
        match self {
            Self::Words(_) => Self::Words(EditionWords::default()),
            Self::Story(story, ..) => Self::Story(*story, String::new(), None),
            Self::Override(story, _) => Self::Override(*story, StoryOverride::default()),
        }
    }

    fn overridden(&self) -> Option<StoryId> {
        match self {
            Self::Override(story, _) => Some(StoryId(*story)),
            _ => None,
        }
    }

    fn put(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<()> {
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
        }
    }
}
