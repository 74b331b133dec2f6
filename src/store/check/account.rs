//! Whether an edition's account is true: deliveries and attempts are walked side by side, in the order they are kept.

use std::collections::HashSet;

use crate::store::database::{self, Row, Rows};
use anyhow::Result;

use super::{Db, Extent, Fault, deliveries};
use crate::store::{DeliveryState, EditionState};

/// How often the progress is told, in deliveries.
const STEP: u64 = 100_000;

/// What of an edition is looked at.
struct Known {
    id: i64,
    name: String,
    state: String,
    /// Its recipients are frozen up to this subscriber …
    frozen_to: i64,
    /// … and all of them.
    is_frozen: bool,
}

/// Deliveries with one fault.
#[derive(Default)]
struct Odd {
    many: u64,
    /// The first one's subscriber.
    first: i64,
}

impl Odd {
    fn note(&mut self, subscriber: i64) {
        if self.many == 0 {
            self.first = subscriber;
        }
        self.many += 1;
    }
}

/// What the rows of an edition say.
#[derive(Default)]
struct Tally {
    by_state: [i64; DeliveryState::ALL.len()],
    deliveries: u64,
    last_subscriber: i64,
    /// To be tried, now or later.
    waiting: Odd,
    /// Queued or deferred, and without a time at which they are tried.
    forgotten: Odd,
    /// Accepted, failed or skipped, and with such a time.
    revived: Odd,
    /// Their attempts are not as many as are on record; how many, for the first.
    miscounted: Odd,
    miscount: (i64, i64),
    /// Attempts of all deliveries, by their own count, and those on record.
    counted: i64,
    recorded: i64,
    /// Those that were added up after the edition's end, and are not on record any more.
    rolled_up: i64,
    /// Attempts on record without a delivery.
    stray: Odd,
    /// Of a variant that the edition has not.
    unvaried: Odd,
}

pub fn check(db: &Db, faults: &mut Vec<Fault>, mut progress: impl FnMut(u64)) -> Result<Extent> {
    let mut query = db.prepare(
        "SELECT e.id, coalesce(n.slug, '?') || '/' || e.number, e.state, e.frozen_to, e.frozen_at IS NOT NULL
         FROM editions AS e LEFT JOIN newsletters AS n ON n.id = e.newsletter_id ORDER BY e.id",
    )?;
    let from_row = |row: &Row<'_>| {
        Ok(Known {
            id: row.get(0)?,
            name: row.get(1)?,
            state: row.get(2)?,
            frozen_to: row.get(3)?,
            is_frozen: row.get(4)?,
        })
    };
    let mut extent = Extent::default();
    for edition in query.query_map([], from_row)? {
        let edition = edition?;
        let before = extent.deliveries;
        let tally = tally(db, edition.id, |done| progress(before + done))?;
        extent.editions += 1;
        extent.deliveries += tally.deliveries;
        progress(extent.deliveries);
        let fault = |(wrong, to_do)| Fault { edition: edition.name.clone(), wrong, to_do };
        faults.extend(compare_counts(db, edition.id, &tally)?.map(fault));
        faults.extend(judge(&edition, &tally).into_iter().map(fault));
    }
    Ok(extent)
}

