use anyhow::{Context, Result};
use rusqlite::OptionalExtension;

use super::Db;

/// The short number that stands for a newsletter's id in rows and tokens.
pub type NewsletterNumber = u32;

/// The number of the newsletter with this id, given at first sight and never again to another.
pub fn number_of(db: &Db, slug: &str) -> Result<NewsletterNumber> {
    let mut query = db.prepare_cached("SELECT id FROM newsletters WHERE slug = ?1")?;
    if let Some(number) = query.query_row([slug], |row| row.get(0)).optional()? {
        return Ok(number);
    }
    db.execute("INSERT INTO newsletters (slug) VALUES (?1)", [slug])
        .with_context(|| format!("numbering the newsletter {slug}"))?;
    Ok(u32::try_from(db.last_insert_rowid())?)
}

/// The newsletter's id behind a number, as tokens carry it.
pub fn slug_of(db: &Db, number: NewsletterNumber) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT slug FROM newsletters WHERE id = ?1")?;
    Ok(query.query_row([number], |row| row.get(0)).optional()?)
}
