use std::fmt;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Db, DomainTries, NewsletterNumber, newsletter, time};

/// A row of `editions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EditionId(pub i64);

/// How people name an edition: `weekly-brief/12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionName {
    pub newsletter: String,
    pub number: u32,
}

impl EditionName {
    /// `None` where the text is not `NEWSLETTER/NUMBER`.
    pub fn parse(text: &str) -> Option<Self> {
        let (newsletter, number) = text.rsplit_once('/')?;
        Some(Self { newsletter: newsletter.to_owned(), number: number.parse().ok()? })
    }
}

impl fmt::Display for EditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.newsletter, self.number)
    }
}

/// Where an edition is in its life: draft → approved → sending → sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditionState {
    Draft,
    /// Content frozen, waiting for its time.
    Approved,
    Sending,
    /// Nothing is left to try. Final.
    Sent,
    /// By an operator or the circuit breaker; `reason` says why.
    Paused,
    /// By an operator. Final.
    Cancelled,
    /// Not mailed: too few stories, or its time passed. Final.
    Skipped,
}

impl EditionState {
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Approved, Self::Sending, Self::Sent, Self::Paused, Self::Cancelled, Self::Skipped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// Whether nothing will happen to it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Cancelled | Self::Skipped)
    }
}

impl fmt::Display for EditionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One dated number of a newsletter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    pub id: EditionId,
    pub newsletter: NewsletterNumber,
    pub name: EditionName,
    pub state: EditionState,
    /// The scheduled run it was made for; `None` for one made by hand.
    pub slot_at: Option<DateTime<Utc>>,
    /// An editor's word: it goes out then, and not with its run.
    pub send_at: Option<DateTime<Utc>>,
    /// Stories published from here …
    pub window_start: DateTime<Utc>,
    /// … to before here were its candidates.
    pub window_end: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it is paused, cancelled or skipped.
    pub reason: String,
    /// Composed; in a draft what the editor wrote, empty where it is taken from the lead.
    pub subject: String,
    /// The editor's; empty where it is made of the headlines.
    pub preheader: String,
    /// The editor's word of welcome; `None` is the newsletter's.
    pub intro: Option<String>,
    /// Composed, with places for the personal parts; empty in a draft.
    pub html: String,
    pub text: String,
    /// The page in the archive, without anybody's own links; empty in a draft.
    pub online: String,
    /// The last recipient has its row.
    pub frozen_at: Option<DateTime<Utc>>,
    /// A paused one goes on by itself then; `None` in every other state.
    pub resume_at: Option<DateTime<Utc>>,
    /// Since when it is paused; `None` in every other state.
    pub paused_at: Option<DateTime<Utc>>,
    /// The key that its links and Message-IDs are made with, however many there are by now; `None` in a draft, and where it
    /// was approved when there was but one.
    pub key: Option<u8>,
}

/// What an editor writes of an edition; empty is what griot makes of it, or the newsletter's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionWords {
    pub subject: String,
    pub preheader: String,
    pub intro: String,
}

/// What an approval freezes; see the fields of [`Edition`].
#[derive(Clone, Copy, Debug)]
pub struct FrozenParts<'a> {
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
    pub online: &'a str,
}

/// Which edition it is, for who needs no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EditionLabel {
    pub id: EditionId,
    pub newsletter: NewsletterNumber,
    pub name: EditionName,
}

const COLUMNS: &str = "e.id, e.newsletter_id, n.slug, e.number, e.state, e.slot_at, e.window_start, e.window_end, \
                       e.created_at, e.approved_at, e.started_at, e.finished_at, e.reason, e.subject, e.html, \
                       e.text, e.online, e.frozen_at, e.resume_at, e.intro, e.preheader, \
                       e.send_at, e.paused_at, e.key_id";
const TABLES: &str = "editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id";

