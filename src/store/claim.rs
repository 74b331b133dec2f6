//! Claiming deliveries: they become `sending`, durably, before anything of them can be on the wire (S6).

use std::collections::HashSet;

use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::delivery::Moves;
use super::journal::{Entry, Legacy};
use super::suppression::{SuppressedDomains, Suppression};
use super::variant::IS_EMPTY;
use super::{
    AttemptOutcome, Beside, Db, DeliveryState, EditionId, Journal, Node, NodeId, OutcomeRecord, Store, SubscriberId,
    time,
};
use crate::address::EmailAddress;
use crate::config::Bounces;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    pub edition: EditionId,
    pub limit: usize,
}

/// A delivery that is now ours to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub edition: EditionId,
    pub subscriber: SubscriberId,
    pub email: EmailAddress,
    pub name: String,
    /// IANA name of the reader's time zone; empty where it is not known.
    pub timezone: String,
    /// When the subscription was confirmed, for the line that says why this came.
    pub subscribed_at: DateTime<Utc>,
    /// Number of the edition's variant that is theirs; 0 is the edition itself.
    pub variant: u32,
    /// Tries before this one.
    pub attempts: u32,
    /// What it was before: a delivery that is given back is that again.
    pub from: DeliveryState,
    /// The outcome of an earlier try is not known, so that another such one is the last (S6).
    pub was_unknown: bool,
}

/// Whether a delivery that is due may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    Now,
    /// Not before this time: it falls due then.
    At(DateTime<Utc>),
    /// Not before this whole hour: it falls due within it, in the order in which it was due.
    Within(DateTime<Utc>),
    /// Not any more, for this reason.
    Never(&'static str),
}

/// What a claim brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedBatch {
    pub deliveries: Vec<Claimed>,
    /// Deliveries found due whose reader has left or is suppressed; they are `skipped` now, or stay `unknown`.
    pub skipped: usize,
    /// Deliveries found due that may not go yet; they fall due later now.
    pub postponed: usize,
}

