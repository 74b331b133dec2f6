//! Taking over readers from another program: who reads on, who has left, and who is never mailed, all in one transaction.
//!
//! In whatever order the rows come, who left stays away: a row that says so ends what an import had made, and no row that
//! says otherwise brings it back (`ties.rs`).

mod ties;

use std::collections::{HashMap, HashSet};

use crate::store::database::{self, OptionalRow};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::consent::version_of;
use super::import::Gate;
use super::subscription_day::Turn;
use super::{
    Arrival, Consent, Db, NewsletterNumber, Refusal, Standing, SubscriberId, Suppressed, Suppression,
    SuppressionChange, newsletter_number, time,
};

/// New readers that are added in one statement.
const BATCH: usize = 5_000;

/// A reader and what they are to get.
#[derive(Clone, Debug)]
pub struct Placed {
    pub arrival: Arrival,
    /// Places in the list of newsletters that [`MoveIn::begin`] was given.
    pub newsletters: Vec<usize>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub line: u64,
    pub became: Became,
    /// The same for each newsletter, by its place in the list.
    pub by_newsletter: Vec<(usize, Became)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    Added,
    Updated,
    Unchanged,
    /// Nothing changes, in spite of what the row says.
    Stays(&'static str),
    /// Left: they had a subscription, or now have one that has ended.
    Ended,
    /// Never mailed from now on.
    Suppressed,
    Refused(Refusal),
}

/// The transaction in which everybody moves in.
pub struct MoveIn<'a> {
    db: &'a Db,
    now: DateTime<Utc>,
    /// With the number of each that has one, or got one here.
    newsletters: Vec<(Option<NewsletterNumber>, String)>,
    gate: Gate,
    /// Versions of the words of consent.
    wordings: HashMap<String, i64>,
    /// Confirmed subscriptions that came and went, by the newsletter's place.
    joined: Vec<u64>,
    left: Vec<u64>,
}

/// What is known of a row's address already.
struct Known {
    id: SubscriberId,
    name: String,
    timezone: String,
    language: String,
}

/// New readers that wait to be added together.
#[derive(Default)]
struct Batch<'p> {
    rows: Vec<&'p Placed>,
    keys: HashSet<String>,
}

impl<'a> MoveIn<'a> {
    /// Begins with the newsletters that somebody may come to.
    pub fn begin(db: &'a Db, newsletters: &[String], now: DateTime<Utc>) -> Result<Self> {
        let newsletters: Vec<_> = newsletters.iter().map(|id| (None, id.clone())).collect();
        let (joined, left) = (vec![0; newsletters.len()], vec![0; newsletters.len()]);
        Ok(Self { db, now, newsletters, gate: Gate::new(db, now)?, wordings: HashMap::new(), joined, left })
    }

    /// Takes these rows, and tells what became of each, in their order after this.
    ///
    /// They are sorted first, except where the order of the file is to be kept: in the order of the index a million cost a
    /// fifth of the time.
    pub fn take(&mut self, rows: &mut [Placed]) -> Result<Vec<Outcome>> {
        if rows.iter().any(|row| row.arrival.kept.is_none()) {
            rows.sort_by_cached_key(|row| (row.arrival.email.key(), row.arrival.line));
        }
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut batch = Batch::default();
        for row in rows.iter() {
            let key = row.arrival.email.key();
            if batch.rows.len() == BATCH || batch.keys.contains(&key) {
                self.add(&mut batch)?;
            }
            let line = row.arrival.line;
            let (became, by_newsletter) =
                self.take_one(row, key, &mut batch).with_context(|| format!("line {line}"))?;
            outcomes.push(Outcome { line, became, by_newsletter });
        }
        self.add(&mut batch)?;
        Ok(outcomes)
    }

