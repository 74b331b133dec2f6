use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Db, Story, StoryId, StoryImage, time};

/// An editor's own words and picture for a story. `None` is what the story has itself, whatever a feed makes of that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryOverride {
    pub headline: Option<String>,
    /// Empty shows none.
    pub standfirst: Option<String>,
    pub kicker: Option<String>,
    /// Empty shows none.
    pub image_url: Option<String>,
    pub image_alt: Option<String>,
}

impl StoryOverride {
    /// That of a story; all `None` where nobody edited it.
    pub fn find(db: &Db, story: StoryId) -> Result<Self> {
        let mut query = db.prepare_cached(
            "SELECT headline, standfirst, kicker, image_url, image_alt FROM overrides WHERE story_id = ?1",
        )?;
        let known = query.query_row([story.0], |row| {
            Ok(Self {
                headline: row.get(0)?,
                standfirst: row.get(1)?,
                kicker: row.get(2)?,
                image_url: row.get(3)?,
                image_alt: row.get(4)?,
            })
        });
        Ok(known.optional()?.unwrap_or_default())
    }

    /// Writes it down in place of the one before.
    pub fn save(&self, db: &Db, story: StoryId, now: DateTime<Utc>) -> Result<()> {
        if *self == Self::default() {
            db.prepare_cached("DELETE FROM overrides WHERE story_id = ?1")?.execute([story.0])?;
            return Ok(());
        }
        db.prepare_cached(
            "INSERT INTO overrides (story_id, headline, standfirst, kicker, image_url, image_alt, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (story_id)
             DO UPDATE SET headline = excluded.headline, standfirst = excluded.standfirst, kicker = excluded.kicker,
                           image_url = excluded.image_url, image_alt = excluded.image_alt,
                           changed_at = excluded.changed_at",
        )?
        .execute((
            story.0,
            &self.headline,
            &self.standfirst,
            &self.kicker,
            &self.image_url,
            &self.image_alt,
            time::seconds(now),
        ))
        .with_context(|| format!("storing the edits of story {}", story.0))?;
        Ok(())
    }

    /// The story as readers see it, but for the kicker, which a story has none of.
    pub fn apply(&self, story: &mut Story) {
        if let Some(headline) = &self.headline {
            story.headline.clone_from(headline);
        }
        if let Some(standfirst) = &self.standfirst {
            story.standfirst.clone_from(standfirst);
        }
        match self.image_url.as_deref() {
            Some("") => story.image = None,
            // What is known of the other picture does not hold for this one.
            Some(url) => story.image = Some(StoryImage { url: url.to_owned(), ..StoryImage::default() }),
            None => {}
        }
        if let (Some(alt), Some(image)) = (&self.image_alt, &mut story.image) {
            image.alt.clone_from(alt);
        }
    }

    /// What is overridden, in words.
    pub fn fields(&self) -> Vec<&'static str> {
        let all = [
            (self.headline.is_some(), "headline"),
            (self.standfirst.is_some(), "standfirst"),
            (self.kicker.is_some(), "kicker"),
            (self.image_url.is_some() || self.image_alt.is_some(), "image"),
        ];
        all.into_iter().filter_map(|(is_overridden, field)| is_overridden.then_some(field)).collect()
    }
}