impl Claim {
    /// Takes up to `limit` due deliveries of an edition that is `sending`; of any other state it takes none, so a
    /// pause holds from the next claim on, whoever set it. `when` says whether a delivery may go at this hour.
    pub fn take(self, db: &Db, now: DateTime<Utc>, when: &dyn Fn(&Claimed) -> When) -> Result<ClaimedBatch> {
        let domains = Suppression::domains(db)?;
        // Where several nodes send, nobody waits for what another has just now; and a server marks what is claimed in the statement
        // that finds it, since each statement costs it several times what a row does. So many first, and then what belongs to
        // them: nobody's readers are looked up who are not claimed. Both halves of the key are joined: by a given edition the
        // server would read all of it for each of them, while it has no statistics of it.
        let (claim, deliveries) = match db {
            Db::Sqlite(_) => (String::new(), "deliveries"),
            Db::Postgres(_) => {
                let node = db.node().map_or("NULL".into(), |node| node.0.to_string());
                let claim = format!(
                    "WITH claimed AS MATERIALIZED (
                         SELECT * FROM deliveries
                         WHERE edition_id = ?1 AND next_attempt_at IS NOT NULL AND next_attempt_at <= ?2
                           AND state IN ('queued', 'deferred', 'unknown')
                           AND EXISTS (SELECT 1 FROM editions WHERE id = ?1 AND state = 'sending')
                         ORDER BY next_attempt_at, subscriber_id LIMIT ?3 FOR UPDATE SKIP LOCKED
                     ), marked AS (
                         UPDATE deliveries AS d SET state = 'sending', next_attempt_at = NULL, changed_at = ?2, node_id = {node}
                         FROM claimed AS c WHERE d.edition_id = c.edition_id AND d.subscriber_id = c.subscriber_id
                     )"
                );
                (claim, "claimed")
            }
        };
        let mut due = db.prepare_cached(&format!(
            "{claim}
             SELECT d.subscriber_id, d.state, d.attempts, s.email, s.name, s.timezone, t.confirmed_at,
                    t.state = 'confirmed', x.reason,
                    d.attempts > 0 AND EXISTS (SELECT 1 FROM attempts AS a
                                               WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id
                                                 AND a.outcome = 'unknown'),
                    d.variant, {IS_EMPTY}, coalesce(t.paused_until, 0) > ?2, d.next_attempt_at
             FROM {deliveries} AS d
             LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
             LEFT JOIN subscriptions AS t ON t.newsletter_id = (SELECT newsletter_id FROM editions WHERE id = ?1)
                                         AND t.subscriber_id = d.subscriber_id
             LEFT JOIN suppressions AS x ON x.email = s.email
             WHERE d.edition_id = ?1 AND d.next_attempt_at IS NOT NULL AND d.next_attempt_at <= ?2
               AND d.state IN ('queued', 'deferred', 'unknown')
               AND EXISTS (SELECT 1 FROM editions WHERE id = ?1 AND state = 'sending')
             ORDER BY d.next_attempt_at, d.subscriber_id LIMIT ?3"
        ))?;
        // Read to the end before anything is changed: a change under a cursor makes SQLite look for its place again.
        let rows =
            due.query_map((self.edition.0, time::seconds(now), self.limit), |row| Due::from_row(row, self.edition))?;
        let rows = rows.collect::<database::Result<Vec<Due>>>()?;
        let (mut claimed, mut skipped, mut postponed) = (Vec::new(), Vec::new(), Vec::new());
        for due in rows {
            let (subscriber, from, due_at) = (due.subscriber, due.from, due.due_at);
            let delivery = match due.into_claimed(&domains)? {
                Ok(delivery) => delivery,
                Err(because) => {
                    skipped.push((subscriber, from, because));
                    continue;
                }
            };
            match when(&delivery) {
                When::Now => claimed.push(delivery),
                When::At(at) => postponed.push((subscriber, from, time::seconds(at))),
                When::Within(hour) => postponed.push((subscriber, from, time::seconds(hour) + due_at % 3600)),
                When::Never(because) => skipped.push((subscriber, from, because.to_owned())),
            }
        }
        let mut moves = Moves::default();
        claimed.iter().for_each(|claimed| moves.add(self.edition, Some(claimed.from), DeliveryState::Sending, 1));
        self.skip(db, &skipped, now, &mut moves)?;
        self.postpone(db, &postponed)?;
        self.mark(db, &claimed, now)?;
        moves.apply(db)?;
        Ok(ClaimedBatch { deliveries: claimed, skipped: skipped.len(), postponed: postponed.len() })
    }

    /// They are `sending`: a file is told now, and has one machine, so that whose they are need not be written.
    fn mark(self, db: &Db, claimed: &[Claimed], now: DateTime<Utc>) -> Result<()> {
        if let Db::Sqlite(_) = db {
            let mut mark = db.prepare_cached(
                "UPDATE deliveries SET state = 'sending', next_attempt_at = NULL, changed_at = ?3
                 WHERE edition_id = ?1 AND subscriber_id = ?2",
            )?;
            let at = time::seconds(now);
            mark.execute_each(claimed.iter().map(|claimed| (self.edition.0, claimed.subscriber.0, at)))?;
        }
        Ok(())
    }

    fn skip(
        self,
        db: &Db,
        skipped: &[(SubscriberId, DeliveryState, String)],
        now: DateTime<Utc>,
        moves: &mut Moves,
    ) -> Result<()> {
        let mut skip = db.prepare_cached(
            "UPDATE deliveries SET state = ?5, next_attempt_at = NULL, changed_at = ?3, skipped_because = ?4
             WHERE edition_id = ?1 AND subscriber_id = ?2",
        )?;
        // Who may have it already was not skipped.
        let to = |from| if from == DeliveryState::Unknown { from } else { DeliveryState::Skipped };
        let at = time::seconds(now);
        skip.execute_each(skipped.iter().map(|(subscriber, from, because)| {
            (self.edition.0, subscriber.0, at, because.as_str(), to(*from).as_str())
        }))?;
        skipped.iter().for_each(|(_, from, _)| moves.add(self.edition, Some(*from), to(*from), 1));
        Ok(())
    }

    /// Each is what it was, and due again at the time beside it.
    fn postpone(self, db: &Db, postponed: &[(SubscriberId, DeliveryState, i64)]) -> Result<()> {
        let mut postpone = db.prepare_cached(
            "UPDATE deliveries SET state = ?3, next_attempt_at = ?4 WHERE edition_id = ?1 AND subscriber_id = ?2",
        )?;
        postpone.execute_each(
            postponed.iter().map(|(subscriber, from, due)| (self.edition.0, subscriber.0, from.as_str(), *due)),
        )?;
        Ok(())
    }

    /// Gives claimed deliveries back that never were whole on the wire, due again at the time beside each; the try does
    /// not count.
    pub fn give_back(db: &Db, claimed: &[(Claimed, DateTime<Utc>)], now: DateTime<Utc>) -> Result<()> {
        let mut back = db.prepare_cached(
            "UPDATE deliveries SET state = ?3, next_attempt_at = ?4, changed_at = ?5
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = 'sending' AND node_id IS NOT DISTINCT FROM ?6",
        )?;
        let mut moves = Moves::default();
        let node = db.node().map(|node| node.0);
        let changed = back.execute_each(claimed.iter().map(|(delivery, due)| {
            let (edition, subscriber) = (delivery.edition.0, delivery.subscriber.0);
            (edition, subscriber, delivery.from.as_str(), time::seconds(*due), time::seconds(now), node)
        }))?;
        for ((delivery, _), rows) in claimed.iter().zip(changed) {
            if rows == 1 {
                moves.add(delivery.edition, Some(DeliveryState::Sending), delivery.from, 1);
            }
        }
        moves.apply(db)
    }

    /// Settles what an earlier process left `sending` when it died, and begins a new journal with this many slots.
    ///
    /// By the old journal: what never left is as it was, what was answered is written down, and the rest is `unknown`
    /// (S6), to be tried once more at `retry_at`. Where there is no journal to rely upon, all of it is unknown. Answers
    /// how many are.
    ///
    /// Only who holds the sender lock may call this: else the deliveries of a living process would be taken.
    pub fn recover(
        store: &Store,
        retry_at: Option<DateTime<Utc>>,
        bounces: &Bounces,
        now: DateTime<Utc>,
        slots: u32,
    ) -> Result<(usize, Journal)> {
        store.send_in_order()?;
        let legacy = Legacy::read(store)?;
        let (unknown, _) = store.write_beside(Beside::Ledger, |db| {
            let (own, reason) = (db.node(), "the sending process ended before the answer came");
            settle_orphans(db, own, &legacy, Lost { retry_at, reason }, bounces, now)
        })?;
        Ok((unknown, Journal::begin(store, slots)?))
    }

    /// Settles what other nodes had under way when they fell silent or ended: nobody here knows what left of it, so all of it
    /// is `unknown`, to be tried once more at `retry_at`. Answers which nodes, and how many deliveries.
    pub fn take_over(
        store: &Store,
        retry_at: Option<DateTime<Utc>>,
        bounces: &Bounces,
        now: DateTime<Utc>,
    ) -> Result<Vec<(NodeId, usize)>> {
        let find = |db: &Db| db.node().map_or(Ok(Vec::new()), |own| Node::gone_with_deliveries(db, own));
        let mut taken = Vec::new();
        for lost in store.read(find)? {
            let unknown = store.write_beside(Beside::Ledger, |db| {
                if !Node::take_over(db, lost)? {
                    return Ok(None);
                }
                let reason = "the node that sent it was lost before the answer came";
                settle_orphans(db, Some(lost), &Legacy::Nothing, Lost { retry_at, reason }, bounces, now)
                    .map(|(unknown, _)| Some(unknown))
            })?;
            taken.extend(unknown.map(|unknown| (lost, unknown)));
        }
        Ok(taken)
    }

    /// Gives back what is this node's by its rows, and nothing of which it has: claimed by a transaction of which it never
    /// heard that it had come about. Only for who has nothing in hand.
    pub fn give_back_strays(db: &Db, now: DateTime<Utc>) -> Result<usize> {
        if db.node().is_none() {
            return Ok(0);
        }
        let strays = Legacy::Whole(Default::default());
        let lost = Lost { retry_at: None, reason: "" };
        let (_, returned) = settle_orphans(db, db.node(), &strays, lost, &Bounces::default(), now)?;
        Ok(returned)
    }

    /// Ends the journal of a sender that is done. Where something is `sending` still, because the store failed or a task
    /// died, it stays for the next one.
    pub fn conclude(store: &Store, journal: &Journal) -> Result<()> {
        let query = "SELECT NOT EXISTS (SELECT 1 FROM delivery_counts WHERE state = 'sending' AND deliveries > 0)";
        if store.read(|db| Ok(db.query_row(query, [], |row| row.get::<bool>(0))?))? {
            journal.end()?;
        }
        Ok(())
    }

    /// When the edition's next delivery falls due; `None` when nothing is left to try.
    pub fn next_due(db: &Db, edition: EditionId) -> Result<Option<DateTime<Utc>>> {
        let mut query = db.prepare_cached(
            "SELECT min(next_attempt_at) FROM deliveries WHERE edition_id = ?1 AND next_attempt_at IS NOT NULL",
        )?;
        Ok(time::maybe_from_seconds(query.query_row([edition.0], |row| row.get(0))?))
    }
}

