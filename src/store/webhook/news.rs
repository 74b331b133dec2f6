use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::store::{Db, DeliveryCounts, EditionId, EditionName, Subscriber, SubscriberId, time};

/// How far the journals go, or were read: the id of the last row of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalEnds {
    pub subscription_change: i64,
    pub suppression_change: i64,
    pub edition_end: i64,
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub at: DateTime<Utc>,
    pub what: Happening,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A subscription was confirmed: by the reader, or for them by hand, but not by an import.
    Subscribed {
        reader: ToldReader,
        newsletter: String,
        by: String,
    },
    /// A subscription that was confirmed ended. `edition` is by way of which; empty where it was none.
    Left {
        reader: ToldReader,
        newsletter: String,
        by: String,
        edition: String,
    },
    /// An address is not mailed any more because of what came back about a reader.
    Bounced {
        reader: ToldReader,
        /// All they subscribed to, ended or not.
        newsletters: Vec<String>,
        class: String,
        reason: String,
        /// RFC 3463; may be empty.
        status: String,
        /// What it came back of; empty where that is not known.
        edition: String,
    },
    EditionSent(Box<SentEdition>),
}

/// A reader as others are told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldReader {
    pub id: SubscriberId,
    pub email: String,
    pub name: String,
}

/// An edition whose sending has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentEdition {
    pub name: EditionName,
    pub subject: String,
    /// An operator ended it before everybody had it.
    pub is_cancelled: bool,
    pub started_at: Option<DateTime<Utc>>,
    /// As they are now.
    pub counts: DeliveryCounts,
}

// Each journal is read by its key alone, and all else is looked up for the few rows that are new: the order of the joins is
// ours, by CROSS JOIN, whatever SQLite makes of tables that it has no statistics of.
const CHANGES: &str = "SELECT c.id, c.changed_at, c.state, c.changed_by, c.was_confirmed, n.slug,
                              coalesce(en.slug || '/' || e.number, ''), s.id, s.email, s.name
     FROM subscription_changes AS c
     CROSS JOIN newsletters AS n ON n.id = c.newsletter_id
     CROSS JOIN subscribers AS s ON s.id = c.subscriber_id
     LEFT JOIN editions AS e ON e.id = c.edition_id
     LEFT JOIN newsletters AS en ON en.id = e.newsletter_id
     WHERE c.id > ?1 ORDER BY c.id LIMIT ?2";
const SUPPRESSIONS: &str = "SELECT x.id, x.changed_at, f.class, f.reason, f.status, f.subscriber_id,
                                   coalesce(n.slug || '/' || e.number, '')
     FROM suppression_changes AS x
     LEFT JOIN feedback AS f ON f.id = x.feedback_id
     LEFT JOIN editions AS e ON e.id = f.edition_id
     LEFT JOIN newsletters AS n ON n.id = e.newsletter_id
     WHERE x.id > ?1 ORDER BY x.id LIMIT ?2";
const EDITIONS: &str = "SELECT x.id, x.ended_at, e.id, n.slug, e.number, e.subject, e.state = 'cancelled', e.started_at
     FROM edition_ends AS x
     CROSS JOIN editions AS e ON e.id = x.edition_id
     CROSS JOIN newsletters AS n ON n.id = e.newsletter_id
     WHERE x.id > ?1 ORDER BY x.id LIMIT ?2";

impl JournalEnds {
    /// The present end of each.
    pub fn now(db: &Db) -> Result<Self> {
        let mut query = db.prepare_cached(
            "SELECT (SELECT coalesce(max(id), 0) FROM subscription_changes),
                    (SELECT coalesce(max(id), 0) FROM suppression_changes),
                    (SELECT coalesce(max(id), 0) FROM edition_ends)",
        )?;
        Ok(query.query_row([], |row| {
            Ok(Self { subscription_change: row.get(0)?, suppression_change: row.get(1)?, edition_end: row.get(2)? })
        })?)
    }

    /// Whether nothing is new since.
    pub fn is_present(self, db: &Db) -> Result<bool> {
        let now = Self::now(db)?;
        // Behind the end they are where its rows went with an erased reader.
        Ok(self.subscription_change >= now.subscription_change
            && self.suppression_change >= now.suppression_change
            && self.edition_end >= now.edition_end)
    }

    /// What is new since, of at most `limit` rows of each journal, and how far that goes.
    pub fn news(self, db: &Db, limit: u32) -> Result<(Vec<News>, Self)> {
        let (mut news, mut ends) = (Vec::new(), self);
        ends.subscription_change = read(db, CHANGES, self.subscription_change, limit, |row| {
            news.extend(change(row)?);
            Ok(())
        })?;
        ends.suppression_change = read(db, SUPPRESSIONS, self.suppression_change, limit, |row| {
            news.extend(suppression(db, row)?);
            Ok(())
        })?;
        ends.edition_end = read(db, EDITIONS, self.edition_end, limit, |row| {
            news.push(edition(db, row)?);
            Ok(())
        })?;
        Ok((news, ends))
    }
}

