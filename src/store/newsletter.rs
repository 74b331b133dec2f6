use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// The short number that stands for a newsletter's id in rows and tokens.
pub type NewsletterNumber = u32;

/// The number of the newsletter with this id, given at first sight and never again to another.
pub fn number_of(db: &Db, slug: &str) -> Result<NewsletterNumber> {
    if let Some(number) = known_number_of(db, slug)? {
        return Ok(number);
    }
    db.query_row("INSERT INTO newsletters (slug) VALUES (?1) RETURNING id", [slug], |row| row.get(0))
        .with_context(|| format!("numbering the newsletter {slug}"))
}

/// Its number if it has one; asking gives it none.
pub fn known_number_of(db: &Db, slug: &str) -> Result<Option<NewsletterNumber>> {
    let mut query = db.prepare_cached("SELECT id FROM newsletters WHERE slug = ?1")?;
    Ok(query.query_row([slug], |row| row.get(0)).optional()?)
}

/// The newsletter's id behind a number, as tokens carry it.
pub fn slug_of(db: &Db, number: NewsletterNumber) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT slug FROM newsletters WHERE id = ?1")?;
    Ok(query.query_row([number], |row| row.get(0)).optional()?)
}

/// When a daemon first kept this newsletter's schedule; `None` if none ever did.
pub fn scheduled_since(db: &Db, slug: &str) -> Result<Option<DateTime<Utc>>> {
    let mut query = db.prepare_cached("SELECT scheduled_at FROM newsletters WHERE slug = ?1")?;
    let since: Option<Option<i64>> = query.query_row([slug], |row| row.get(0)).optional()?;
    Ok(time::maybe_from_seconds(since.flatten()))
}

/// Puts on record that the schedule is kept from `now` on; an earlier record stays.
pub fn begin_schedule(db: &Db, slug: &str, now: DateTime<Utc>) -> Result<()> {
    let number = number_of(db, slug)?;
    db.prepare_cached("UPDATE newsletters SET scheduled_at = ?2 WHERE id = ?1 AND scheduled_at IS NULL")?
        .execute((number, time::seconds(now)))?;
    Ok(())
}