/// A delivery that is due, and what its claim depends on.
struct Due {
    edition: EditionId,
    subscriber: SubscriberId,
    from: DeliveryState,
    attempts: u32,
    /// `None`: erased.
    email: Option<String>,
    name: String,
    timezone: String,
    confirmed_at: Option<i64>,
    is_confirmed: bool,
    suppressed: Option<String>,
    was_unknown: bool,
    variant: u32,
    /// Nothing of the edition is left in that variant.
    is_empty: bool,
    is_paused: bool,
    /// In seconds, before it was claimed.
    due_at: i64,
}

impl Due {
    fn from_row(row: &Row<'_>, edition: EditionId) -> database::Result<Self> {
        Ok(Self {
            edition,
            subscriber: SubscriberId(row.get(0)?),
            // The CHECK on the column admits no other word.
            from: DeliveryState::from_word(row.text(1)?).unwrap_or(DeliveryState::Queued),
            attempts: row.get(2)?,
            email: row.get(3)?,
            name: row.get::<Option<String>>(4)?.unwrap_or_default(),
            timezone: row.get::<Option<String>>(5)?.unwrap_or_default(),
            confirmed_at: row.get(6)?,
            is_confirmed: row.get::<Option<bool>>(7)?.unwrap_or_default(),
            suppressed: row.get(8)?,
            was_unknown: row.get(9)?,
            variant: row.get(10)?,
            is_empty: row.get(11)?,
            is_paused: row.get(12)?,
            due_at: row.get(13)?,
        })
    }