/// Editions with deliveries that are `sending`, and how many.
pub fn sending(db: &Db) -> Result<Vec<(String, u64)>> {
    let mut query = db.prepare(
        "SELECT coalesce(n.slug, '?') || '/' || e.number, count(*)
         FROM deliveries AS d JOIN editions AS e ON e.id = d.edition_id LEFT JOIN newsletters AS n ON n.id = e.newsletter_id
         WHERE d.state = 'sending' GROUP BY d.edition_id, n.slug, e.number ORDER BY d.edition_id",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<database::Result<_>>()?)
}

fn tally(db: &Db, edition: i64, mut progress: impl FnMut(u64)) -> Result<Tally> {
    let mut query = db.prepare_cached(
        "SELECT subscriber_id, state, attempts, next_attempt_at IS NOT NULL, variant
         FROM deliveries WHERE edition_id = ?1 ORDER BY subscriber_id",
    )?;
    let variants: HashSet<i64> = db
        .prepare_cached("SELECT number FROM edition_variants WHERE edition_id = ?1")?
        .query_map([edition], |row| row.get(0))?
        .collect::<database::Result<_>>()?;
    let rolled_up: i64 = db
        .prepare_cached("SELECT coalesce(sum(attempts), 0) FROM attempt_counts WHERE edition_id = ?1")?
        .query_row([edition], |row| row.get(0))?;
    let mut tried = db.prepare_cached(
        "SELECT subscriber_id, count(*) FROM attempts WHERE edition_id = ?1 GROUP BY subscriber_id ORDER BY subscriber_id",
    )?;
    let mut tried = tried.walk([edition])?;
    let mut next = next_tried(&mut tried)?;
    let mut tally = Tally { rolled_up, ..Tally::default() };
    let mut rows = query.walk([edition])?;
    while let Some(row) = rows.next()? {
        let subscriber: i64 = row.get(0)?;
        while let Some((stray, _)) = next.filter(|(other, _)| *other < subscriber) {
            tally.stray.note(stray);
            next = next_tried(&mut tried)?;
        }
        let recorded = match next {
            Some((other, recorded)) if other == subscriber => {
                next = next_tried(&mut tried)?;
                recorded
            }
            _ => 0,
        };
        let counted: i64 = row.get(2)?;
        tally.counted += counted;
        tally.recorded += recorded;
        // What was added up was of whole deliveries, of which there may have been more tries since.
        let is_miscounted = if rolled_up > 0 { counted < recorded } else { counted != recorded };
        if is_miscounted {
            if tally.miscounted.many == 0 {
                tally.miscount = (counted, recorded);
            }
            tally.miscounted.note(subscriber);
        }
        let variant: i64 = row.get(4)?;
        if variant != 0 && !variants.contains(&variant) {
            tally.unvaried.note(subscriber);
        }
        let is_waiting: bool = row.get(3)?;
        if is_waiting {
            tally.waiting.note(subscriber);
        }
        // Any other word breaks the CHECK on the column, which the look at the file tells.
        let word = row.text(1).unwrap_or_default();
        if let Some(index) = DeliveryState::ALL.iter().position(|state| state.as_str() == word) {
            tally.by_state[index] += 1;
            match (DeliveryState::ALL[index], is_waiting) {
                (DeliveryState::Queued | DeliveryState::Deferred, false) => tally.forgotten.note(subscriber),
                (DeliveryState::Accepted | DeliveryState::Failed | DeliveryState::Skipped, true) => {
                    tally.revived.note(subscriber);
                }
                _ => {}
            }
        }
        tally.last_subscriber = subscriber;
        tally.deliveries += 1;
        if tally.deliveries.is_multiple_of(STEP) {
            progress(tally.deliveries);
        }
    }
    while let Some((stray, _)) = next {
        tally.stray.note(stray);
        next = next_tried(&mut tried)?;
    }
    Ok(tally)
}

/// The next subscriber with attempts on record, and how many.
fn next_tried(rows: &mut Rows<'_>) -> database::Result<Option<(i64, i64)>> {
    rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// What is wrong with the counts that are kept, and what to do about it.
fn compare_counts(db: &Db, edition: i64, tally: &Tally) -> Result<Option<(String, String)>> {
    let mut query =
        db.prepare_cached("SELECT state, deliveries FROM delivery_counts WHERE edition_id = ?1 ORDER BY 1")?;
    let kept: Vec<(String, i64)> =
        query.query_map([edition], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<database::Result<_>>()?;
    let mut wrong = Vec::new();
    for (state, counted) in DeliveryState::ALL.iter().zip(tally.by_state) {
        let told = kept.iter().find(|(word, _)| word == state.as_str()).map_or(0, |(_, many)| *many);
        if told != counted {
            wrong.push(format!("{told} {state} where {counted} are"));
        }
    }
    let is_state = |word: &str| DeliveryState::ALL.iter().any(|state| state.as_str() == word);
    for (word, told) in kept.iter().filter(|(word, _)| !is_state(word)) {
        wrong.push(format!("{told} {word:?}, which is no state"));
    }
    let to_do = "the deliveries hold: stop griot and correct delivery_counts after them".to_owned();
    Ok((!wrong.is_empty()).then(|| (format!("its account counts {}", wrong.join(", ")), to_do)))
}

/// What is wrong with the rows themselves, and what to do about each.
fn judge(edition: &Known, tally: &Tally) -> Vec<(String, String)> {
    let Known { name, state, frozen_to, is_frozen, .. } = edition;
    let is = |known: EditionState| *state == known.as_str();
    let mut found = Vec::new();
    let mut say = |wrong: String, to_do: String| found.push((wrong, to_do));
    let take_up = format!("`griot edition send-missed {name}` takes them up");
    if tally.deliveries > 0
        && [EditionState::Draft, EditionState::Approved, EditionState::Skipped].map(is).contains(&true)
    {
        say(
            format!("it is {state}, and nobody can have it, but {} there", deliveries(tally.deliveries)),
            "restore a backup".to_owned(),
        );
    }
    if tally.stray.many > 0 {
        say(
            format!(
                "{} lost of which attempts are on record, subscriber {} first",
                deliveries(tally.stray.many),
                tally.stray.first
            ),
            "restore a backup before anything is sent: those readers may have it".to_owned(),
        );
    }
    if tally.unvaried.many > 0 {
        say(
            format!(
                "{} of a variant that it has not, subscriber {} first",
                deliveries(tally.unvaried.many),
                tally.unvaried.first
            ),
            "restore a backup: what those readers chose is not known any more".to_owned(),
        );
    }
    if tally.miscounted.many > 0 {
        let (counted, recorded) = tally.miscount;
        say(
            format!(
                "{} miscounted, subscriber {} first with {counted} attempts where {recorded} are on record",
                deliveries(tally.miscounted.many),
                tally.miscounted.first
            ),
            "stop griot and set their attempts to what is on record".to_owned(),
        );
    }
    if tally.rolled_up > 0 && tally.counted != tally.recorded + tally.rolled_up {
        say(
            format!(
                "its deliveries count {} attempts, and {} are on record and {} added up",
                tally.counted, tally.recorded, tally.rolled_up
            ),
            "restore a backup from before they were added up".to_owned(),
        );
    }
    if tally.revived.many > 0 {
        say(
            format!(
                "{} accepted, failed or skipped and to be sent again, subscriber {} first",
                deliveries(tally.revived.many),
                tally.revived.first
            ),
            format!("`griot edition pause {name}` if it is being sent, then set their next_attempt_at to NULL"),
        );
    }
    if is(EditionState::Sent) && tally.waiting.many > tally.revived.many {
        say(
            format!(
                "it is sent, and {} waiting to be tried still",
                deliveries(tally.waiting.many - tally.revived.many)
            ),
            take_up.clone(),
        );
    }
    // Of a cancelled edition nothing is tried any more.
    if tally.forgotten.many > 0 && !is(EditionState::Cancelled) {
        say(
            format!(
                "{} queued or deferred without a time to be tried, subscriber {} first",
                deliveries(tally.forgotten.many),
                tally.forgotten.first
            ),
            take_up,
        );
    }
    if tally.last_subscriber > *frozen_to {
        say(
            format!(
                "its recipients are frozen up to subscriber {frozen_to}, and subscriber {} has a delivery",
                tally.last_subscriber
            ),
            format!("stop griot and set its frozen_to to {}", tally.last_subscriber),
        );
    }
    if is(EditionState::Sent) && !is_frozen {
        say(
            format!("it is sent, and its recipients behind subscriber {frozen_to} were never frozen"),
            format!("stop griot and set its state to sending; `griot send {name}` goes on then"),
        );
    }
    found
}
