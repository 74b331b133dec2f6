//! Who must not be mailed, or must not be known at all, although a copy from before says otherwise.

use crate::store::database;
use std::collections::HashSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::super::erasure::Erasure;
use super::super::{Db, EndedBy, Subscriber, SubscriberFilter, SubscriberId, Subscription, newsletter, time};
use crate::address::EmailAddress;

/// Readers of a page.
const PAGE: usize = 1000;

/// What befell readers after a copy was made, and was done again in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Readers who had been erased.
    pub erased: u64,
    /// Addresses that are not to be mailed.
    pub suppressed: u64,
    /// Subscriptions that had ended.
    pub ended: u64,
}

impl Carried {
    /// Takes over from a store that knows more.
    pub(super) fn over(from: &Db, into: &Db, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self { erased: erase(from, into, now)?, suppressed: suppress(from, into)?, ended: end(from, into)? })
    }
}

fn erase(from: &Db, into: &Db, now: DateTime<Utc>) -> Result<u64> {
    let mut query = from.prepare("SELECT digest, erased_at FROM erasures")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let known: Vec<(Vec<u8>, i64)> = rows.collect::<database::Result<_>>()?;
    if known.is_empty() {
        return Ok(0);
    }
    // Each store's digests are made with its own first key; a copy and what it was made of have the same.
    let there = Erasure::load(from, now)?;
    if there.has_the_key_of(&Erasure::load(into, now)?) {
        let mut add =
            into.prepare("INSERT INTO erasures (digest, erased_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
        for (digest, erased_at) in &known {
            add.execute((digest, erased_at))?;
        }
    }
    let digests: HashSet<Vec<u8>> = known.into_iter().map(|(digest, _)| digest).collect();
    let (mut erased, mut after) = (0, SubscriberId(0));
    loop {
        let filter = SubscriberFilter { newsletter: None, state: None, after, limit: PAGE };
        let page = Subscriber::list(into, &filter)?;
        let Some((last, _)) = page.last() else { return Ok(erased) };
        after = last.id;
        for (subscriber, _) in &page {
            if digests.contains(&there.digest(&subscriber.email)?) {
                subscriber.erase(into, now)?;
                erased += 1;
            }
        }
    }
}

fn suppress(from: &Db, into: &Db) -> Result<u64> {
    let mut query = from.prepare("SELECT email, reason, created_at FROM suppressions")?;
    let mut add = into
        .prepare("INSERT INTO suppressions (email, reason, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    let mut on_record = into
        .prepare("INSERT INTO suppression_changes (email, change, reason, changed_at) VALUES (?1, 'added', ?2, ?3)")?;
    let mut suppressed = 0;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let suppression: (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if add.execute((&suppression.0, &suppression.1, suppression.2))? == 1 {
            on_record.execute(suppression)?;
            suppressed += 1;
        }
    }
    Ok(suppressed)
}

fn end(from: &Db, into: &Db) -> Result<u64> {
    let mut query = from.prepare(
        "SELECT n.slug, s.email, t.ended_at, t.ended_by FROM subscriptions AS t
         JOIN newsletters AS n ON n.id = t.newsletter_id JOIN subscribers AS s ON s.id = t.subscriber_id
         WHERE t.state = 'ended'",
    )?;
    let mut ended = 0;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (slug, email): (String, String) = (row.get(0)?, row.get(1)?);
        let (at, by): (Option<i64>, String) = (row.get(2)?, row.get(3)?);
        let Ok(email) = EmailAddress::parse(&email) else { continue };
        let Some(number) = newsletter::known_number_of(into, &slug)? else { continue };
        let Some(subscriber) = Subscriber::find_by_email(into, &email)? else { continue };
        let by = EndedBy::from_word(&by).unwrap_or(EndedBy::CommandLine);
        let at = time::maybe_from_seconds(at).unwrap_or_default();
        ended += u64::from(Subscription::end(into, number, subscriber.id, by, None, at)?);
    }
    Ok(ended)
}
