//! An old list that is asked whether it still wants the newsletter: once each, in waves.
//!
//! Whom it asks are pending subscriptions that came by an import; who filled in a form has had their letter. Nothing is
//! counted here: what became of those who were asked is read off their subscriptions and off what came back.

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::subscription::IS_IMPORTED;
use super::suppression::COVERS;
use super::{Db, EndedBy, NewsletterNumber, SubscriberId, Subscription, time};

/// Subscriptions that nobody answered for, ended in one round.
const AT_ONCE: usize = 1_000;
/// A wave is judged for as long as it takes for most of what bounces to come back.
const JUDGED_FOR: TimeDelta = TimeDelta::days(7);
/// Of those asked; more is a list that was not looked after.
const MOST_BOUNCES: f64 = 0.05;
const MOST_COMPLAINTS: f64 = 0.001;
/// Fewer are chance, however small the wave.
const FEWEST_BOUNCES: u64 = 5;
const FEWEST_COMPLAINTS: u64 = 2;

/// How an operator wants a list to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassTerms {
    /// Letters of a wave.
    pub wave: u32,
    /// From one wave to the next.
    pub every: TimeDelta,
    /// Who has not answered by then is not asked again, and gets nothing.
    pub answer_within: TimeDelta,
    /// When who has not answered is asked a second and last time, if at all.
    pub remind_after: Option<TimeDelta>,
}

/// A list that is being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionPass {
    pub newsletter: NewsletterNumber,
    pub terms: PassTerms,
    pub started_at: DateTime<Utc>,
    /// That went out.
    pub waves: u32,
    /// Up to this wave an operator has seen what came of it.
    judged_to: u32,
    pub next_wave_at: DateTime<Utc>,
    pub stopped_at: Option<DateTime<Utc>>,
    /// Empty while it goes on.
    pub stopped_because: String,
}

/// That a reader was asked whether they still want a newsletter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionAsk {
    pub newsletter: String,
    pub wave: u32,
    pub asked_at: DateTime<Utc>,
    pub reminded_at: Option<DateTime<Utc>>,
}

impl PermissionAsk {
    /// Each time a subscriber was asked.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT n.slug, a.wave, a.asked_at, a.reminded_at FROM permission_asks AS a
             JOIN newsletters AS n ON n.id = a.newsletter_id
             WHERE a.subscriber_id = ?1 ORDER BY a.asked_at, n.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                newsletter: row.get(0)?,
                wave: row.get(1)?,
                asked_at: time::from_seconds(row.get(2)?),
                reminded_at: time::maybe_from_seconds(row.get(3)?),
            })
        })?;
        rows.map(|row| row.context("reading when a subscriber was asked")).collect()
    }
}

/// Where those of a list stand. Each who was asked is in one of all but the first two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassCounts {
    /// Not asked yet.
    pub to_ask: u64,
    pub asked: u64,
    pub confirmed: u64,
    /// Said no, or told their provider that it is spam.
    pub declined: u64,
    /// Their address does not work, or is not to be mailed for another reason.
    pub bounced: u64,
    /// Their time is over.
    pub unanswered: u64,
    pub waiting: u64,
}

const COLUMNS: &str = "newsletter_id, wave, every, answer_within, remind_after, started_at, waves, judged_to, next_wave_at, \
                       stopped_at, stopped_because";

