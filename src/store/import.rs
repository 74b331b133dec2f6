//! Adding many subscribers at once: large sorted chunks, one transaction each.

use std::fmt;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

use super::subscription_day::Turn;
use super::{Db, Erasure, NewsletterNumber, SubscriptionState, time};
use crate::address::EmailAddress;
use crate::config::Timezone;

/// Where imported rows go.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    pub newsletter: NewsletterNumber,
    /// `Confirmed` where the publisher vouches for their consent, else `Pending`.
    pub state: SubscriptionState,
    pub now: DateTime<Utc>,
}

/// One row to add.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Of the file it came from, for the report.
    pub line: u64,
    pub email: EmailAddress,
    /// Empty leaves a known one as it is; so does no time zone.
    pub name: String,
    pub timezone: Option<Timezone>,
}

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Line and reason of each row that was not taken.
    pub refused: Vec<(u64, Refusal)>,
}

/// Why a row was not taken: whoever it names has asked, or shown, not to be mailed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    Left(DateTime<Utc>),
    /// With the reason of the suppression.
    Suppressed(String),
    Erased,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left(at) => write!(f, "left on {}", at.format("%-d %B %Y")),
            Self::Suppressed(reason) => write!(f, "is suppressed: {reason}"),
            Self::Erased => f.write_str("was erased at the reader's wish"),
        }
    }
}

impl Imported {
    pub fn merge(&mut self, other: Self) {
        self.added += other.added;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused.extend(other.refused);
    }
}

/// What is known of a row's address already.
struct Known {
    id: i64,
    name: String,
    timezone: String,
    /// Where its subscription to this newsletter stands; `None` where there is none.
    state: Option<String>,
    ended_at: Option<i64>,
}

impl Import {
    /// Adds these rows. Who left, is suppressed or was erased is never brought back: such a row is refused.
    ///
    /// The rows are sorted in place first: in the order of the index a million of them cost a fifth of the time.
    pub fn add(&self, db: &Db, rows: &mut [ImportRow]) -> Result<Imported> {
        rows.sort_by_cached_key(|row| (row.email.key(), row.line));
        let erasure = Erasure::load(db, self.now)?;
        let any_suppressed: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM suppressions)", [], |row| row.get(0))?;
        let (mut done, mut joined) = (Imported::default(), 0);
        for row in rows.iter() {
            let refusal = if any_suppressed { suppressed(db, &row.email)? } else { None };
            let refusal = match refusal {
                None if erasure.covers(db, &row.email)? => Some(Refusal::Erased),
                refusal => refusal,
            };
            match refusal {
                Some(reason) => done.refused.push((row.line, reason)),
                None => {
                    let joins = self.add_row(db, row, &mut done).with_context(|| format!("line {}", row.line))?;
                    joined += u64::from(joins);
                }
            }
        }
        Turn::Joined.count(db, self.newsletter, joined, self.now)?;
        Ok(done)
    }

    /// Answers whether there is one more reader now who gets the newsletter.
    fn add_row(&self, db: &Db, row: &ImportRow, done: &mut Imported) -> Result<bool> {
        let now = time::seconds(self.now);
        let confirmed_at = (self.state == SubscriptionState::Confirmed).then_some(now);
        let mut find = db.prepare_cached(
            "SELECT s.id, s.name, s.timezone, t.state, t.ended_at FROM subscribers AS s
             LEFT JOIN subscriptions AS t ON t.newsletter_id = ?1 AND t.subscriber_id = s.id
             WHERE s.email = ?2",
        )?;
        let known = find
            .query_row((self.newsletter, row.email.as_str()), |known| {
                Ok(Known {
                    id: known.get(0)?,
                    name: known.get(1)?,
                    timezone: known.get(2)?,
                    state: known.get(3)?,
                    ended_at: known.get(4)?,
                })
            })
            .optional()?;
        let zone = row.timezone.map_or("", Timezone::name);
        let (id, is_the_same, state) = match known {
            None => {
                db.prepare_cached(
                    "INSERT INTO subscribers (email, name, created_at, timezone) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((row.email.as_str(), &row.name, now, zone))?;
                (db.last_insert_rowid(), true, None)
            }
            Some(Known { state: Some(state), ended_at, .. }) if state == "ended" => {
                done.refused.push((row.line, Refusal::Left(time::maybe_from_seconds(ended_at).unwrap_or_default())));
                return Ok(false);
            }
            Some(known) => {
                let has_it = |told: &str, known: &str| told.is_empty() || told == known;
                let is_the_same = has_it(&row.name, &known.name) && has_it(zone, &known.timezone);
                (known.id, is_the_same, known.state)
            }
        };
        if !is_the_same {
            db.prepare_cached(
                "UPDATE subscribers SET name = coalesce(nullif(?2, ''), name), timezone = coalesce(nullif(?3, ''), timezone)
                 WHERE id = ?1",
            )?
            .execute((id, &row.name, zone))?;
        }
        let joins = self.state == SubscriptionState::Confirmed && matches!(state.as_deref(), None | Some("pending"));
        match state.as_deref() {
            None => {
                db.prepare_cached(
                    "INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at)
                     VALUES (?1, ?2, ?3, 'import', ?4, ?5)",
                )?
                .execute((self.newsletter, id, self.state.as_str(), now, confirmed_at))?;
                done.added += 1;
            }
            Some("pending") if self.state == SubscriptionState::Confirmed => {
                db.prepare_cached(
                    "UPDATE subscriptions SET state = 'confirmed', confirmed_at = ?3
                     WHERE newsletter_id = ?1 AND subscriber_id = ?2",
                )?
                .execute((self.newsletter, id, now))?;
                done.updated += 1;
            }
            Some(_) if !is_the_same => done.updated += 1,
            Some(_) => done.unchanged += 1,
        }
        Ok(joins)
    }
}

