//! Numbers that were given after a copy was made stand in mail already sent. None of them is given again, or a link in such
//! a mail would lead to another reader, another story or another edition.

use crate::store::database;
use anyhow::Result;
use chrono::{DateTime, Utc};

use super::super::{Db, time};

/// More than were given since, where nobody knows how many.
const SUBSCRIBERS: i64 = 1_000_000;
const EDITIONS: i64 = 1_000;
const LINKS: i64 = 100_000;

/// Goes past every number that the store may have given since the copy was made; `known` is that store, where it can be
/// read.
pub(super) fn reserve(db: &Db, known: Option<&Db>, made_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    let top = |query: &str, otherwise: i64| -> Result<i64> {
        let number = |db: &Db| Ok::<i64, anyhow::Error>(db.query_row(query, [], |row| row.get(0))?);
        let own = number(db)?;
        Ok(known.and_then(|db| number(db).ok()).unwrap_or(own + otherwise).max(own))
    };
    const LAST_SUBSCRIBER: &str = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'subscribers'";
    let subscribers = top(LAST_SUBSCRIBER, SUBSCRIBERS)?;
    if db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'subscribers'", [subscribers])? == 0 {
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('subscribers', ?1)", [subscribers])?;
    }
    let editions = top("SELECT coalesce(max(id), 0) FROM editions", EDITIONS)?;
    let links = top("SELECT coalesce(max(id), 0) FROM links", LINKS)?;
    let mut query = db.prepare(
        "SELECT n.id, n.slug, coalesce(max(e.number), 0) FROM newsletters AS n
         LEFT JOIN editions AS e ON e.newsletter_id = n.id GROUP BY n.id ORDER BY n.id",
    )?;
    let newsletters: Vec<(i64, String, i64)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<database::Result<_>>()?;
    // One a day, and some by hand.
    let most = (now - made_at).num_days().clamp(0, 100_000) + 10;
    let mut place = None;
    for (newsletter, slug, own) in newsletters {
        let last = known.and_then(|db| last_number(db, &slug).ok()).unwrap_or(own + most);
        if last > own {
            place = Some(hold_place(db, newsletter, last, made_at, now)?);
        }
    }
    let Some(place) = place else { return Ok(()) };
    // No edition stands behind these numbers: the rows only keep them from being given.
    db.execute("UPDATE editions SET id = max(id, ?2) WHERE id = ?1", (place, editions))?;
    let place = place.max(editions);
    db.execute(
        "INSERT INTO links (id, edition_id, url) SELECT ?1, ?2, 'https://example.invalid/'
         WHERE ?1 > coalesce((SELECT max(id) FROM links), 0)",
        (links, place),
    )?;
    Ok(())
}

fn last_number(db: &Db, slug: &str) -> Result<i64> {
    let query = "SELECT coalesce(max(e.number), 0) FROM newsletters AS n JOIN editions AS e ON e.newsletter_id = n.id
                 WHERE n.slug = ?1";
    Ok(db.query_row(query, [slug], |row| row.get(0))?)
}

/// An edition that is none, with the last number that may have been used.
fn hold_place(db: &Db, newsletter: i64, number: i64, made_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<i64> {
    let reason = format!(
        "the numbers up to here may have been used after {}, of which the restored copy knows nothing",
        made_at.format("%Y-%m-%d %H:%M UTC")
    );
    Ok(db.query_row(
        "INSERT INTO editions (newsletter_id, number, state, window_start, window_end, created_at, finished_at, reason)
         VALUES (?1, ?2, 'skipped', ?3, ?3, ?3, ?3, ?4) RETURNING id",
        (newsletter, number, time::seconds(now), reason),
        |row| row.get(0),
    )?)
}
