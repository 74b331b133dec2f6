//! How far a new sending address has come with each provider: how much it may be sent today.

use std::collections::BTreeMap;

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Timelike, Utc};

use super::{AttemptOutcome, Claimed, Db, OutcomeRecord, time};
use crate::config::{Delivery, DomainLimit, WarmUp, provider_of, providers};

/// Of so few messages a share says nothing.
const JUDGED_FROM: u32 = 100;
/// One in so many put off is too much.
const DEFERRED_ONE_IN: u32 = 20;
/// One complaint in so many is too much, and a single one never.
const COMPLAINT_ONE_IN: u32 = 1_000;
const COMPLAINTS_OF: TimeDelta = TimeDelta::days(7);

/// One provider on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUpDay {
    pub provider: String,
    pub day: NaiveDate,
    /// Messages it may be sent.
    pub cap: u32,
    /// Messages that were, or are on their way.
    pub claimed: u32,
    /// Tries that it put off.
    pub deferred: u32,
    /// Complaints of its readers within a week, over what it was sent in that time.
    pub complaints: u32,
    pub sent_in_week: u32,
}

/// Why a provider is sent no more today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It had what it may be sent.
    Full,
    /// It puts off more than one in twenty.
    Deferred,
    /// More than one reader in a thousand complained within a week.
    Complaints,
}

impl WarmUpDay {
    /// `None`: it may be sent more.
    pub fn rest(&self) -> Option<Rest> {
        self.trouble().or((self.claimed >= self.cap).then_some(Rest::Full))
    }

    fn trouble(&self) -> Option<Rest> {
        if self.claimed >= JUDGED_FROM && self.deferred.saturating_mul(DEFERRED_ONE_IN) > self.claimed {
            return Some(Rest::Deferred);
        }
        let is_too_much = self.complaints.saturating_mul(COMPLAINT_ONE_IN) > self.sent_in_week;
        (self.complaints > 1 && is_too_much).then_some(Rest::Complaints)
    }

    /// What the provider may be sent on the next day it is sent anything: twice as much after a day that went well and was
    /// used, half as much after one that did not go well.
    pub fn next_cap(&self, plan: &WarmUp) -> u32 {
        match self.trouble() {
            Some(_) => (self.cap / 2).max(plan.first_day.get()),
            None if self.claimed >= self.cap.div_ceil(2) => self.cap.saturating_mul(2),
            None => self.cap,
        }
    }

    /// The provider takes as much as there is.
    pub fn is_over(&self, plan: &WarmUp) -> bool {
        self.cap >= plan.until.get()
    }

    /// Where a provider stood on the last day it was sent anything, or how its first day begins.
    fn latest(db: &Db, plan: &WarmUp, provider: &str, today: NaiveDate) -> Result<Self> {
        let mut query = db.prepare_cached(
            "SELECT day, cap, claimed, deferred FROM warm_up_days WHERE provider = ?1 AND day >= ?2
             ORDER BY day DESC LIMIT 1",
        )?;
        let begun = Self {
            provider: provider.to_owned(),
            day: today,
            cap: plan.first_day.get(),
            claimed: 0,
            deferred: 0,
            complaints: 0,
            sent_in_week: 0,
        };
        let latest = query.query_row((provider, number(plan.begins)), |row| {
            Ok(Self {
                day: NaiveDate::default() + TimeDelta::days(row.get(0)?),
                cap: row.get(1)?,
                claimed: row.get(2)?,
                deferred: row.get(3)?,
                ..begun.clone()
            })
        });
        Ok(latest.optional().context("reading how far the warm-up has come")?.unwrap_or(begun))
    }

    fn save(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO warm_up_days (provider, day, cap, claimed, deferred) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (provider, day) DO UPDATE SET claimed = excluded.claimed, deferred = excluded.deferred",
        )?
        .execute((&self.provider, number(self.day), self.cap, self.claimed, self.deferred))
        .context("writing down how far the warm-up has come")?;
        Ok(())
    }
}

