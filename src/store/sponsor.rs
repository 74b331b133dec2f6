use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::NaiveDate;

use super::{Db, newsletter};

/// A block that somebody pays for, in every edition of a newsletter that goes out within its days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsor {
    pub id: i64,
    /// Who pays: the title of the block.
    pub name: String,
    pub headline: String,
    /// May be empty.
    pub text: String,
    pub url: String,
    /// Empty for none.
    pub image_url: String,
    pub image_alt: String,
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
}

const COLUMNS: &str = "s.id, s.name, s.headline, s.text, s.url, s.image_url, s.image_alt, s.starts_on, s.ends_on";
const TABLES: &str = "sponsors AS s JOIN newsletters AS n ON n.id = s.newsletter_id";

impl Sponsor {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let day = |column: usize| -> database::Result<NaiveDate> {
            let word: String = row.get(column)?;
            // Nothing else is ever written; what a hand wrote is over.
            Ok(word.parse().unwrap_or(NaiveDate::MIN))
        };
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            headline: row.get(2)?,
            text: row.get(3)?,
            url: row.get(4)?,
            image_url: row.get(5)?,
            image_alt: row.get(6)?,
            starts_on: day(7)?,
            ends_on: day(8)?,
        })
    }

    /// Adds it to a newsletter, whatever its `id` says.
    pub fn add(&self, db: &Db, newsletter: &str) -> Result<()> {
        let number = newsletter::number_of(db, newsletter)?;
        db.prepare_cached(
            "INSERT INTO sponsors (newsletter_id, name, headline, text, url, image_url, image_alt, starts_on, ends_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            number,
            &self.name,
            &self.headline,
            &self.text,
            &self.url,
            &self.image_url,
            &self.image_alt,
            self.starts_on.to_string(),
            self.ends_on.to_string(),
        ))
        .context("adding a sponsor")?;
        Ok(())
    }

    /// Those of a newsletter on a day, in the order they were added.
    pub fn on(db: &Db, newsletter: &str, day: NaiveDate) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 AND s.starts_on <= ?2 AND s.ends_on >= ?2 ORDER BY s.id"
        ))?;
        let rows = query.query_map((newsletter, day.to_string()), Self::from_row)?;
        rows.map(|row| row.context("reading who sponsors an edition")).collect()
    }

    /// Those of a newsletter that are not over on a day, by when they begin.
    pub fn coming(db: &Db, newsletter: &str, day: NaiveDate) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 AND s.ends_on >= ?2 ORDER BY s.starts_on, s.id"
        ))?;
        let rows = query.query_map((newsletter, day.to_string()), Self::from_row)?;
        rows.map(|row| row.context("reading who sponsors a newsletter")).collect()
    }

    /// Takes one away. `false` where there is none of this number in this newsletter.
    pub fn remove(db: &Db, newsletter: &str, id: i64) -> Result<bool> {
        let removed = db
            .prepare_cached(
                "DELETE FROM sponsors WHERE id = ?2 AND newsletter_id = (SELECT id FROM newsletters WHERE slug = ?1)",
            )?
            .execute((newsletter, id))?;
        Ok(removed == 1)
    }
}
