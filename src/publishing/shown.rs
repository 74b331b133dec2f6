//! What readers see of a story, written by several hands.

use anyhow::{Context, Result, bail};

use super::editorial::{no_story, override_story};
use super::{Clash, Press, Revised, SelectedStory};
use crate::store::{AuditEntry, Story, StoryId, StoryOverride};

/// What readers see of a story, and an editor may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub headline: String,
    pub standfirst: String,
    /// Empty where the platform and the section stand there.
    pub kicker: String,
    /// Empty for none.
    pub image_url: String,
    pub image_alt: String,
}

impl Press {
    /// What an editor may write of a story, as it stands.
    pub fn shown(&self, story: StoryId) -> Result<Shown> {
        self.store().read(|db| {
            let own = Story::find(db, story)?.with_context(|| no_story(story.0))?;
            Ok(Shown::of(&own, &StoryOverride::find(db, story)?))
        })
    }

    /// Writes what readers are to see of a story, in every newsletter. Two hands on one field are a clash, and nothing is
    /// done then.
    pub fn rewrite(&self, story: StoryId, who: &str, shown: &Shown, seen: &Shown) -> Result<Revised> {
        let now = self.now();
        self.store().write(|db| {
            let own = Story::find(db, story)?.with_context(|| no_story(story.0))?;
            let edited = StoryOverride::find(db, story)?;
            match Shown::of(&own, &edited).merged(shown, seen) {
                Err(fields) => Ok(Revised::Clash(Clash { who: None, fields })),
                Ok(merged) => {
                    let after = override_story(db, story, merged.as_override(&own)?, now)?;
                    if after != edited {
                        let what = if after.fields().is_empty() {
                            "its own words".to_owned()
                        } else {
                            after.fields().join(", ")
                        };
                        AuditEntry::add(db, who, "edited", &format!("story {}", story.0), &what, now)?;
                    }
                    Ok(Revised::Done)
                }
            }
        })
    }
}

/// Fields of which both hands made something else.
#[derive(Default)]
pub(super) struct Merge(pub Vec<(&'static str, String, String)>);

impl Merge {
    /// What a field becomes: what was meant where it was changed, else what stands there.
    pub fn field(&mut self, name: &'static str, stands: &str, seen: &str, meant: &str) -> String {
        // As forms send line breaks, and without the space at the ends that they may lose.
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        let (stands, seen, meant) = (plain(stands), plain(seen), plain(meant));
        if meant == seen || meant == stands {
            return stands;
        }
        if stands != seen {
            self.0.push((name, stands, meant.clone()));
        }
        meant
    }
}

impl SelectedStory {
    /// What an editor may write of it, as it stands.
    pub fn shown(&self) -> Shown {
        let image = self.story.image.clone().unwrap_or_default();
        Shown {
            headline: self.story.headline.clone(),
            standfirst: self.story.standfirst.clone(),
            kicker: self.kicker.clone(),
            image_url: image.url,
            image_alt: image.alt,
        }
    }
}

impl Shown {
    pub(super) fn of(own: &Story, edited: &StoryOverride) -> Self {
        let mut story = own.clone();
        edited.apply(&mut story);
        let image = story.image.unwrap_or_default();
        Self {
            headline: story.headline,
            standfirst: story.standfirst,
            kicker: edited.kicker.clone().unwrap_or_default(),
            image_url: image.url,
            image_alt: image.alt,
        }
    }

    /// What becomes of it where `meant` was made of `seen`; the fields of which both hands made something else, if any.
    pub(super) fn merged(&self, meant: &Self, seen: &Self) -> Result<Self, Vec<(&'static str, String, String)>> {
        let mut merge = Merge::default();
        let merged = Self {
            headline: merge.field("headline", &self.headline, &seen.headline, &meant.headline),
            standfirst: merge.field("standfirst", &self.standfirst, &seen.standfirst, &meant.standfirst),
            kicker: merge.field("kicker", &self.kicker, &seen.kicker, &meant.kicker),
            image_url: merge.field("image", &self.image_url, &seen.image_url, &meant.image_url),
            image_alt: merge.field("alt text", &self.image_alt, &seen.image_alt, &meant.image_alt),
        };
        if merge.0.is_empty() { Ok(merged) } else { Err(merge.0) }
    }

    /// What differs from the story's own. An error for a picture of the editor's that says nothing to who can't see it.
    pub(super) fn as_override(&self, own: &Story) -> Result<StoryOverride> {
        let other = |text: &str, own: &str| (text != own).then(|| text.to_owned());
        let image = own.image.clone().unwrap_or_default();
        let image_url = other(&self.image_url, &image.url);
        // What is known of the story's own picture does not hold for another.
        let own_alt = if image_url.is_some() { "" } else { image.alt.as_str() };
        if image_url.as_deref().is_some_and(|url| !url.is_empty()) && self.image_alt.is_empty() {
            bail!("a picture needs an alt text: a few words on what it shows");
        }
        Ok(StoryOverride {
            headline: other(&self.headline, &own.headline),
            standfirst: other(&self.standfirst, &own.standfirst),
            kicker: other(&self.kicker, ""),
            image_alt: other(&self.image_alt, own_alt),
            image_url,
        })
    }
}
