use std::collections::HashMap;
use std::net::IpAddr;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::subscription::IS_IMPORTED;
use super::{Db, Evidence, SubscriberId, time};

/// What a reader agreed to on a form, kept as evidence (rule C; GDPR art. 7(1)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Ids of the newsletters that were asked for.
    pub newsletters: Vec<String>,
    /// The version of the form, and the words that stood on it.
    pub version: i64,
    pub wording: String,
    /// Where the form stood: a path of ours, or the address of the publisher's page.
    pub page: String,
    pub asked_at: DateTime<Utc>,
    /// The IP address; empty where none is kept, or not any more.
    pub asked_from: String,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub confirmed_from: String,
}

/// What is put on record when the form is sent.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub newsletters: &'a [&'a str],
    pub wording: &'a str,
    pub page: &'a str,
    pub from: Option<IpAddr>,
}

impl Consent {
    pub fn ask(db: &Db, subscriber: SubscriberId, asked: &Asked<'_>, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO consents (subscriber_id, newsletters, wording_id, page, asked_at, asked_from)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            subscriber.0,
            asked.newsletters.join(","),
            version_of(db, asked.wording, now)?,
            asked.page,
            time::seconds(now),
            text_of(asked.from),
        ))
        .with_context(|| format!("keeping what {subscriber} asked for"))?;
        Ok(())
    }

    /// The reader has shown that the address is theirs: all that it asked for, and had not confirmed, is confirmed.
    pub fn confirm(db: &Db, subscriber: SubscriberId, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "UPDATE consents SET confirmed_at = ?2, confirmed_from = ?3 WHERE subscriber_id = ?1 AND confirmed_at IS NULL",
        )?
        .execute((subscriber.0, time::seconds(now), text_of(from)))?;
        Ok(())
    }

    /// Everything a subscriber agreed to, oldest first.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT c.newsletters, w.id, w.text, c.page, c.asked_at, c.asked_from, c.confirmed_at, c.confirmed_from
             FROM consents AS c JOIN wordings AS w ON w.id = c.wording_id WHERE c.subscriber_id = ?1 ORDER BY c.id",
        )?;
        let rows = query.query_map([subscriber.0], Self::from_row)?;
        rows.map(|row| row.context("reading a consent")).collect()
    }

    /// Keeps what somebody agreed to elsewhere, as an import tells it. What is known of it already stays, so that an
    /// address that was forgotten does not come back; `false` where nothing of it is new.
    pub(super) fn take_over(
        db: &Db,
        subscriber: SubscriberId,
        newsletters: &[&str],
        evidence: &Evidence,
        wording: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let Some(asked_at) = evidence.asked_at.or(evidence.confirmed_at).map(|at| time::seconds(at.min(now))) else {
            return Ok(false);
        };
        let confirmed_at = time::maybe_seconds(evidence.confirmed_at.map(|at| at.min(now)));
        let known: Option<(i64, String, Option<i64>)> = db
            .prepare_cached(
                "SELECT id, newsletters, confirmed_at FROM consents
                 WHERE subscriber_id = ?1 AND wording_id = ?2 AND page = ?3 AND asked_at = ?4",
            )?
            .query_row((subscriber.0, wording, &evidence.page, asked_at), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, kept, kept_confirmed_at)) = known else {
            db.prepare_cached(
                "INSERT INTO consents (subscriber_id, newsletters, wording_id, page, asked_at, asked_from, confirmed_at,
                                       confirmed_from, imported_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                subscriber.0,
                newsletters.join(","),
                wording,
                &evidence.page,
                asked_at,
                text_of(evidence.asked_from),
                confirmed_at,
                text_of(evidence.confirmed_from),
                time::seconds(now),
            ))
            .with_context(|| format!("keeping what {subscriber} agreed to"))?;
            return Ok(true);
        };
        let mut all: Vec<&str> = kept.split(',').collect();
        all.extend(newsletters.iter().filter(|one| !kept.split(',').any(|known| known == **one)));
        let all = all.join(",");
        if all == kept && (confirmed_at.is_none() || kept_confirmed_at.is_some()) {
            return Ok(false);
        }
        db.prepare_cached(
            "UPDATE consents SET newsletters = ?2, confirmed_at = coalesce(confirmed_at, ?3) WHERE id = ?1",
        )?
        .execute((id, all, confirmed_at))?;
        Ok(true)
    }

    /// What the subscribers between two ids agreed to, oldest first each: for a page of them at once.
    pub fn between(db: &Db, first: SubscriberId, last: SubscriberId) -> Result<HashMap<SubscriberId, Vec<Self>>> {
        let mut query = db.prepare_cached(
            "SELECT c.newsletters, w.id, w.text, c.page, c.asked_at, c.asked_from, c.confirmed_at, c.confirmed_from,
                    c.subscriber_id
             FROM consents AS c JOIN wordings AS w ON w.id = c.wording_id
             WHERE c.subscriber_id BETWEEN ?1 AND ?2 ORDER BY c.subscriber_id, c.id",
        )?;
        let mut rows = query.query((first.0, last.0))?;
        let mut consents: HashMap<SubscriberId, Vec<Self>> = HashMap::new();
        while let Some(row) = rows.next().context("reading a consent")? {
            consents.entry(SubscriberId(row.get(8)?)).or_default().push(Self::from_row(&row)?);
        }
        Ok(consents)
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            newsletters: row.text(0)?.split(',').map(str::to_owned).collect(),
            version: row.get(1)?,
            wording: row.get(2)?,
            page: row.get(3)?,
            asked_at: time::from_seconds(row.get(4)?),
            asked_from: row.get(5)?,
            confirmed_at: time::maybe_from_seconds(row.get(6)?),
            confirmed_from: row.get(7)?,
        })
    }

    /// Forgets what was asked for and not confirmed before `unconfirmed`, and the IP addresses of before `addresses`. What
    /// came with an import was not ours to confirm, and its addresses are kept as long from then on; what an imported reader is
    /// asked by letter waits as long as they may answer.
    pub fn forget(db: &Db, unconfirmed: DateTime<Utc>, addresses: DateTime<Utc>) -> Result<()> {
        // Through newsletters, because subscriptions are kept by newsletter first and there are few of them.
        db.execute(
            &format!(
                "DELETE FROM consents WHERE confirmed_at IS NULL AND asked_at < ?1 AND imported_at IS NULL
                   AND NOT EXISTS (SELECT 1 FROM newsletters AS n CROSS JOIN subscriptions AS t
                                   ON t.newsletter_id = n.id AND t.subscriber_id = consents.subscriber_id
                                   AND t.state = 'pending' AND {IS_IMPORTED})"
            ),
            [time::seconds(unconfirmed)],
        )?;
        db.execute(
            "UPDATE consents SET asked_from = '', confirmed_from = ''
             WHERE asked_at < ?1 AND coalesce(imported_at, asked_at) < ?1
               AND (asked_from <> '' OR confirmed_from <> '')",
            [time::seconds(addresses)],
        )?;
        Ok(())
    }
}

/// The number of this form's words, given at first sight.
pub(super) fn version_of(db: &Db, wording: &str, now: DateTime<Utc>) -> Result<i64> {
    let digest = Sha256::digest(wording.as_bytes());
    let known: Option<i64> = db
        .prepare_cached("SELECT id FROM wordings WHERE digest = ?1")?
        .query_row([digest.as_slice()], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    Ok(db.query_row(
        "INSERT INTO wordings (digest, text, first_used_at) VALUES (?1, ?2, ?3) RETURNING id",
        (digest.as_slice(), wording, time::seconds(now)),
        |row| row.get(0),
    )?)
}

fn text_of(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}
