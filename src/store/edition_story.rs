use crate::store::database::{self, Row};
use anyhow::{Context, Result};

use super::{Db, Edition, Story, StoryId};

/// A story in an edition, as the selection and the editor put it there.
#[derive(Clone, Debug, PartialEq)]
pub struct EditionStory {
    pub story: StoryId,
    /// Why it was picked, a sentence each.
    pub reasons: Vec<String>,
    pub score: f64,
    /// The ids of the other platforms that ran it.
    pub also_on: Vec<String>,
    /// The title of the part it stands in; empty for the brief itself.
    pub section: String,
    /// That part is paid for.
    pub is_sponsored: bool,
}

/// A list of headlines beside the stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkList {
    /// Most read this week.
    MustRead,
    /// Earlier stories on the lead's subject.
    ReadAlso,
}

/// A headline in such a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionLink {
    pub story: StoryId,
    /// A sentence.
    pub reason: String,
}

impl LinkList {
    fn as_str(self) -> &'static str {
        match self {
            Self::MustRead => "must read",
            Self::ReadAlso => "read also",
        }
    }
}

impl EditionStory {
    /// Of which nothing is known but that it is in.
    pub fn plain(story: StoryId) -> Self {
        Self {
            story,
            reasons: Vec::new(),
            score: 0.0,
            also_on: Vec::new(),
            section: String::new(),
            is_sponsored: false,
        }
    }

    fn from_row(row: &Row<'_>) -> Result<Self> {
        let list = |column: usize| -> Result<Vec<String>> { Ok(serde_json::from_str(row.text(column)?)?) };
        Ok(Self {
            story: StoryId(row.get(0)?),
            reasons: list(1)?,
            score: row.get(2)?,
            also_on: list(3)?,
            section: row.get(4)?,
            is_sponsored: row.get(5)?,
        })
    }
}

impl Edition {
    /// Its stories, the lead first.
    pub fn stories(&self, db: &Db) -> Result<Vec<(Story, EditionStory)>> {
        let mut query = db.prepare_cached(
            "SELECT story_id, reasons, score, also_on, section, sponsored FROM edition_stories
             WHERE edition_id = ?1 ORDER BY position",
        )?;
        let picked: Vec<EditionStory> = query
            .query_map([self.id.0], |row| Ok(EditionStory::from_row(row)))?
            .map(|row| row?)
            .collect::<Result<_>>()?;
        picked.into_iter().map(|one| Ok((self.story(db, one.story)?, one))).collect()
    }

    /// How many stories it has.
    pub fn length(&self, db: &Db) -> Result<usize> {
        let mut query = db.prepare_cached("SELECT count(*) FROM edition_stories WHERE edition_id = ?1")?;
        Ok(query.query_row([self.id.0], |row| row.get(0))?)
    }

    /// Replaces its stories by these, in order.
    pub fn set_stories(&self, db: &Db, stories: &[EditionStory]) -> Result<()> {
        db.prepare_cached("DELETE FROM edition_stories WHERE edition_id = ?1")?.execute([self.id.0])?;
        let mut insert = db.prepare_cached(
            "INSERT INTO edition_stories (edition_id, position, story_id, reasons, score, also_on, section, sponsored)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (position, one) in (1_i64..).zip(stories) {
            let (reasons, also_on) = (serde_json::to_string(&one.reasons)?, serde_json::to_string(&one.also_on)?);
            insert
                .execute((
                    self.id.0,
                    position,
                    one.story.0,
                    reasons,
                    one.score,
                    also_on,
                    &one.section,
                    one.is_sponsored,
                ))
                .with_context(|| format!("storing the stories of {}", self.name))?;
        }
        Ok(())
    }

    /// The headlines of one of its lists, with why each is there.
    pub fn links(&self, db: &Db, list: LinkList) -> Result<Vec<(Story, EditionLink)>> {
        let mut query = db.prepare_cached(
            "SELECT story_id, reason FROM edition_links WHERE edition_id = ?1 AND list = ?2 ORDER BY position",
        )?;
        let link = |row: &Row<'_>| Ok(EditionLink { story: StoryId(row.get(0)?), reason: row.get(1)? });
        let links: Vec<EditionLink> =
            query.query_map((self.id.0, list.as_str()), link)?.collect::<database::Result<_>>()?;
        links.into_iter().map(|one| Ok((self.story(db, one.story)?, one))).collect()
    }

    /// Replaces one of its lists by these, in order.
    pub fn set_links(&self, db: &Db, list: LinkList, links: &[EditionLink]) -> Result<()> {
        db.prepare_cached("DELETE FROM edition_links WHERE edition_id = ?1 AND list = ?2")?
            .execute((self.id.0, list.as_str()))?;
        let mut insert = db.prepare_cached(
            "INSERT INTO edition_links (edition_id, list, position, story_id, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (position, link) in (1_i64..).zip(links) {
            insert
                .execute((self.id.0, list.as_str(), position, link.story.0, &link.reason))
                .with_context(|| format!("storing the headlines of {}", self.name))?;
        }
        Ok(())
    }

    fn story(&self, db: &Db, id: StoryId) -> Result<Story> {
        Story::find(db, id)?.with_context(|| format!("story {} of {} is gone", id.0, self.name))
    }
}
