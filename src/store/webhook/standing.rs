use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::JournalEnds;
use crate::store::{Db, time};

/// Where a webhook stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookStanding {
    /// As in the configuration.
    pub id: String,
    url_digest: Vec<u8>,
    /// What it was told of already.
    pub told: JournalEnds,
    /// It answered 410 Gone. Nothing more is told until its URL is another.
    pub switched_off_at: Option<DateTime<Utc>>,
    /// It asked to be left alone until then.
    pub wait_until: Option<DateTime<Utc>>,
    pub succeeded_at: Option<DateTime<Utc>>,
    pub failed_at: Option<DateTime<Utc>>,
    /// Of the latest call, where that failed.
    pub last_error: String,
}

const COLUMNS: &str = "id, url_digest, subscription_change, suppression_change, edition_end, switched_off_at, \
                       wait_until, succeeded_at, failed_at, last_error";

impl WebhookStanding {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            url_digest: row.get(1)?,
            told: JournalEnds {
                subscription_change: row.get(2)?,
                suppression_change: row.get(3)?,
                edition_end: row.get(4)?,
            },
            switched_off_at: time::maybe_from_seconds(row.get(5)?),
            wait_until: time::maybe_from_seconds(row.get(6)?),
            succeeded_at: time::maybe_from_seconds(row.get(7)?),
            failed_at: time::maybe_from_seconds(row.get(8)?),
            last_error: row.get(9)?,
        })
    }

    pub fn find(db: &Db, id: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM webhooks WHERE id = ?1"))?;
        Ok(query.query_row([id], Self::from_row).optional()?)
    }

    /// Whether this is the URL it was last known by.
    pub fn is_at(&self, url: &str) -> bool {
        self.url_digest == digest(url)
    }

    /// The webhook as it stands. One that is new begins at the present end of the journals, so that nobody is flooded with
    /// the past; so does one that was switched off and has another URL now.
    pub fn begin(db: &Db, id: &str, url: &str) -> Result<Self> {
        let known = Self::find(db, id)?;
        let told = match &known {
            Some(known) if known.is_at(url) => return Ok(known.clone()),
            Some(known) if known.switched_off_at.is_none() => known.told,
            _ => JournalEnds::now(db)?,
        };
        let mut query = db.prepare_cached(&format!(
            "INSERT INTO webhooks (id, url_digest, subscription_change, suppression_change, edition_end)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE
             SET url_digest = excluded.url_digest, subscription_change = excluded.subscription_change,
                 suppression_change = excluded.suppression_change, edition_end = excluded.edition_end,
                 switched_off_at = NULL, wait_until = NULL
             RETURNING {COLUMNS}"
        ))?;
        let (changes, suppressions, ends) = (told.subscription_change, told.suppression_change, told.edition_end);
        query
            .query_row((id, digest(url), changes, suppressions, ends), Self::from_row)
            .with_context(|| format!("beginning to tell the webhook {id}"))
    }

    /// It was told of all up to here.
    pub fn move_to(&self, db: &Db, told: JournalEnds) -> Result<()> {
        db.prepare_cached(
            "UPDATE webhooks SET subscription_change = ?2, suppression_change = ?3, edition_end = ?4 WHERE id = ?1",
        )?
        .execute((&self.id, told.subscription_change, told.suppression_change, told.edition_end))?;
        Ok(())
    }

    pub fn succeeded(db: &Db, id: &str, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "UPDATE webhooks SET succeeded_at = ?2, wait_until = NULL, failed_at = NULL, last_error = '' WHERE id = ?1",
        )?
        .execute((id, time::seconds(now)))?;
        Ok(())
    }

    /// A call failed; where the webhook named a time, none is made before it.
    pub fn failed(
        db: &Db,
        id: &str,
        problem: &str,
        wait_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        db.prepare_cached("UPDATE webhooks SET failed_at = ?2, last_error = ?3, wait_until = ?4 WHERE id = ?1")?
            .execute((id, time::seconds(now), problem, time::maybe_seconds(wait_until)))?;
        Ok(())
    }

    /// It wants to be told nothing more.
    pub fn switch_off(db: &Db, id: &str, now: DateTime<Utc>) -> Result<()> {
        db.execute("UPDATE webhooks SET switched_off_at = ?2 WHERE id = ?1", (id, time::seconds(now)))?;
        Ok(())
    }

    /// Forgets all others, with what waited for them. How many there were.
    pub fn keep_only(db: &Db, ids: &[&str]) -> Result<usize> {
        let ids = serde_json::to_string(ids)?;
        let forget = |table: &str, key: &str| {
            let sql = format!("DELETE FROM {table} WHERE {key} NOT IN (SELECT value FROM json_each(?1))");
            db.execute(&sql, [&ids]).context("forgetting webhooks")
        };
        forget("webhook_calls", "webhook")?;
        forget("webhooks", "id")
    }
}

fn digest(url: &str) -> Vec<u8> {
    Sha256::digest(url).to_vec()
}