    /// Counts who came and who went.
    pub fn finish(self) -> Result<()> {
        for (place, (number, _)) in self.newsletters.iter().enumerate() {
            let Some(number) = *number else { continue };
            Turn::Joined.count(self.db, number, self.joined[place], self.now)?;
            Turn::Left.count(self.db, number, self.left[place], self.now)?;
        }
        Ok(())
    }

    fn take_one<'p>(
        &mut self,
        row: &'p Placed,
        key: String,
        batch: &mut Batch<'p>,
    ) -> Result<(Became, Vec<(usize, Became)>)> {
        let arrival = &row.arrival;
        let for_all = |became: Became| {
            let each = row.newsletters.iter().map(|place| (*place, became.clone())).collect();
            (became, each)
        };
        if self.gate.is_erased(self.db, &arrival.email)? {
            return Ok(for_all(Became::Refused(Refusal::Erased)));
        }
        if let Standing::Cleaned { at, reason } | Standing::Complained { at, reason } = &arrival.standing {
            return Ok(for_all(self.suppress(arrival, *at, reason)?));
        }
        let is_live = matches!(arrival.standing, Standing::Subscribed | Standing::Pending);
        // What griot itself exported is what it was, and a suppression keeps the mail away as it did there.
        if is_live
            && arrival.kept.is_none()
            && let Some(reason) = self.gate.suppression(self.db, &arrival.email)?
        {
            return Ok(for_all(Became::Refused(Refusal::Suppressed(reason))));
        }
        let Some(known) = self.known(arrival)? else {
            batch.rows.push(row);
            batch.keys.insert(key);
            return Ok(for_all(if is_live { Became::Added } else { Became::Ended }));
        };
        let mut each = Vec::with_capacity(row.newsletters.len());
        for place in &row.newsletters {
            each.push((*place, self.tie(known.id, *place, arrival)?));
        }
        let taken: Vec<usize> =
            each.iter().filter(|(_, became)| !matches!(became, Became::Refused(_))).map(|(place, _)| *place).collect();
        let mut is_told = false;
        if !taken.is_empty() {
            is_told = self.agreed(known.id, &taken, arrival)?;
            is_told |= is_live && self.describe(&known, arrival)?;
        }
        if is_told {
            for (_, became) in &mut each {
                if *became == Became::Unchanged {
                    *became = Became::Updated;
                }
            }
        }
        let became = each.iter().map(|(_, became)| became).min_by_key(|became| became.rank()).cloned();
        Ok((became.unwrap_or(Became::Unchanged), each))
    }

    fn number(&mut self, place: usize) -> Result<NewsletterNumber> {
        let (number, id) = &mut self.newsletters[place];
        match number {
            Some(number) => Ok(*number),
            None => Ok(*number.insert(newsletter_number(self.db, id)?)),
        }
    }

    fn known(&self, arrival: &Arrival) -> Result<Option<Known>> {
        let mut find =
            self.db.prepare_cached("SELECT id, name, timezone, language FROM subscribers WHERE email = ?1")?;
        let known = find.query_row([arrival.email.as_str()], |row| {
            Ok(Known { id: SubscriberId(row.get(0)?), name: row.get(1)?, timezone: row.get(2)?, language: row.get(3)? })
        });
        Ok(known.optional()?)
    }

    /// Adds the readers of a batch, all in one statement: what is found by their words is then written once for all.
    fn add(&mut self, batch: &mut Batch<'_>) -> Result<()> {
        batch.keys.clear();
        let rows = std::mem::take(&mut batch.rows);
        let Some(first) = rows.first() else { return Ok(()) };
        let line = first.arrival.line;
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let Arrival { email, name, timezone, language, kept, .. } = &row.arrival;
                let since = kept.as_ref().and_then(|kept| kept.known_since).unwrap_or(self.now).min(self.now);
                (email.as_str(), name, time::seconds(since), timezone.map_or("", |zone| zone.name()), language)
            })
            .collect();
        let told = serde_json::to_string(&told)?;
        let add = || -> Result<Vec<i64>> {
            let last: i64 = self
                .db
                .prepare_cached("SELECT coalesce(max(id), 0) FROM subscribers")?
                .query_row([], |row| row.get(0))?;
            self.db
                .prepare_cached(
                    "INSERT INTO subscribers (email, name, created_at, timezone, language)
                     SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT), value ->> 3, value ->> 4 FROM json_each(?1)",
                )?
                .execute([&told])?;
            let mut ids = self.db.prepare_cached("SELECT id FROM subscribers WHERE id > ?1 ORDER BY id")?;
            let ids = ids.query_map([last], |row| row.get(0))?.collect::<database::Result<_>>()?;
            Ok(ids)
        };
        let ids = add().with_context(|| format!("line {line}, or one soon after it"))?;
        for (row, id) in rows.iter().zip(ids) {
            for place in &row.newsletters {
                self.insert(SubscriberId(id), *place, &row.arrival)?;
            }
            self.agreed(SubscriberId(id), &row.newsletters, &row.arrival)?;
        }
        Ok(())
    }

    fn suppress(&mut self, arrival: &Arrival, at: Option<DateTime<Utc>>, reason: &str) -> Result<Became> {
        if let Some(removed_at) = SuppressionChange::removed_at(self.db, &arrival.email)?
            && at.is_none_or(|at| at < removed_at)
        {
            return Ok(Became::Stays("was let be mailed again here"));
        }
        let created_at = at.unwrap_or(self.now).min(self.now);
        let who = Suppressed::from(&arrival.email);
        let is_new = Suppression { who, reason: reason.to_owned(), created_at }.add(self.db)?;
        self.gate.note_suppression();
        Ok(if is_new { Became::Suppressed } else { Became::Unchanged })
    }

    /// Keeps the evidence of consent; `false` where there is nothing new.
    fn agreed(&mut self, reader: SubscriberId, places: &[usize], arrival: &Arrival) -> Result<bool> {
        let evidence = &arrival.evidence;
        if evidence.wording.is_empty() || places.is_empty() {
            return Ok(false);
        }
        let wording = match self.wordings.get(&*evidence.wording) {
            Some(version) => *version,
            None => {
                let version = version_of(self.db, &evidence.wording, self.now)?;
                self.wordings.insert(evidence.wording.to_string(), version);
                version
            }
        };
        let newsletters: Vec<&str> = places.iter().map(|place| self.newsletters[*place].1.as_str()).collect();
        Consent::take_over(self.db, reader, &newsletters, evidence, wording, self.now)
    }

    /// Brings name, time zone and language to what the row says; `false` where that is nothing new.
    fn describe(&self, known: &Known, arrival: &Arrival) -> Result<bool> {
        let zone = arrival.timezone.map_or("", |zone| zone.name());
        let has_it = |told: &str, known: &str| told.is_empty() || told == known;
        if has_it(&arrival.name, &known.name)
            && has_it(zone, &known.timezone)
            && has_it(&arrival.language, &known.language)
        {
            return Ok(false);
        }
        self.db
            .prepare_cached(
                "UPDATE subscribers SET name = coalesce(nullif(?2, ''), name),
                                        timezone = coalesce(nullif(?3, ''), timezone),
                                        language = coalesce(nullif(?4, ''), language) WHERE id = ?1",
            )?
            .execute((known.id.0, &arrival.name, zone, &arrival.language))?;
        Ok(true)
    }
}

impl std::fmt::Debug for MoveIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MoveIn").field("newsletters", &self.newsletters).finish_non_exhaustive()
    }
}

impl Became {
    /// Of several newsletters the most that happened is what became of the row.
    fn rank(&self) -> u8 {
        match self {
            Self::Added => 0,
            Self::Ended => 1,
            Self::Suppressed => 2,
            Self::Updated => 3,
            Self::Stays(_) => 4,
            Self::Unchanged => 5,
            Self::Refused(_) => 6,
        }
    }
}
