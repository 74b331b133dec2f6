//! Finding stories by the words of their headlines, and leafing through them from the latest on.

use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::search::expression;
use super::{Db, StoryId, time};

/// Stories that are looked at for one page of a search, however few of them are of the platform that is asked for.
const LOOKED_AT: usize = 2_000;

/// Which stories are looked for; the latest first.
#[derive(Clone, Copy, Debug)]
pub struct StorySearch<'a> {
    /// Words, or beginnings of words; every story where there are none.
    pub question: &'a str,
    /// The platform's id.
    pub platform: Option<&'a str>,
    /// Where the page before said how to go on.
    pub before: Option<StoryPlace>,
    pub limit: usize,
}

/// A story's place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryPlace {
    pub published_at: DateTime<Utc>,
    pub id: StoryId,
}

/// A story on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    pub id: StoryId,
    pub platform: String,
    pub headline: String,
    pub section: String,
    pub published_at: DateTime<Utc>,
}

/// A page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundStories {
    pub found: Vec<StoryLine>,
    /// Where the next page goes on; `None` where there is nothing more.
    pub more: Option<StoryPlace>,
}

impl StorySearch<'_> {
    pub fn run(&self, db: &Db) -> Result<FoundStories> {
        match expression(db, self.question) {
            Some(question) => self.find(db, &question),
            None if self.question.trim().is_empty() => self.leaf(db),
            None => Ok(FoundStories::default()),
        }
    }

    /// In the order of time.
    fn leaf(&self, db: &Db) -> Result<FoundStories> {
        let one_platform = if self.platform.is_some() { "platform = ?4 AND" } else { "CAST(?4 AS TEXT) IS NULL AND" };
        let mut query = db.prepare_cached(&format!(
            "SELECT id, platform, headline, section, published_at FROM stories
             WHERE {one_platform} published_at <= ?1 AND (published_at < ?1 OR id < ?2)
             ORDER BY published_at DESC, id DESC LIMIT ?3"
        ))?;
        let (at, id) =
            self.before.map_or((i64::MAX, i64::MAX), |place| (time::seconds(place.published_at), place.id.0));
        let rows = query.query_map((at, id, self.limit + 1, self.platform), StoryLine::from_row)?;
        let mut found = rows.collect::<database::Result<Vec<_>>>().context("reading the latest stories")?;
        let is_cut = found.len() > self.limit;
        found.truncate(self.limit);
        let more = found.last().filter(|_| is_cut).map(StoryLine::place);
        Ok(FoundStories { found, more })
    }

    /// In the order in which they came, which costs no sorting.
    fn find(&self, db: &Db, question: &str) -> Result<FoundStories> {
        let mut query = db.prepare_cached(db.pick(
            "SELECT s.id, s.platform, s.headline, s.section, s.published_at
             FROM (SELECT rowid AS id FROM story_search WHERE story_search MATCH ?1 AND rowid < ?2
                   ORDER BY rowid DESC LIMIT ?3) AS f
             CROSS JOIN stories AS s ON s.id = f.id",
            "SELECT id, platform, headline, section, published_at FROM stories
             WHERE words_of(headline, standfirst) @@ asked(?1) AND id < ?2 ORDER BY id DESC LIMIT ?3",
        ))?;
        let before = self.before.map_or(i64::MAX, |place| place.id.0);
        let looked_at = if self.platform.is_some() { LOOKED_AT } else { self.limit + 1 };
        let rows = query.query_map((question, before, looked_at), StoryLine::from_row)?;
        let mut answer = FoundStories::default();
        let (mut last, mut seen) = (None, 0);
        for row in rows {
            let row = row.context("looking for stories")?;
            if answer.found.len() == self.limit {
                answer.more = last;
                return Ok(answer);
            }
            seen += 1;
            last = Some(row.place());
            if self.platform.is_none_or(|platform| platform == row.platform) {
                answer.found.push(row);
            }
        }
        answer.more = last.filter(|_| seen == looked_at);
        Ok(answer)
    }
}

impl StoryLine {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: StoryId(row.get(0)?),
            platform: row.get(1)?,
            headline: row.get(2)?,
            section: row.get(3)?,
            published_at: time::from_seconds(row.get(4)?),
        })
    }

    pub fn place(&self) -> StoryPlace {
        StoryPlace { published_at: self.published_at, id: self.id }
    }
}