    /// The claimed delivery, or why it is not to be sent.
    fn into_claimed(self, domains: &SuppressedDomains) -> Result<std::result::Result<Claimed, String>> {
        let of_domain = self.email.as_deref().and_then(|email| domains.reason_for(email)).map(str::to_owned);
        let email = match (self.email, self.suppressed.or(of_domain)) {
            (None, _) => return Ok(Err("erased".into())),
            (_, Some(reason)) => return Ok(Err(format!("suppressed: {reason}"))),
            (Some(_), None) if !self.is_confirmed => return Ok(Err("the subscription ended".into())),
            (Some(_), None) if self.is_paused => return Ok(Err("the subscription is paused".into())),
            (Some(_), None) if self.is_empty => {
                return Ok(Err("every story is of platforms they do without".into()));
            }
            (Some(email), None) => email,
        };
        Ok(Ok(Claimed {
            edition: self.edition,
            subscriber: self.subscriber,
            email: EmailAddress::parse(&email).with_context(|| format!("the address of {}", self.subscriber))?,
            name: self.name,
            timezone: self.timezone,
            subscribed_at: time::maybe_from_seconds(self.confirmed_at).unwrap_or_default(),
            variant: self.variant,
            attempts: self.attempts,
            from: self.from,
            was_unknown: self.was_unknown,
        }))
    }
}

