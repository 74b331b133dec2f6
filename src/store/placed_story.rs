//! Where editions that were sent had their stories, and how often these were clicked there.

use crate::store::database;
use std::collections::HashSet;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::story::json_list;
use super::{Db, EditionId, NewsletterNumber, time};

/// A story in an edition that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedStory {
    pub edition: EditionId,
    /// 1 is the lead.
    pub position: u32,
    pub platform: String,
    pub section: String,
    pub bylines: Vec<String>,
    pub headline: String,
    /// By all readers of this edition, as far as they were counted.
    pub clicks: f64,
    /// Deliveries that were accepted; never 0.
    pub accepted: u64,
}

impl PlacedStory {
    /// The stories of a newsletter's editions that began to be sent in `[since, until)`, oldest first.
    ///
    /// Clicks are those of a URL, and readings of them are totals. So what a story was clicked by the time it went out
    /// again, in whatever newsletter, belongs to the earlier edition, and what came after that to the later. An edition
    /// of which no click is known was not measured, and is left out; a story without clicks in one that was measured
    /// has none.
    pub fn sent_between(
        db: &Db,
        newsletter: NewsletterNumber,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "WITH placed AS MATERIALIZED (
                 SELECT e.id, e.started_at, p.position, s.platform, s.section, s.bylines, s.headline, s.url, c.deliveries,
                        (SELECT min(later.started_at)
                         FROM edition_stories AS again JOIN editions AS later ON later.id = again.edition_id
                         WHERE again.story_id = p.story_id AND later.started_at > e.started_at) AS again_at
                 FROM editions AS e
                      JOIN delivery_counts AS c ON c.edition_id = e.id AND c.state = 'accepted' AND c.deliveries > 0
                      JOIN edition_stories AS p ON p.edition_id = e.id
                      JOIN stories AS s ON s.id = p.story_id
                 WHERE e.newsletter_id = ?1 AND e.started_at >= ?2 AND e.started_at < ?3
             )
             SELECT id, position, platform, section, bylines, headline, deliveries,
                    (SELECT value FROM story_signals
                     WHERE url = placed.url AND signal = 'clicks' AND at <= coalesce(again_at, at)
                     ORDER BY at DESC LIMIT 1),
                    coalesce((SELECT value FROM story_signals
                              WHERE url = placed.url AND signal = 'clicks' AND at <= started_at
                              ORDER BY at DESC LIMIT 1), 0)
             FROM placed ORDER BY id, position",
        )?;
        let mut measured: HashSet<EditionId> = HashSet::new();
        let rows = query.query_map((newsletter, time::seconds(since), time::seconds(until)), |row| {
            let (by_then, before): (Option<f64>, f64) = (row.get(7)?, row.get(8)?);
            let placed = Self {
                edition: EditionId(row.get(0)?),
                position: row.get(1)?,
                platform: row.get(2)?,
                section: row.get(3)?,
                bylines: json_list(row, 4)?,
                headline: row.get(5)?,
                clicks: (by_then.unwrap_or(0.0) - before).max(0.0),
                accepted: row.get(6)?,
            };
            if placed.clicks > 0.0 {
                measured.insert(placed.edition);
            }
            Ok(placed)
        })?;
        let mut placed: Vec<Self> =
            rows.collect::<database::Result<_>>().context("reading which stories were clicked")?;
        placed.retain(|one| measured.contains(&one.edition));
        Ok(placed)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::store::{Edition, EditionStory, Signal, Story, StoryId, newsletter_number};

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn story(db: &Db, number: u32, section: &str) -> Result<StoryId> {
        let url = format!("https://example.org/{number}");
        let story = Story {
            id: StoryId(0),
            platform: "harmattan".into(),
            feed: None,
            guid: url.clone(),
            url: url.clone(),
            headline: format!("Story {number}"),
            standfirst: String::new(),
            bylines: vec!["Ama".into()],
            section: section.into(),
            tags: Vec::new(),
            published_at: at(-5),
            updated_at: None,
            first_seen_at: at(-5),
            image: None,
            comments: None,
            body: String::new(),
            words: 0,
        };
        story.upsert(db, at(-5))?;
        Ok(Story::with_url(db, &url)?[0].id)
    }

    fn sent(db: &Db, newsletter: &str, hours: i64, stories: &[StoryId], accepted: u32) -> Result<EditionId> {
        let slot = Some(at(hours));
        let edition =
            Edition::begin(db, newsletter, slot, (at(hours - 100), at(hours)), at(hours))?.context("no edition")?;
        edition.set_stories(db, &stories.iter().map(|id| EditionStory::plain(*id)).collect::<Vec<_>>())?;
        db.execute(
            "UPDATE editions SET state = 'sent', started_at = ?2 WHERE id = ?1",
            (edition.id.0, time::seconds(at(hours))),
        )?;
        db.execute(
            "INSERT INTO delivery_counts (edition_id, state, deliveries) VALUES (?1, 'accepted', ?2)
             ON CONFLICT (edition_id, state) DO UPDATE SET deliveries = excluded.deliveries",
            (edition.id.0, accepted),
        )?;
        Ok(edition.id)
    }

    #[test]
    fn clicks_belong_to_the_edition_that_was_last_sent_before_they_were_counted() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        store
            .write(|db| {
                let [one, two, three] = [story(db, 1, "Music")?, story(db, 2, "")?, story(db, 3, "")?];
                let first = sent(db, "brief", 0, &[one, two], 1000)?;
                let second = sent(db, "brief", 168, &[three, one], 1100)?;
                sent(db, "brief", 200, &[three], 1100)?; // too late to be asked for
                sent(db, "brief", 100, &[two], 0)?; // nobody got it
                sent(db, "brief", 20, &[three], 1000)?; // no click is known
                sent(db, "other", 150, &[two], 500)?;
                for (number, clicks, hours) in
                    [(1, 3.0, -1), (1, 40.0, 5), (1, 60.0, 160), (1, 75.0, 300), (2, 8.0, 90), (2, 10.0, 160)]
                {
                    let url = format!("https://example.org/{number}");
                    Signal { url, name: "clicks".into(), value: clicks, at: at(hours) }.record(db)?;
                }
                let newsletter = newsletter_number(db, "brief")?;
                let placed = PlacedStory::sent_between(db, newsletter, at(0), at(200))?;
                let told: Vec<_> =
                    placed.iter().map(|one| (one.edition, one.position, one.clicks, one.accepted)).collect();
                assert_eq!(
                    told,
                    // Of the story that went out again, 3 were counted before the first, 60 before the second.
                    [(first, 1, 57.0, 1000), (first, 2, 8.0, 1000), (second, 1, 0.0, 1100), (second, 2, 15.0, 1100)]
                );
                assert_eq!((placed[0].section.as_str(), placed[0].bylines.as_slice()), ("Music", &["Ama".into()][..]));
                assert_eq!(PlacedStory::sent_between(db, newsletter, at(1), at(100))?, []);
                Ok(())
            })
            .unwrap();
    }
}