impl PermissionPass {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let remind_after: Option<i64> = row.get(4)?;
        Ok(Self {
            newsletter: row.get(0)?,
            terms: PassTerms {
                wave: row.get(1)?,
                every: TimeDelta::seconds(row.get(2)?),
                answer_within: TimeDelta::seconds(row.get(3)?),
                remind_after: remind_after.map(TimeDelta::seconds),
            },
            started_at: time::from_seconds(row.get(5)?),
            waves: row.get(6)?,
            judged_to: row.get(7)?,
            next_wave_at: time::from_seconds(row.get(8)?),
            stopped_at: time::maybe_from_seconds(row.get(9)?),
            stopped_because: row.get(10)?,
        })
    }

    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM permission_passes ORDER BY newsletter_id"))?;
        query.query_map([], Self::from_row)?.map(|row| row.context("reading a permission pass")).collect()
    }

    pub fn find(db: &Db, newsletter: NewsletterNumber) -> Result<Option<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM permission_passes WHERE newsletter_id = ?1"))?;
        Ok(query.query_row([newsletter], Self::from_row).optional()?)
    }

    /// Begins to ask, or goes on by these terms. One that had stopped is judged by what comes after this.
    pub fn begin(db: &Db, newsletter: NewsletterNumber, terms: PassTerms, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO permission_passes (newsletter_id, wave, every, answer_within, remind_after, started_at, next_wave_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (newsletter_id) DO UPDATE
             SET wave = excluded.wave, every = excluded.every, answer_within = excluded.answer_within,
                 remind_after = excluded.remind_after, judged_to = iif(permission_passes.stopped_at IS NULL, permission_passes.judged_to, permission_passes.waves),
                 next_wave_at = max(permission_passes.next_wave_at, excluded.next_wave_at), stopped_at = NULL, stopped_because = ''",
        )?
        .execute((
            newsletter,
            terms.wave,
            terms.every.num_seconds(),
            terms.answer_within.num_seconds(),
            terms.remind_after.map(|after| after.num_seconds()),
            time::seconds(now),
        ))
        .context("beginning a permission pass")?;
        Ok(())
    }

    /// Asks nobody more; who was asked may still answer. Letters that did not leave yet are taken back, and whom they
    /// were for can be asked later. `false` where it had stopped, or never began.
    pub fn stop(db: &Db, newsletter: NewsletterNumber, because: &str, now: DateTime<Utc>) -> Result<bool> {
        let stopped = db
            .prepare_cached(
                "UPDATE permission_passes SET stopped_at = ?2, stopped_because = ?3
                 WHERE newsletter_id = ?1 AND stopped_at IS NULL",
            )?
            .execute((newsletter, time::seconds(now), because))?;
        if stopped == 0 {
            return Ok(false);
        }
        let waits = "kind = 'ask' AND newsletter_id = ?1 AND next_attempt_at IS NOT NULL AND attempts = 0";
        // Who has had the first letter was asked, whatever becomes of the second.
        db.prepare_cached(&format!(
            "DELETE FROM permission_asks WHERE newsletter_id = ?1 AND reminded_at IS NULL
               AND subscriber_id IN (SELECT subscriber_id FROM letters WHERE {waits})"
        ))?
        .execute([newsletter])?;
        db.prepare_cached(&format!("DELETE FROM letters WHERE {waits}"))?.execute([newsletter])?;
        Ok(true)
    }

    /// Whether the next wave is due.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.stopped_at.is_none() && self.next_wave_at <= now
    }

    /// Notes down a wave, and answers whom it asks: who agreed last comes first. Nobody is asked twice.
    pub fn next_wave(&self, db: &Db, slug: &str, now: DateTime<Utc>) -> Result<Vec<SubscriberId>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT t.subscriber_id FROM subscriptions AS t CROSS JOIN subscribers AS s ON s.id = t.subscriber_id
             WHERE {} ORDER BY coalesce((SELECT max(c.asked_at) FROM consents AS c WHERE c.subscriber_id = t.subscriber_id
                                           AND instr(',' || c.newsletters || ',', ',' || ?2 || ',') > 0), 0) DESC,
                               t.created_at DESC, t.subscriber_id DESC LIMIT ?3",
            can_be_asked()
        ))?;
        let rows = query.query_map((self.newsletter, slug, self.terms.wave), |row| row.get(0).map(SubscriberId))?;
        let asked: Vec<SubscriberId> = rows.collect::<database::Result<_>>().context("choosing whom to ask")?;
        let wave = if asked.is_empty() { self.waves } else { self.waves + 1 };
        let mut ask = db.prepare_cached(
            "INSERT INTO permission_asks (newsletter_id, subscriber_id, wave, asked_at) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for subscriber in &asked {
            ask.execute((self.newsletter, subscriber.0, wave, time::seconds(now)))?;
        }
        db.prepare_cached("UPDATE permission_passes SET waves = ?2, next_wave_at = ?3 WHERE newsletter_id = ?1")?
            .execute((self.newsletter, wave, time::seconds(now + self.terms.every)))?;
        Ok(asked)
    }

    /// Notes down who is asked a second time now, and answers who that is.
    pub fn next_reminders(&self, db: &Db, now: DateTime<Utc>) -> Result<Vec<SubscriberId>> {
        let Some(after) = self.terms.remind_after.filter(|_| self.stopped_at.is_none()) else { return Ok(Vec::new()) };
        let mut query = db.prepare_cached(&format!(
            "UPDATE permission_asks AS a SET reminded_at = ?3
             WHERE a.newsletter_id = ?1 AND a.reminded_at IS NULL AND a.asked_at <= ?2
               AND EXISTS (SELECT 1 FROM subscriptions AS t CROSS JOIN subscribers AS s ON s.id = t.subscriber_id
                           WHERE t.newsletter_id = a.newsletter_id AND t.subscriber_id = a.subscriber_id
                             AND t.state = 'pending' AND {IS_IMPORTED}
                             AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE {COVERS}))
             RETURNING subscriber_id"
        ))?;
        let rows = query.query_map((self.newsletter, time::seconds(now - after), time::seconds(now)), |row| {
            row.get(0).map(SubscriberId)
        })?;
        rows.map(|row| row.context("choosing whom to remind")).collect()
    }

    /// Ends the subscriptions of some who have not answered in time. Answers how many.
    pub fn end_unanswered(&self, db: &Db, now: DateTime<Utc>) -> Result<usize> {
        let mut query = db.prepare_cached(&format!(
            "SELECT a.subscriber_id FROM permission_asks AS a
             CROSS JOIN subscriptions AS t ON t.newsletter_id = a.newsletter_id AND t.subscriber_id = a.subscriber_id
             WHERE a.newsletter_id = ?1 AND a.asked_at <= ?2 AND t.state = 'pending' AND {IS_IMPORTED} LIMIT ?3"
        ))?;
        let before = time::seconds(now - self.terms.answer_within);
        let rows = query.query_map((self.newsletter, before, AT_ONCE), |row| row.get(0).map(SubscriberId))?;
        let unanswered: Vec<SubscriberId> = rows.collect::<database::Result<_>>()?;
        for subscriber in &unanswered {
            Subscription::end(db, self.newsletter, *subscriber, EndedBy::NeverAnswered, None, now)?;
        }
        Ok(unanswered.len())
    }

    /// Who was never sent the letter is asked later.
    pub fn take_back(db: &Db, newsletter: NewsletterNumber, subscriber: SubscriberId) -> Result<()> {
        db.prepare_cached(
            "DELETE FROM permission_asks WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND reminded_at IS NULL",
        )?
        .execute((newsletter, subscriber.0))?;
        Ok(())
    }

    /// When a subscriber was asked, and whether a second time.
    pub fn asked_at(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
    ) -> Result<Option<(DateTime<Utc>, bool)>> {
        let mut query = db.prepare_cached(
            "SELECT asked_at, reminded_at IS NOT NULL FROM permission_asks WHERE newsletter_id = ?1 AND subscriber_id = ?2",
        )?;
        let found = query
            .query_row((newsletter, subscriber.0), |row| Ok((time::from_seconds(row.get(0)?), row.get(1)?)))
            .optional()?;
        Ok(found)
    }

    /// Why it is to stop by itself: too many of a wave bounced or complained.
    pub fn trouble(&self, db: &Db, now: DateTime<Utc>) -> Result<Option<String>> {
        let mut query = db.prepare_cached(
            "SELECT a.wave, count(*),
                    count(*) FILTER (WHERE EXISTS (SELECT 1 FROM feedback AS f WHERE f.subscriber_id = a.subscriber_id
                                                   AND f.class = 'hard' AND f.received_at >= a.asked_at)),
                    count(*) FILTER (WHERE EXISTS (SELECT 1 FROM feedback AS f WHERE f.subscriber_id = a.subscriber_id
                                                   AND f.class = 'complaint' AND f.received_at >= a.asked_at))
             FROM permission_asks AS a WHERE a.newsletter_id = ?1 AND a.wave > ?2 AND a.asked_at > ?3
             GROUP BY a.wave ORDER BY a.wave DESC",
        )?;
        let mut rows = query.query((self.newsletter, self.judged_to, time::seconds(now - JUDGED_FOR)))?;
        while let Some(row) = rows.next()? {
            let (wave, asked, bounced, complained): (u32, u64, u64, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let exceeds = |many: u64, share: f64, fewest| many >= fewest && many as f64 > share * asked as f64;
            if exceeds(complained, MOST_COMPLAINTS, FEWEST_COMPLAINTS) {
                return Ok(Some(format!(
                    "{complained} of the {asked} who were asked in wave {wave} complained, more than 0.1 %; they do not \
                     remember signing up, and asking more of them would harm all your mail"
                )));
            }
            if exceeds(bounced, MOST_BOUNCES, FEWEST_BOUNCES) {
                return Ok(Some(format!(
                    "{bounced} of the {asked} addresses asked in wave {wave} do not exist, more than 5 %; the list is \
                     older than it looks: leave out the oldest, or have the addresses checked"
                )));
            }
        }
        Ok(None)
    }

    /// Where everybody stands.
    pub fn counts(db: &Db, newsletter: NewsletterNumber) -> Result<PassCounts> {
        let mut counts = PassCounts { to_ask: Self::to_ask(db, newsletter)?, ..PassCounts::default() };
        let mut query = db.prepare_cached(&format!(
            "SELECT CASE WHEN t.state = 'confirmed' THEN 'confirmed'
                         WHEN t.state = 'ended' AND t.ended_by <> ?2 THEN 'declined'
                         WHEN EXISTS (SELECT 1 FROM suppressions AS x WHERE {COVERS}) THEN 'bounced'
                         WHEN t.state = 'pending' THEN 'waiting' ELSE 'unanswered' END, count(*)
             FROM permission_asks AS a CROSS JOIN subscribers AS s ON s.id = a.subscriber_id
             LEFT JOIN subscriptions AS t ON t.newsletter_id = a.newsletter_id AND t.subscriber_id = a.subscriber_id
             WHERE a.newsletter_id = ?1 GROUP BY 1"
        ))?;
        let mut rows = query.query((newsletter, EndedBy::NeverAnswered.as_str()))?;
        while let Some(row) = rows.next()? {
            let many: u64 = row.get(1)?;
            counts.asked += many;
            match row.text(0)? {
                "confirmed" => counts.confirmed = many,
                "declined" => counts.declined = many,
                "bounced" => counts.bounced = many,
                "waiting" => counts.waiting = many,
                _ => counts.unanswered = many,
            }
        }
        Ok(counts)
    }

    /// How many could be asked and were not yet.
    pub fn to_ask(db: &Db, newsletter: NewsletterNumber) -> Result<u64> {
        let mut query = db.prepare_cached(&format!(
            "SELECT count(*) FROM subscriptions AS t CROSS JOIN subscribers AS s ON s.id = t.subscriber_id WHERE {}",
            can_be_asked()
        ))?;
        Ok(query.query_row([newsletter], |row| row.get(0))?)
    }
}

/// Of `t` and `s`.
fn can_be_asked() -> String {
    format!(
        "t.newsletter_id = ?1 AND t.state = 'pending' AND {IS_IMPORTED}
         AND NOT EXISTS (SELECT 1 FROM permission_asks AS a
                         WHERE a.newsletter_id = t.newsletter_id AND a.subscriber_id = t.subscriber_id)
         AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE {COVERS})"
    )
}