/// A delivery that a dead process left `sending`.
struct Orphan {
    edition: EditionId,
    subscriber: SubscriberId,
    attempts: u32,
    was_unknown: bool,
    /// What it was before its claim.
    from: DeliveryState,
}

impl Orphan {
    /// Those of a node, or of the one machine that has the store.
    fn all(db: &Db, node: Option<NodeId>) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT d.edition_id, d.subscriber_id, d.attempts,
                    EXISTS (SELECT 1 FROM attempts AS a
                            WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id
                              AND a.outcome = 'unknown'),
                    coalesce((SELECT a.outcome FROM attempts AS a
                              WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id
                                AND a.number = d.attempts), '')
             FROM delivery_counts AS c JOIN deliveries AS d ON d.edition_id = c.edition_id AND d.state = 'sending'
             WHERE c.state = 'sending' AND c.deliveries > 0 AND d.node_id IS NOT DISTINCT FROM ?1
             ORDER BY 1, 2",
        )?;
        let rows = query.query_map([node.map(|node| node.0)], |row| {
            // Its last try tells. After any other outcome it was queued anew.
            let from = match row.text(4)? {
                "deferred" => DeliveryState::Deferred,
                "unknown" => DeliveryState::Unknown,
                _ => DeliveryState::Queued,
            };
            Ok(Self {
                edition: EditionId(row.get(0)?),
                subscriber: SubscriberId(row.get(1)?),
                attempts: row.get(2)?,
                was_unknown: row.get(3)?,
                from,
            })
        })?;
        rows.map(|row| row.context("reading a delivery that was on its way")).collect()
    }
}

/// What becomes of a delivery of which nobody knows whether it arrived.
struct Lost {
    retry_at: Option<DateTime<Utc>>,
    reason: &'static str,
}

/// Answers how many are `unknown` now, and how many went back.
fn settle_orphans(
    db: &Db,
    node: Option<NodeId>,
    legacy: &Legacy,
    lost: Lost,
    bounces: &Bounces,
    now: DateTime<Utc>,
) -> Result<(usize, usize)> {
    let mut back = db.prepare(
        "UPDATE deliveries SET state = ?3, next_attempt_at = ?4, changed_at = ?4
         WHERE edition_id = ?1 AND subscriber_id = ?2",
    )?;
    let mut records = Vec::new();
    let mut moves = Moves::default();
    let (mut unknown, mut returned) = (0, 0);
    for Orphan { edition, subscriber, attempts, was_unknown, from } in Orphan::all(db, node)? {
        let entry = match legacy {
            Legacy::Whole(entries) => entries.get(&(edition, subscriber, attempts + 1)),
            Legacy::Nothing => Some(&Entry::Leaving),
        };
        match entry {
            Some(Entry::Settled(record)) => records.push(record.clone()),
            Some(Entry::Leaving) => {
                unknown += 1;
                records.push(OutcomeRecord {
                    edition,
                    subscriber,
                    domain: String::new(),
                    number: attempts + 1,
                    outcome: AttemptOutcome::Unknown,
                    code: 0,
                    enhanced: String::new(),
                    reply: lost.reason.into(),
                    is_to_rcpt: false,
                    finished_at: now,
                    next_attempt_at: if was_unknown { None } else { lost.retry_at },
                });
            }
            None => {
                back.execute((edition.0, subscriber.0, from.as_str(), time::seconds(now)))?;
                moves.add(edition, Some(DeliveryState::Sending), from, 1);
                returned += 1;
            }
        }
    }
    moves.apply(db)?;
    // What another node took for lost meanwhile is no orphan any more, and its outcome is known here.
    if let (Legacy::Whole(entries), Some(_)) = (legacy, db.node()) {
        let told: HashSet<_> = records.iter().map(|record| (record.edition, record.subscriber)).collect();
        let settled = entries.values().filter_map(|entry| match entry {
            Entry::Settled(record) if !told.contains(&(record.edition, record.subscriber)) => Some(record.clone()),
            _ => None,
        });
        records.extend(settled);
    }
    OutcomeRecord::record_all(db, &records, bounces)?;
    Ok((unknown, returned))
}