fn suppressed(db: &Db, email: &EmailAddress) -> Result<Option<Refusal>> {
    Ok(super::Suppression::reason_for(db, email)?.map(Refusal::Suppressed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{EndedBy, Store, Subscriber, Subscription, Suppression, newsletter_number};

    fn rows(emails: &[&str]) -> Vec<ImportRow> {
        let row = |(index, email): (usize, &&str)| ImportRow {
            line: index as u64 + 2,
            email: EmailAddress::parse(email).unwrap(),
            name: String::new(),
            timezone: None,
        };
        emails.iter().enumerate().map(row).collect()
    }

    #[test]
    fn never_brings_back_who_left_is_suppressed_or_was_erased() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        store
            .write(|db| {
                let newsletter = newsletter_number(db, "weekly-brief")?;
                let import = Import { newsletter, state: SubscriptionState::Confirmed, now };
                let emails = ["left@a.org", "stays@a.org", "Stays@a.org", "gone@a.org", "bad@a.org"];
                let first = import.add(db, &mut rows(&emails))?;
                assert_eq!((first.added, first.unchanged, first.refused.len()), (4, 1, 0));

                let find = |email: &str| {
                    let email = EmailAddress::parse(email)?;
                    Ok::<_, anyhow::Error>(Subscriber::find_by_email(db, &email)?.unwrap())
                };
                Subscription::end(db, newsletter, find("left@a.org")?.id, EndedBy::Page, None, now)?;
                find("gone@a.org")?.erase(db, now)?;
                let email = EmailAddress::parse("bad@a.org")?;
                Suppression { who: (&email).into(), reason: "complaint".into(), created_at: now }.add(db)?;

                let mut again = import.add(db, &mut rows(&emails))?;
                again.refused.sort();
                assert_eq!((again.added, again.updated, again.unchanged), (0, 0, 2));
                let told = again.refused.iter().map(|(line, refusal)| (*line, refusal.to_string()));
                assert_eq!(
                    told.collect::<Vec<_>>(),
                    [
                        (2, "left on 14 November 2023".to_owned()),
                        (5, "was erased at the reader's wish".to_owned()),
                        (6, "is suppressed: complaint".to_owned()),
                    ]
                );
                Ok(())
            })
            .unwrap();
    }
}
