//! An edition as some of its readers get it: without the platforms they do without, or with what counts that it was
//! opened. One is frozen for every such choice before the recipients are.

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Edition, EditionId, NewsletterNumber, choices, time};

/// Of an edition ?1 and a subscription `t`: the number of the variant that its reader chose, 0 where they chose nothing.
/// Opens that a reader agreed to are counted where the variants of the edition do that at all.
pub(super) const NUMBER_FOR: &str = "CASE WHEN t.without = '' AND t.opens_agreed_at IS NULL THEN 0 ELSE
    coalesce((SELECT v.number FROM edition_variants AS v
              WHERE v.edition_id = ?1 AND v.without = t.without AND v.counts_opens <= iif(t.opens_agreed_at IS NOT NULL, 1, 0)
              ORDER BY v.counts_opens DESC LIMIT 1), 0) END";

/// Of a delivery `d`: whether nothing of the edition is left in its variant. The subject tells, which stands before what
/// is long in its row.
pub(super) const IS_EMPTY: &str = "(CASE WHEN coalesce(d.variant, 0) = 0 THEN 0 ELSE
    coalesce((SELECT iif(v.subject = '', 1, 0) FROM edition_variants AS v
              WHERE v.edition_id = d.edition_id AND v.number = d.variant), 0) END)";

/// Of a subscription `t` that chose something: the edition ?1 has no variant for it. ?2 says whether its newsletter
/// counts opens.
const HAS_NONE: &str = "(t.without <> '' OR ?2) AND NOT EXISTS
    (SELECT 1 FROM edition_variants AS v
     WHERE v.edition_id = ?1 AND v.without = t.without AND v.counts_opens = iif(?2 AND t.opens_agreed_at IS NOT NULL, 1, 0))";

/// What readers may want of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Ids of the platforms they do without, sorted.
    pub without: Vec<String>,
    /// They let their opening be counted.
    pub counts_opens: bool,
}

/// What is frozen of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub subject: String,
    /// All three are empty where nothing of the edition is left.
    pub html: String,
    pub text: String,
}

impl Edition {
    /// The choices of its newsletter's confirmed subscribers that it has no variant for.
    pub fn wanted_variants(&self, db: &Db, counts_opens: bool) -> Result<Vec<Choice>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT DISTINCT t.without, ?2 AND t.opens_agreed_at IS NOT NULL FROM subscriptions AS t
             WHERE t.newsletter_id = ?3 AND (t.without <> '' OR t.opens_agreed_at IS NOT NULL) AND t.state = 'confirmed'
               AND {HAS_NONE}
             ORDER BY 1, 2"
        ))?;
        let rows = query.query_map((self.id.0, counts_opens, self.newsletter), |row| {
            Ok(Choice { without: choices::platforms(row.text(0)?), counts_opens: row.get(1)? })
        })?;
        rows.map(|row| row.context("reading what readers chose")).collect()
    }

    /// Whether one of the next `chunk` recipients to be frozen chose what the edition has no variant for.
    pub fn lacks_variants(
        db: &Db,
        edition: EditionId,
        chunk: u32,
        counts_opens: bool,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let open: Option<(i64, NewsletterNumber)> = db
            .prepare_cached("SELECT frozen_to, newsletter_id FROM editions WHERE id = ?1")?
            .query_row([edition.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((frozen_to, newsletter)) = open else { return Ok(false) };
        let mut query = db.prepare_cached(&format!(
            "SELECT EXISTS (
                 SELECT 1 FROM (SELECT without, opens_agreed_at FROM subscriptions
                                WHERE newsletter_id = ?3 AND subscriber_id > ?4 AND state = 'confirmed'
                                  AND (paused_until IS NULL OR paused_until <= ?5)
                                ORDER BY subscriber_id LIMIT ?6) AS t
                 WHERE (t.without <> '' OR t.opens_agreed_at IS NOT NULL) AND {HAS_NONE})"
        ))?;
        let row = (edition.0, counts_opens, newsletter, frozen_to, time::seconds(now), chunk);
        Ok(query.query_row(row, |row| row.get(0))?)
    }

    /// Freezes a variant. One that is frozen already stays as it is.
    pub fn add_variant(&self, db: &Db, choice: &Choice, variant: &Variant) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO edition_variants (edition_id, number, without, counts_opens, subject, html, text)
             SELECT ?1, 1 + coalesce(max(number), 0), ?2, ?3, ?4, ?5, ?6 FROM edition_variants WHERE edition_id = ?1
             ON CONFLICT (edition_id, without, counts_opens) DO NOTHING",
        )?
        .execute((
            self.id.0,
            choice.without.join(","),
            choice.counts_opens,
            &variant.subject,
            &variant.html,
            &variant.text,
        ))
        .with_context(|| format!("freezing a variant of {}", self.name))?;
        Ok(())
    }
}

impl Variant {
    /// The variant of an edition with this number.
    pub fn find(db: &Db, edition: EditionId, number: u32) -> Result<Option<Self>> {
        let mut query = db
            .prepare_cached("SELECT subject, html, text FROM edition_variants WHERE edition_id = ?1 AND number = ?2")?;
        let variant = query.query_row((edition.0, number), |row| {
            Ok(Self { subject: row.get(0)?, html: row.get(1)?, text: row.get(2)? })
        });
        Ok(variant.optional()?)
    }
}