/// Reads a journal on from a row; the id of the last one.
fn read(db: &Db, sql: &str, from: i64, limit: u32, mut each: impl FnMut(&Row<'_>) -> Result<()>) -> Result<i64> {
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query((from, limit))?;
    let mut last = from;
    while let Some(row) = rows.next().context("reading what is new")? {
        each(&row)?;
        last = row.get(0)?;
    }
    Ok(last)
}

fn change(row: &Row<'_>) -> Result<Option<News>> {
    let (state, by, was_confirmed): (String, String, bool) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let reader = ToldReader { id: SubscriberId(row.get(7)?), email: row.get(8)?, name: row.get(9)? };
    let newsletter = row.get(5)?;
    let what = match state.as_str() {
        // A publisher knows whom they imported.
        "confirmed" if by != "import" => Happening::Subscribed { reader, newsletter, by },
        "ended" if was_confirmed => Happening::Left { reader, newsletter, by, edition: row.get(6)? },
        _ => return Ok(None),
    };
    Ok(Some(News { at: time::from_seconds(row.get(1)?), what }))
}

fn suppression(db: &Db, row: &Row<'_>) -> Result<Option<News>> {
    // An operator's word, or one that was taken back.
    let Some(subscriber) = row.get::<Option<i64>>(5)? else { return Ok(None) };
    let Some(subscriber) = Subscriber::find(db, SubscriberId(subscriber))? else { return Ok(None) };
    // Through newsletters, because subscriptions are kept by newsletter first and there are few of them.
    let mut query = db.prepare_cached(
        "SELECT n.slug FROM newsletters AS n
         CROSS JOIN subscriptions AS t ON t.newsletter_id = n.id AND t.subscriber_id = ?1 ORDER BY n.id",
    )?;
    let newsletters = query.query_map([subscriber.id.0], |row| row.get(0))?.collect::<database::Result<_>>()?;
    let what = Happening::Bounced {
        reader: ToldReader { id: subscriber.id, email: subscriber.email.to_string(), name: subscriber.name },
        newsletters,
        class: row.get(2)?,
        reason: row.get(3)?,
        status: row.get(4)?,
        edition: row.get(6)?,
    };
    Ok(Some(News { at: time::from_seconds(row.get(1)?), what }))
}

fn edition(db: &Db, row: &Row<'_>) -> Result<News> {
    let sent = SentEdition {
        name: EditionName { newsletter: row.get(3)?, number: row.get(4)? },
        subject: row.get(5)?,
        is_cancelled: row.get(6)?,
        started_at: time::maybe_from_seconds(row.get(7)?),
        counts: DeliveryCounts::load(db, EditionId(row.get(2)?))?,
    };
    Ok(News { at: time::from_seconds(row.get(1)?), what: Happening::EditionSent(Box::new(sent)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where a journal holds ten million rows, a round costs what is new.
    #[test]
    fn journals_are_read_by_their_keys_and_nothing_is_searched_through() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::file(&dir);
        store
            .read(|db| {
                for sql in [CHANGES, SUPPRESSIONS, EDITIONS] {
                    let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let steps: Vec<String> =
                        plan.query_map((0, 500), |row| row.get(3))?.collect::<database::Result<_>>()?;
                    assert!(steps[0].ends_with("USING INTEGER PRIMARY KEY (rowid>?)"), "{steps:?}");
                    for step in &steps {
                        assert!(step.starts_with("SEARCH ") && step.contains("PRIMARY KEY"), "{steps:?}");
                    }
                }
                Ok(())
            })
            .unwrap();
    }

    /// An id that was given again would be one that a webhook was told already.
    #[test]
    fn what_went_with_an_erased_reader_hides_nothing_that_comes_after() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        store
            .write(|db| {
                let brief = crate::store::newsletter_number(db, "weekly-brief")?;
                let confirm = |email: &str| {
                    let email = crate::address::EmailAddress::parse(email)?;
                    let reader = Subscriber::find_or_add(db, &email, "", now)?;
                    let confirmed = crate::store::SubscriptionState::Confirmed;
                    crate::store::Subscription::begin(db, brief, reader.id, confirmed, "form", now)?;
                    Ok::<_, anyhow::Error>(reader)
                };
                confirm("ada@example.org")?;
                let gone = confirm("gone@example.org")?;
                let (news, ends) = JournalEnds::default().news(db, 500)?;
                assert_eq!(news.len(), 2);
                gone.erase(db, now)?;
                assert!(ends.is_present(db)?);
                confirm("new@example.org")?;
                assert!(!ends.is_present(db)?);
                let (news, _) = ends.news(db, 500)?;
                let [News { what: Happening::Subscribed { reader, .. }, .. }] = &news[..] else { panic!("{news:?}") };
                assert_eq!(reader.email, "new@example.org");
                Ok(())
            })
            .unwrap();
    }
}