/// A warm-up within one transaction: what may be claimed today, and what became of what was.
#[derive(Debug)]
pub struct Warming<'a> {
    plan: WarmUp,
    limits: &'a [DomainLimit],
    now: DateTime<Utc>,
    days: BTreeMap<&'a str, WarmUpDay>,
}

impl<'a> Warming<'a> {
    /// `None` where nothing is held: there is no plan, or it has not begun.
    pub fn load(db: &Db, delivery: &'a Delivery, now: DateTime<Utc>) -> Result<Option<Self>> {
        let today = now.date_naive();
        let Some(plan) = delivery.warm_up.filter(|plan| plan.begins <= today) else { return Ok(None) };
        let limits = &delivery.domains;
        let complaints = complaints(db, limits, now - COMPLAINTS_OF)?;
        let mut days = BTreeMap::new();
        for provider in providers(limits) {
            let mut day = WarmUpDay::latest(db, &plan, provider, today)?;
            day.complaints = complaints.get(provider).copied().unwrap_or_default();
            day.sent_in_week = db
                .prepare_cached("SELECT coalesce(sum(claimed), 0) FROM warm_up_days WHERE provider = ?1 AND day > ?2")?
                .query_row((provider, number((now - COMPLAINTS_OF).date_naive())), |row| row.get(0))?;
            if day.day < today {
                day = WarmUpDay { cap: day.next_cap(&plan), day: today, claimed: 0, deferred: 0, ..day };
            }
            days.insert(provider, day);
        }
        Ok(Some(Self { plan, limits, now, days }))
    }

    /// How each provider stands today.
    pub fn days(&self) -> impl Iterator<Item = &WarmUpDay> {
        self.days.values()
    }

    pub fn plan(&self) -> &WarmUp {
        &self.plan
    }

    /// Whether one more message may go to a domain today. One that may is counted.
    pub fn claim(&mut self, domain: &str) -> bool {
        let plan = self.plan;
        self.change(domain, |day| {
            let may = day.is_over(&plan) || day.rest().is_none();
            day.claimed += u32::from(may);
            may
        })
    }

    /// The hour of tomorrow at which what is too much for today may go.
    pub fn tomorrow(&self) -> DateTime<Utc> {
        let hour = self.now.with_minute(0).and_then(|time| time.with_second(0)).unwrap_or(self.now);
        hour + Days::new(1)
    }

    /// Counts what a provider put off, and what never left after all.
    pub fn note(&mut self, records: &[OutcomeRecord], returned: &[(Claimed, DateTime<Utc>)]) {
        for record in records.iter().filter(|record| record.outcome == AttemptOutcome::Deferred) {
            self.change(&record.domain, |day| day.deferred += 1);
        }
        for (delivery, _) in returned {
            self.change(delivery.email.domain(), |day| day.claimed = day.claimed.saturating_sub(1));
        }
    }

    fn change<T: Default>(&mut self, domain: &str, change: impl FnOnce(&mut WarmUpDay) -> T) -> T {
        let provider = provider_of(domain, self.limits);
        self.days.get_mut(provider).map(change).unwrap_or_default()
    }

    /// Writes down the days on which something was sent.
    pub fn save(&self, db: &Db) -> Result<()> {
        self.days.values().filter(|day| day.claimed > 0).try_for_each(|day| day.save(db))
    }
}

/// How many readers of each provider complained since.
fn complaints<'a>(db: &Db, limits: &'a [DomainLimit], since: DateTime<Utc>) -> Result<BTreeMap<&'a str, u32>> {
    let mut query = db.prepare_cached(
        "SELECT domain, count(*) FROM feedback WHERE class = 'complaint' AND received_at > ?1 GROUP BY domain",
    )?;
    let mut found = BTreeMap::new();
    let rows = query.query_map([time::seconds(since)], |row| Ok((row.get::<String>(0)?, row.get::<u32>(1)?)))?;
    for row in rows {
        let (domain, complaints) = row.context("reading complaints")?;
        *found.entry(provider_of(&domain, limits)).or_default() += complaints;
    }
    Ok(found)
}

