//! What came back and was not understood: it waits for somebody to look at it.

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Db, time};

/// A mail on the review list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    pub id: i64,
    pub source: String,
    pub sender: String,
    pub subject: String,
    /// Why it is here.
    pub because: String,
    pub received_at: DateTime<Utc>,
}

/// One to be put on the list.
#[derive(Clone, Copy, Debug)]
pub struct NewReview<'a> {
    pub source: &'a str,
    pub sender: &'a str,
    pub subject: &'a str,
    pub because: &'a str,
    pub mail: &'a [u8],
}

const COLUMNS: &str = "id, source, sender, subject, because, received_at";

impl NewReview<'_> {
    /// As much of a mail as is kept, in octets.
    pub const MAX_MAIL: usize = 64 * 1024;

    pub fn add(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        let mail = &self.mail[..self.mail.len().min(Self::MAX_MAIL)];
        db.prepare_cached(
            "INSERT INTO reviews (source, sender, subject, because, mail, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((self.source, self.sender, self.subject, self.because, mail, time::seconds(now)))
        .context("putting a mail on the review list")?;
        Ok(())
    }
}

impl Review {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            source: row.get(1)?,
            sender: row.get(2)?,
            subject: row.get(3)?,
            because: row.get(4)?,
            received_at: time::from_seconds(row.get(5)?),
        })
    }

    /// A page of the list, oldest first.
    pub fn page(db: &Db, after: i64, limit: u32) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM reviews WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
        let rows = query.query_map((after, limit), Self::from_row)?;
        rows.map(|row| row.context("reading the review list")).collect()
    }

    pub fn count(db: &Db) -> Result<u64> {
        Ok(db.query_row("SELECT count(*) FROM reviews", [], |row| row.get(0))?)
    }

    /// One of them, with its mail.
    pub fn find(db: &Db, id: i64) -> Result<Option<(Self, Vec<u8>)>> {
        let mut query = db.prepare(&format!("SELECT {COLUMNS}, mail FROM reviews WHERE id = ?1"))?;
        Ok(query.query_row([id], |row| Ok((Self::from_row(row)?, row.get(6)?))).optional()?)
    }

    /// Takes it off the list. `false` where it was not on it.
    pub fn remove(db: &Db, id: i64) -> Result<bool> {
        Ok(db.execute("DELETE FROM reviews WHERE id = ?1", [id])? == 1)
    }

    /// Takes off what nobody looked at since before a time.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute("DELETE FROM reviews WHERE received_at < ?1", [time::seconds(before)])?)
    }
}
