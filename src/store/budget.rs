//! Rates that the nodes of a store keep to together: each is a budget, and a node draws what it is about to send.
//!
//! The generic cell rate algorithm (ITU-T I.371, annex A): of each rate it is known up to which moment it is drawn. A grant begins
//! there, or now where that is past, and moves it on by the time that its messages take at the rate. So what nobody drew in time is
//! nobody's, nodes with much to send have what the others leave, and no node needs to know how many there are. Times are the
//! database's own, so that no clock of a node matters.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Db;
use super::database::OptionalRow;

/// A rate of all nodes together.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    name: String,
    /// Messages a second, more than 0.
    per_second: f64,
}

/// What came of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    Granted(Grant),
    /// So much is drawn already; nothing is granted before so long from now.
    NotWithin(Duration),
}

/// Messages that may go, one after the other at the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub messages: u32,
    /// The first one may go so long from now.
    pub begins_in: Duration,
}

/// Microseconds since 1970, by the database's clock, and not by when the transaction began.
fn now(db: &Db) -> &'static str {
    db.pick(
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    )
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

impl Budget {
    /// Nothing is granted where so much is drawn ahead: what one node keeps for later the others lack now.
    const AHEAD: Duration = Duration::from_secs(1);

    /// `per_second`: messages, more than 0.
    pub fn new(name: impl Into<String>, per_second: f64) -> Self {
        Self { name: name.into(), per_second }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn per_second(&self) -> f64 {
        self.per_second
    }

    /// The time from one message to the next.
    pub fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.per_second)
    }

    /// As many as are asked for, or none. They are drawn when the transaction comes about; until it has ended nobody else
    /// draws of this rate, so it is to be the last thing that the transaction does.
    pub fn draw(&self, db: &Db, messages: u32) -> Result<Drawn> {
        let now = now(db);
        let cost = micros(self.interval().mul_f64(f64::from(messages)));
        let ahead = micros(Self::AHEAD);
        // No draw comes to this at the rate: it was another rate, or the database's clock was set back.
        let absurd = 2 * (ahead + micros(self.interval()).max(cost));
        let mut draw = db.prepare_cached(&format!(
            "INSERT INTO rates (name, drawn_to) VALUES (?1, {now} + ?2)
             ON CONFLICT (name) DO UPDATE
             SET drawn_to = CASE WHEN rates.drawn_to > {now} + ?4 THEN {now} ELSE max(rates.drawn_to, {now}) END + ?2
             WHERE rates.drawn_to <= {now} + ?3 OR rates.drawn_to > {now} + ?4
             RETURNING drawn_to - ?2 - {now}"
        ))?;
        let begins_in = draw
            .query_row((&self.name, cost, ahead, absurd), |row| row.get::<i64>(0))
            .optional()
            .with_context(|| format!("drawing from the rate of {}", self.name))?;
        if let Some(begins_in) = begins_in {
            // A moment has passed since it was written.
            let begins_in = Duration::from_micros(begins_in.max(0).unsigned_abs());
            return Ok(Drawn::Granted(Grant { messages, begins_in }));
        }
        let mut look = db.prepare_cached(&format!("SELECT drawn_to - ?2 - {now} FROM rates WHERE name = ?1"))?;
        let again_in: i64 = look
            .query_row((&self.name, ahead), |row| row.get(0))
            .with_context(|| format!("reading how far the rate of {} is drawn", self.name))?;
        Ok(Drawn::NotWithin(Duration::from_micros(again_in.max(0).unsigned_abs())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use anyhow::bail;

    use super::*;
    use crate::store::{Beside, Store, testing};

    /// Longer than anything here takes.
    const SLACK: Duration = Duration::from_millis(400);

    fn draw(store: &Store, budget: &Budget, messages: u32) -> Drawn {
        store.write_beside(Beside::Ledger, |db| budget.draw(db, messages)).unwrap()
    }

    #[track_caller]
    fn begins_in(drawn: Drawn) -> Duration {
        match drawn {
            Drawn::Granted(grant) => grant.begins_in,
            Drawn::NotWithin(time) => panic!("nothing within {time:?}"),
        }
    }

    #[track_caller]
    fn is_about(time: Duration, expected: Duration) {
        assert!(time <= expected && time + SLACK > expected, "{time:?} instead of {expected:?}");
    }

    /// As if so long had passed.
    fn pass(store: &Store, time: Duration) {
        let time = micros(time);
        store.write(|db| Ok(db.execute("UPDATE rates SET drawn_to = drawn_to - ?1", [time])?)).unwrap();
    }

    #[test]
    fn grants_begin_one_behind_the_other_and_no_more_than_a_second_ahead() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let (one, other) = (Budget::new("one", 10.0), Budget::new("other", 10.0));
        assert_eq!(draw(&store, &one, 5), Drawn::Granted(Grant { messages: 5, begins_in: Duration::ZERO }));
        is_about(begins_in(draw(&store, &one, 5)), Duration::from_millis(500));
        is_about(begins_in(draw(&store, &one, 9)), Duration::from_secs(1));
        match draw(&store, &one, 5) {
            Drawn::NotWithin(time) => is_about(time, Duration::from_millis(900)),
            granted => panic!("{granted:?}"),
        }
        assert_eq!(begins_in(draw(&store, &other, 5)), Duration::ZERO);
        pass(&store, Duration::from_secs(1));
        is_about(begins_in(draw(&store, &one, 1)), Duration::from_millis(900));
    }

    #[test]
    fn an_idle_hour_is_nobody_s() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let budget = Budget::new("one", 10.0);
        draw(&store, &budget, 5);
        pass(&store, Duration::from_secs(3600));
        assert_eq!(begins_in(draw(&store, &budget, 8)), Duration::ZERO);
        is_about(begins_in(draw(&store, &budget, 1)), Duration::from_millis(800));
    }

    #[test]
    fn slow_rates_grant_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let budget = Budget::new("30 a minute", 0.5);
        assert_eq!(begins_in(draw(&store, &budget, 1)), Duration::ZERO);
        match draw(&store, &budget, 1) {
            Drawn::NotWithin(time) => is_about(time, Duration::from_secs(1)),
            granted => panic!("{granted:?}"),
        }
        pass(&store, Duration::from_secs(1));
        is_about(begins_in(draw(&store, &budget, 1)), Duration::from_secs(1));
    }

    #[test]
    fn what_was_drawn_at_a_slower_rate_or_by_a_clock_that_was_set_back_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        draw(&store, &Budget::new("one", 1.0 / 86_400.0), 1);
        assert_eq!(begins_in(draw(&store, &Budget::new("one", 10.0), 5)), Duration::ZERO);
        is_about(begins_in(draw(&store, &Budget::new("one", 10.0), 5)), Duration::from_millis(500));
    }

    #[test]
    fn a_draw_goes_back_with_its_transaction() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let budget = Budget::new("one", 10.0);
        let failed: Result<()> = store.write_beside(Beside::Ledger, |db| {
            budget.draw(db, 10)?;
            bail!("changed my mind")
        });
        failed.unwrap_err();
        assert_eq!(begins_in(draw(&store, &budget, 10)), Duration::ZERO);
    }

    #[test]
    fn many_who_draw_at_once_have_no_more_together() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let budget = Budget::new("one", 200.0);
        let begun = Instant::now();
        let until_refused = || {
            let mut granted = 0;
            while let Drawn::Granted(grant) = draw(&store, &budget, 10) {
                granted += grant.messages;
            }
            granted
        };
        let granted: u32 = std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..4).map(|_| scope.spawn(until_refused)).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        });
        // A second ahead, the time it took, and one draw.
        let most = 200.0 * (1.0 + begun.elapsed().as_secs_f64()) + 10.0;
        assert!(granted >= 200 && f64::from(granted) <= most, "{granted} of {most}");
    }
}