/// Days since 1970-01-01.
fn number(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn delivery() -> Delivery {
        let plan = "begins = \"2026-12-01\"\nfirst_day = 100\nuntil = 400";
        Delivery { warm_up: Some(toml::from_str(plan).unwrap()), ..Delivery::default() }
    }

    fn at(day: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap().and_hms_opt(8, 30, 0).unwrap().and_utc()
    }

    /// How many of `wanted` messages may go to Gmail on a day.
    fn send(store: &Store, day: u32, wanted: u32) -> u32 {
        let policy = delivery();
        store
            .write(|db| {
                let mut warming = Warming::load(db, &policy, at(day))?.unwrap();
                let gone = (0..wanted).filter(|_| warming.claim("googlemail.com")).count();
                warming.save(db)?;
                Ok(gone as u32)
            })
            .unwrap()
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        (dir, store)
    }

    #[test]
    fn p_doubles_after_a_day_that_was_used_and_is_over_at_the_end() {
        let (_dir, store) = store();
        let policy = delivery();
        assert!(store.read(|db| Ok(Warming::load(db, &policy, at(1) - TimeDelta::days(1))?.is_none())).unwrap());
        assert_eq!(send(&store, 1, 70), 70);
        assert_eq!(send(&store, 1, 70), 30, "across transactions");
        assert_eq!(send(&store, 2, 20), 20);
        assert_eq!(send(&store, 3, 1_000), 200, "a day that was not used teaches nothing");
        assert_eq!(send(&store, 9, 1_000), 1_000);
    }

    #[test]
    fn p_stops_where_one_in_twenty_is_put_off_and_halves() {
        let (_dir, store) = store();
        let policy = delivery();
        send(&store, 1, 100);
        assert_eq!(send(&store, 2, 120), 120);
        let put_off = |many: usize| {
            let record = OutcomeRecord {
                edition: crate::store::EditionId(1),
                subscriber: crate::store::SubscriberId(1),
                domain: "gmail.com".into(),
                number: 1,
                outcome: AttemptOutcome::Deferred,
                code: 451,
                enhanced: "4.7.28".into(),
                reply: String::new(),
                is_to_rcpt: true,
                finished_at: at(2),
                next_attempt_at: None,
            };
            store
                .write(|db| {
                    let mut warming = Warming::load(db, &policy, at(2))?.unwrap();
                    warming.note(&vec![record; many], &[]);
                    warming.save(db)
                })
                .unwrap();
        };
        put_off(6);
        assert_eq!(send(&store, 2, 20), 20, "6 of 120 are one in twenty, and not more");
        put_off(2);
        assert_eq!(send(&store, 2, 20), 0, "8 of 140 are");
        assert_eq!(send(&store, 3, 1_000), 100);
    }

    #[test]
    fn p_stops_above_one_complaint_in_a_thousand() {
        let (_dir, store) = store();
        let complain = || {
            let add = "INSERT INTO feedback (class, reason, domain, source, action, received_at)
                       VALUES ('complaint', 'feedback', 'gmail.com', 'lmtp', 'end', ?1)";
            store.write(|db| Ok(db.execute(add, [time::seconds(at(1))])?)).unwrap();
        };
        assert_eq!(send(&store, 1, 50), 50);
        complain();
        assert_eq!(send(&store, 1, 10), 10, "a single one says nothing");
        complain();
        assert_eq!(send(&store, 1, 10), 0);
        let policy = delivery();
        let rest = |provider: &str| {
            store
                .read(|db| {
                    let warming = Warming::load(db, &policy, at(1))?.unwrap();
                    Ok(warming.days().find(|day| day.provider == provider).unwrap().rest())
                })
                .unwrap()
        };
        assert_eq!((rest("gmail.com"), rest("outlook.com")), (Some(Rest::Complaints), None));
    }
}
