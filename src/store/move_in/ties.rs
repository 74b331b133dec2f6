//! What a row does to one subscription: it makes it, confirms it or ends it.

use crate::store::database::OptionalRow;
use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{Became, MoveIn};
use crate::store::{Arrival, NewsletterNumber, Refusal, Standing, SubscriberId, time};

/// What the source of everything that an import made begins with.
const IMPORT: &str = "import";

/// A subscription that is there already.
struct Tie {
    state: String,
    source: String,
    created_at: i64,
    confirmed_at: Option<i64>,
    ended_at: Option<i64>,
}

impl MoveIn<'_> {
    /// Brings the subscription of a known reader to one newsletter to what the row says.
    pub(super) fn tie(&mut self, reader: SubscriberId, place: usize, arrival: &Arrival) -> Result<Became> {
        let number = self.number(place)?;
        let tie = self
            .db
            .prepare_cached(
                "SELECT state, source, created_at, confirmed_at, ended_at FROM subscriptions
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2",
            )?
            .query_row((number, reader.0), |row| {
                Ok(Tie {
                    state: row.get(0)?,
                    source: row.get(1)?,
                    created_at: row.get(2)?,
                    confirmed_at: row.get(3)?,
                    ended_at: row.get(4)?,
                })
            })
            .optional()?;
        let Some(tie) = tie else {
            self.insert(reader, place, arrival)?;
            let is_left = matches!(arrival.standing, Standing::Unsubscribed { .. });
            return Ok(if is_left { Became::Ended } else { Became::Added });
        };
        match (&arrival.standing, tie.state.as_str()) {
            (Standing::Unsubscribed { .. }, "ended") => Ok(Became::Unchanged),
            (Standing::Unsubscribed { at, reason }, _) => self.end(reader, place, &tie, arrival, *at, reason),
            (_, "ended") => {
                let at = time::maybe_from_seconds(tie.ended_at).unwrap_or_default();
                Ok(Became::Refused(Refusal::Left(at)))
            }
            (Standing::Subscribed, "pending") => {
                self.db
                    .prepare_cached(
                        "UPDATE subscriptions SET state = 'confirmed', confirmed_at = ?3
                         WHERE newsletter_id = ?1 AND subscriber_id = ?2",
                    )?
                    .execute((number, reader.0, self.confirmed_at(arrival)))?;
                self.joined[place] += 1;
                Ok(Became::Updated)
            }
            _ => Ok(Became::Unchanged),
        }
    }

    /// Ends a subscription that lasts, unless the reader asked for it here after they had left there.
    fn end(
        &mut self,
        reader: SubscriberId,
        place: usize,
        tie: &Tie,
        arrival: &Arrival,
        at: Option<DateTime<Utc>>,
        reason: &str,
    ) -> Result<Became> {
        let number = self.number(place)?;
        let left_at = at.map(|at| time::seconds(at.min(self.now)));
        // Somebody whom an import made pending may have confirmed it here since.
        let confirmed_here: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT max(changed_at) FROM subscription_changes
                 WHERE subscriber_id = ?1 AND newsletter_id = ?2 AND state = 'confirmed'",
            )?
            .query_row((reader.0, number), |row| row.get(0))?;
        let asked_here = if tie.source.starts_with(IMPORT) { confirmed_here } else { Some(tie.created_at) };
        if asked_here.is_some_and(|asked_at| left_at.is_none_or(|left_at| asked_at > left_at)) {
            return Ok(Became::Stays("asked for it here after they had left there"));
        }
        let ended_at = left_at.unwrap_or_else(|| time::seconds(self.now));
        let by = ended_by(arrival);
        self.db
            .prepare_cached(
                "UPDATE subscriptions SET state = 'ended', ended_at = ?3, ended_by = ?4, ended_reason = ?5
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2",
            )?
            .execute((number, reader.0, ended_at, by, reason))?;
        self.record_end(reader, number, by, ended_at, tie.confirmed_at.is_some())?;
        self.left[place] += u64::from(tie.confirmed_at.is_some());
        Ok(Became::Ended)
    }

    /// Makes a subscription of what a row says, be it one that has ended.
    pub(super) fn insert(&mut self, reader: SubscriberId, place: usize, arrival: &Arrival) -> Result<()> {
        let number = self.number(place)?;
        let now = time::seconds(self.now);
        let past = |at: Option<DateTime<Utc>>| at.map(|at| time::seconds(at.min(self.now)));
        let kept = arrival.kept.as_deref();
        let (state, confirmed_at, ended) = match &arrival.standing {
            Standing::Subscribed => ("confirmed", self.confirmed_at(arrival), None),
            Standing::Unsubscribed { at, reason } => {
                ("ended", past(arrival.evidence.confirmed_at), Some((past(*at).unwrap_or(now), reason.as_str())))
            }
            _ => ("pending", None, None),
        };
        let confirmed_at = kept.map_or(confirmed_at, |kept| past(kept.confirmed_at));
        // What waits for a confirmation waits from now on.
        let since = if state == "pending" && kept.is_none() { None } else { past(arrival.since) };
        let ended_at = ended.map(|(at, _)| at);
        let created_at = since.or(confirmed_at).or(ended_at).unwrap_or(now);
        let by = if ended.is_some() { ended_by(arrival) } else { "" };
        self.db
            .prepare_cached(
                "INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at, ended_at,
                                            ended_by, ended_reason, paused_until, without, opens_agreed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                number,
                reader.0,
                state,
                &arrival.source,
                created_at,
                confirmed_at,
                ended_at,
                by,
                ended.map_or("", |(_, reason)| reason),
                time::maybe_seconds(kept.and_then(|kept| kept.paused_until)),
                kept.map_or("", |kept| kept.without.as_str()),
                time::maybe_seconds(kept.and_then(|kept| kept.opens_agreed_at)),
            ))?;
        if let Some(at) = ended_at {
            // They asked for nothing here; whoever asks later and does not confirm has left again.
            self.record_end(reader, number, by, at, false)?;
        }
        self.joined[place] += u64::from(state == "confirmed");
        Ok(())
    }

    /// When a reader who is subscribed had confirmed it, as far as the row tells.
    fn confirmed_at(&self, arrival: &Arrival) -> Option<i64> {
        let evidence = &arrival.evidence;
        let at = evidence.confirmed_at.or(evidence.asked_at).or(arrival.since).unwrap_or(self.now);
        Some(time::seconds(at.min(self.now)))
    }

    /// Puts on record that a subscription ended.
    fn record_end(
        &self,
        reader: SubscriberId,
        newsletter: NewsletterNumber,
        by: &str,
        ended_at: i64,
        was_confirmed: bool,
    ) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, changed_at,
                                                   was_confirmed)
                 VALUES (?1, ?2, 'ended', ?3, ?4, ?5)",
            )?
            .execute((newsletter, reader.0, by, ended_at, was_confirmed))?;
        Ok(())
    }
}

fn ended_by(arrival: &Arrival) -> &str {
    match &arrival.kept {
        Some(kept) if !kept.ended_by.is_empty() => &kept.ended_by,
        _ => &arrival.source,
    }
}