impl Edition {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let state: String = row.get(4)?;
        Ok(Self {
            id: EditionId(row.get(0)?),
            newsletter: row.get(1)?,
            name: EditionName { newsletter: row.get(2)?, number: row.get(3)? },
            state: state_of(&state),
            slot_at: time::maybe_from_seconds(row.get(5)?),
            window_start: time::from_seconds(row.get(6)?),
            window_end: time::from_seconds(row.get(7)?),
            created_at: time::from_seconds(row.get(8)?),
            approved_at: time::maybe_from_seconds(row.get(9)?),
            started_at: time::maybe_from_seconds(row.get(10)?),
            finished_at: time::maybe_from_seconds(row.get(11)?),
            reason: row.get(12)?,
            subject: row.get(13)?,
            html: row.get(14)?,
            text: row.get(15)?,
            online: row.get(16)?,
            frozen_at: time::maybe_from_seconds(row.get(17)?),
            resume_at: time::maybe_from_seconds(row.get(18)?),
            intro: row.get(19)?,
            preheader: row.get(20)?,
            send_at: time::maybe_from_seconds(row.get(21)?),
            paused_at: time::maybe_from_seconds(row.get(22)?),
            key: row.get(23)?,
        })
    }

    /// Begins the next number of a newsletter, as an empty draft.
    ///
    /// `None` where an edition for this slot exists already: a slot is used once, whoever comes second.
    pub fn begin(
        db: &Db,
        newsletter: &str,
        slot_at: Option<DateTime<Utc>>,
        window: (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        let number = newsletter::number_of(db, newsletter)?;
        let added = db
            .prepare_cached(
                "INSERT INTO editions (newsletter_id, number, state, slot_at, window_start, window_end, created_at)
                 SELECT ?1, 1 + coalesce(max(number), 0), 'draft', ?2, ?3, ?4, ?5 FROM editions WHERE newsletter_id = ?1
                 ON CONFLICT (newsletter_id, slot_at) DO NOTHING RETURNING id",
            )?
            .query_row(
                (
                    number,
                    time::maybe_seconds(slot_at),
                    time::seconds(window.0),
                    time::seconds(window.1),
                    time::seconds(now),
                ),
                |row| Ok(EditionId(row.get(0)?)),
            )
            .optional()
            .with_context(|| format!("beginning an edition of {newsletter}"))?;
        added.map_or(Ok(None), |id| Self::find(db, id))
    }

    pub fn find(db: &Db, id: EditionId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE e.id = ?1"))?;
        Ok(query.query_row([id.0], Self::from_row).optional()?)
    }

    /// What it is called, without the content.
    pub(super) fn label(db: &Db, id: EditionId) -> Result<Option<EditionLabel>> {
        let mut query =
            db.prepare_cached(&format!("SELECT e.newsletter_id, n.slug, e.number FROM {TABLES} WHERE e.id = ?1"))?;
        let label = query.query_row([id.0], |row| {
            let name = EditionName { newsletter: row.get(1)?, number: row.get(2)? };
            Ok(EditionLabel { id, newsletter: row.get(0)?, name })
        });
        Ok(label.optional()?)
    }

    /// Its state, and whether every recipient has a row; without the content, for who asks many times a second.
    pub fn progress(db: &Db, id: EditionId) -> Result<Option<(EditionState, bool)>> {
        let mut query = db.prepare_cached("SELECT state, frozen_at IS NOT NULL FROM editions WHERE id = ?1")?;
        Ok(query.query_row([id.0], |row| Ok((state_of(&row.get::<String>(0)?), row.get(1)?))).optional()?)
    }

    pub fn find_by_name(db: &Db, name: &EditionName) -> Result<Option<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 AND e.number = ?2"))?;
        Ok(query.query_row((&name.newsletter, name.number), Self::from_row).optional()?)
    }

    /// The edition of a newsletter that was made for this slot.
    pub fn for_slot(db: &Db, newsletter: &str, slot_at: DateTime<Utc>) -> Result<Option<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 AND e.slot_at = ?2"))?;
        Ok(query.query_row((newsletter, time::seconds(slot_at)), Self::from_row).optional()?)
    }

    /// The newsletter's latest edition that is not at its end.
    pub fn unfinished(db: &Db, newsletter: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES}
             WHERE n.slug = ?1 AND e.state IN ('draft', 'approved', 'sending', 'paused')
             ORDER BY e.number DESC LIMIT 1"
        ))?;
        Ok(query.query_row([newsletter], Self::from_row).optional()?)
    }

    /// Where the window of the newsletter's last edition ended that went to readers, or will.
    pub fn last_window_end(db: &Db, newsletter: NewsletterNumber) -> Result<Option<DateTime<Utc>>> {
        let mut query = db.prepare_cached(
            "SELECT max(window_end) FROM editions
             WHERE newsletter_id = ?1
               AND (state IN ('approved', 'sending', 'paused', 'sent') OR started_at IS NOT NULL)",
        )?;
        Ok(time::maybe_from_seconds(query.query_row([newsletter], |row| row.get(0))?))
    }

    pub fn latest(db: &Db, newsletter: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 ORDER BY e.number DESC LIMIT 1"
        ))?;
        Ok(query.query_row([newsletter], Self::from_row).optional()?)
    }

    /// The newsletter's latest edition that went to readers as a whole.
    pub fn last_sent(db: &Db, newsletter: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE n.slug = ?1 AND e.state = 'sent' ORDER BY e.number DESC LIMIT 1"
        ))?;
        Ok(query.query_row([newsletter], Self::from_row).optional()?)
    }

    /// Editions in a state, oldest first.
    pub fn in_state(db: &Db, state: EditionState) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE e.state = ?1 ORDER BY e.id"))?;
        let rows = query.query_map([state.as_str()], Self::from_row)?;
        rows.map(|row| row.context("reading an edition")).collect()
    }

    /// Those that are `sending` and have something to do now: recipients without a row, a delivery that is due, or
    /// nothing left at all, so that they are at their end.
    pub fn to_send(db: &Db, now: DateTime<Utc>) -> Result<Vec<EditionId>> {
        let mut query = db.prepare_cached(
            "SELECT id FROM editions AS e
             WHERE state = 'sending'
               AND (frozen_at IS NULL
                    OR coalesce((SELECT min(next_attempt_at) FROM deliveries AS d
                                 WHERE d.edition_id = e.id AND next_attempt_at IS NOT NULL), 0) <= ?1)
             ORDER BY id",
        )?;
        let rows = query.query_map([time::seconds(now)], |row| Ok(EditionId(row.get(0)?)))?;
        rows.map(|row| row.context("reading which editions are to be sent")).collect()
    }

    /// Editions of one newsletter or of all without their content, newest first.
    pub fn list(db: &Db, newsletter: Option<&str>) -> Result<Vec<Self>> {
        Self::page(db, newsletter, i64::MAX, u32::MAX)
    }

    /// The same of those that were begun before the one with the id `before`, at most so many.
    pub fn page(db: &Db, newsletter: Option<&str>, before: i64, limit: u32) -> Result<Vec<Self>> {
        let columns = COLUMNS.replace("e.html", "''").replace("e.text", "''").replace("e.online", "''");
        let mut query = db.prepare_cached(&format!(
            "SELECT {columns} FROM {TABLES} WHERE e.id < ?1 AND (CAST(?2 AS TEXT) IS NULL OR n.slug = ?2) ORDER BY e.id DESC LIMIT ?3"
        ))?;
        let rows = query.query_map((before, newsletter, limit), Self::from_row)?;
        rows.map(|row| row.context("reading an edition")).collect()
    }

    /// Gives an edition that was made by hand the scheduled run it goes out with.
    pub fn set_slot(&self, db: &Db, slot_at: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE editions SET slot_at = ?2 WHERE id = ?1 AND slot_at IS NULL")?
            .execute((self.id.0, time::seconds(slot_at)))
            .with_context(|| format!("giving {} its run", self.name))?;
        Ok(())
    }

    /// When it goes out, if that is known by now.
    pub fn goes_out_at(&self) -> Option<DateTime<Utc>> {
        self.send_at.or(self.slot_at)
    }

    /// Has it go out at a time of its own, or with its run again. `false` where it is on its way already, or over.
    pub fn set_send_at(&self, db: &Db, at: Option<DateTime<Utc>>) -> Result<bool> {
        let changed = db
            .prepare_cached("UPDATE editions SET send_at = ?2 WHERE id = ?1 AND state IN ('draft', 'approved')")?
            .execute((self.id.0, time::maybe_seconds(at)))
            .with_context(|| format!("giving {} its time", self.name))?;
        Ok(changed == 1)
    }

    /// The editor's words of a draft.
    pub fn words(&self) -> EditionWords {
        EditionWords {
            subject: self.subject.clone(),
            preheader: self.preheader.clone(),
            intro: self.intro.clone().unwrap_or_default(),
        }
    }

    /// Gives a draft the editor's words. `false` where it is no draft any more.
    pub fn set_words(&self, db: &Db, words: &EditionWords) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "UPDATE editions SET subject = ?2, preheader = ?3, intro = nullif(?4, '')
                 WHERE id = ?1 AND state = 'draft'",
            )?
            .execute((self.id.0, &words.subject, &words.preheader, &words.intro))
            .with_context(|| format!("editing {}", self.name))?;
        Ok(changed == 1)
    }

    /// Moves the window of a draft that is made again.
    pub fn set_window(&self, db: &Db, window: (DateTime<Utc>, DateTime<Utc>)) -> Result<()> {
        db.prepare_cached("UPDATE editions SET window_start = ?2, window_end = ?3 WHERE id = ?1")?.execute((
            self.id.0,
            time::seconds(window.0),
            time::seconds(window.1),
        ))?;
        Ok(())
    }

    /// Freezes the composed parts and approves it. `false` where it is no draft any more.
    pub fn approve(&self, db: &Db, parts: &FrozenParts<'_>, now: DateTime<Utc>) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "UPDATE editions SET state = 'approved', subject = ?2, html = ?3, text = ?4, online = ?5, approved_at = ?6
                 WHERE id = ?1 AND state = 'draft'",
            )?
            .execute((self.id.0, parts.subject, parts.html, parts.text, parts.online, time::seconds(now)))
            .with_context(|| format!("approving {}", self.name))?;
        Ok(changed == 1)
    }

    /// Has its links and Message-IDs made with this key for good, so that a retry is the same bytes (F3).
    pub fn keep_to_key(&self, db: &Db, key: u8) -> Result<()> {
        db.prepare_cached("UPDATE editions SET key_id = ?2 WHERE id = ?1")?.execute((self.id.0, key))?;
        Ok(())
    }

    /// Moves it to `to`, if it is in one of `from` still: two processes never both do it. A pause that was to end by
    /// itself is over with that.
    pub fn change_state(
        &self,
        db: &Db,
        from: &[EditionState],
        to: EditionState,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let words: Vec<&str> = from.iter().map(|state| state.as_str()).collect();
        let changed = db
            .prepare_cached(
                "UPDATE editions SET state = ?2, reason = ?3, resume_at = NULL,
                        judged_to   = CASE WHEN ?2 = 'sending' THEN coalesce((SELECT max(id) FROM feedback), 0)
                                           ELSE judged_to END,
                        started_at  = CASE WHEN ?2 = 'sending' THEN coalesce(started_at, ?4) ELSE started_at END,
                        paused_at   = CASE WHEN ?2 = 'paused' THEN ?4 ELSE NULL END,
                        finished_at = CASE WHEN ?5 THEN ?4 ELSE NULL END
                 WHERE id = ?1 AND state IN (SELECT value FROM json_each(?6))",
            )?
            .execute((
                self.id.0,
                to.as_str(),
                reason,
                time::seconds(now),
                to.is_final(),
                serde_json::to_string(&words)?,
            ))
            .with_context(|| format!("moving {} to {to}", self.name))?;
        if changed == 1 && to.is_final() {
            DomainTries::fold(db, self.id)?;
            // The first end counts; what was never begun has none.
            db.prepare_cached(
                "INSERT INTO edition_ends (edition_id, ended_at)
                 SELECT id, finished_at FROM editions WHERE id = ?1 AND started_at IS NOT NULL
                 ON CONFLICT (edition_id) DO NOTHING",
            )?
            .execute([self.id.0])?;
        }
        Ok(changed == 1)
    }
}

pub(super) fn state_of(word: &str) -> EditionState {
    // The CHECK on the column admits no other word.
    EditionState::ALL.into_iter().find(|known| known.as_str() == word).unwrap_or(EditionState::Paused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_makes_one_edition_however_often_it_is_tried() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        store
            .write(|db| {
                let first = Edition::begin(db, "weekly-brief", Some(now), (now, now), now)?.unwrap();
                assert_eq!(first.name.to_string(), "weekly-brief/1");
                assert_eq!(Edition::begin(db, "weekly-brief", Some(now), (now, now), now)?, None);
                let by_hand = Edition::begin(db, "weekly-brief", None, (now, now), now)?.unwrap();
                assert_eq!(by_hand.name.number, 2);
                assert_eq!(Edition::unfinished(db, "weekly-brief")?, Some(by_hand));
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn only_a_draft_can_be_approved() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        store
            .write(|db| {
                let edition = Edition::begin(db, "weekly-brief", None, (now, now), now)?.unwrap();
                let parts = FrozenParts { subject: "The week", html: "<p>", text: "text", online: "<p>" };
                assert!(edition.approve(db, &parts, now)?);
                assert!(!edition.approve(db, &FrozenParts { subject: "Another", ..parts }, now)?);
                assert_eq!(Edition::find(db, edition.id)?.unwrap().subject, "The week");
                Ok(())
            })
            .unwrap();
    }
}
