use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep};

use super::Tally;
use super::sorter::{Sorter, acceptances};
use crate::publishing::Press;
use crate::store::{StoryId, record_clicks_of_stories, stories_followed_since, stories_of_links};

/// From one write to the next. With the write itself this is what a kill costs.
const ROUND: Duration = Duration::from_millis(400);
/// After a write that failed.
const BACKOFF: Duration = Duration::from_secs(2);
/// From one look for editions that went out to the next, by whose links then nobody waits for the store; a second look takes in
/// what was not committed at the first.
const LOOK_AHEAD: Duration = Duration::from_secs(10);
const LOOK_BACK: TimeDelta = TimeDelta::minutes(2);
/// From one line in the log about the same trouble to the next.
const TELL: Duration = Duration::from_secs(60);
/// From one reading of a story's clicks to the next.
const READING: TimeDelta = TimeDelta::minutes(5);
/// A process that was killed may have left out the readings of so long; only editions of the last weeks are followed
/// much.
const CAUGHT_UP: TimeDelta = TimeDelta::hours(2);
const CAUGHT_UP_EDITIONS: TimeDelta = TimeDelta::days(60);

/// Writes down what the tally counted.
#[derive(Debug)]
pub struct Writer {
    press: Press,
    tally: Tally,
    sorter: Sorter,
    readings: Readings,
    looked_ahead: Option<(Instant, DateTime<Utc>)>,
    told_at: Option<Instant>,
}

/// Which stories' readings are behind, and when each was written last.
#[derive(Debug, Default)]
struct Readings {
    behind: HashSet<StoryId>,
    written_at: HashMap<StoryId, DateTime<Utc>>,
    has_caught_up: bool,
}

impl Writer {
    pub(super) fn new(press: Press, tally: Tally) -> Self {
        Self {
            press,
            tally,
            sorter: Sorter::default(),
            readings: Readings::default(),
            looked_ahead: None,
            told_at: None,
        }
    }

    /// Writes twice a second until `end` is ready, and then what is left.
    pub async fn run(mut self, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        let mut pause = ROUND;
        loop {
            let is_over = tokio::select! {
                () = &mut end => true,
                () = sleep(pause) => false,
            };
            let outcome;
            // Where it may block. A panic in it would be a bug, and ends the counting, not the pages.
            (self, outcome) = match tokio::task::spawn_blocking(move || self.write(is_over)).await {
                Ok(written) => written,
                Err(error) => return tracing::error!("clicks are counted no more; this is a bug: {error}"),
            };
            pause = if outcome.is_ok() { ROUND } else { BACKOFF };
            self.tell(outcome);
            if is_over {
                return;
            }
        }
    }

    fn write(mut self, is_over: bool) -> (Self, Result<()>) {
        let outcome = self.try_write(is_over);
        (self, outcome)
    }

    fn look_ahead(&mut self) -> Result<()> {
        let since = match self.looked_ahead {
            Some((at, _)) if at.elapsed() < LOOK_AHEAD => return Ok(()),
            Some((_, last)) => last - LOOK_BACK,
            None => DateTime::UNIX_EPOCH,
        };
        let now = self.press.now();
        self.tally.look_ahead(since)?;
        self.looked_ahead = Some((Instant::now(), now));
        Ok(())
    }

    /// Whatever fails, nothing that was counted is dropped.
    fn try_write(&mut self, is_over: bool) -> Result<()> {
        if !is_over {
            self.look_ahead()?;
        }
        let Self { press, tally, sorter, readings, .. } = self;
        let now = press.now();
        let events = tally.take();
        if !events.is_empty() {
            match acceptances(press, &events) {
                Ok(accepted) => sorter.sort(events, &accepted),
                Err(error) => {
                    tally.put_back(events);
                    return Err(error);
                }
            }
        }
        sorter.forget(now.timestamp_millis());
        tally.lose(std::mem::take(&mut sorter.lost));
        if !readings.has_caught_up {
            let followed = |db: &_| stories_followed_since(db, now - CAUGHT_UP, now - CAUGHT_UP_EDITIONS);
            readings.behind.extend(press.store().read(followed)?);
            readings.has_caught_up = true;
        }
        let due = readings.due(now, is_over);
        if sorter.counted.is_empty() && due.is_empty() {
            return Ok(());
        }
        let config = press.config();
        let opens_of: Vec<&str> =
            config.newsletters.iter().filter(|one| one.opens).map(|one| one.id.as_str()).collect();
        let followed = press.store().write(|db| {
            sorter.counted.record(db, &opens_of)?;
            let followed = stories_of_links(db, sorter.links())?;
            // At the end what was followed just now is due as well.
            let last = if is_over { followed.as_slice() } else { &[] };
            record_clicks_of_stories(db, &[due.as_slice(), last].concat(), now)?;
            Ok(followed)
        })?;
        let links = sorter.counted.links.values();
        let (readers, scanners) = links.fold((0, 0), |sum, link| (sum.0 + link.readers, sum.1 + link.scanners));
        press.vitals().clicked(readers, scanners);
        sorter.counted = Default::default();
        readings.written(&due, now);
        if !is_over {
            readings.behind.extend(followed);
        }
        Ok(())
    }

    /// Logged here, where it is handled, and not at every try.
    fn tell(&mut self, outcome: Result<()>) {
        let now = Instant::now();
        if self.told_at.is_some_and(|at| now - at < TELL) {
            return;
        }
        let lost = self.tally.lost();
        if let Err(error) = &outcome {
            tracing::error!("clicks can't be written down; they are kept in memory and tried again: {error:#}");
        }
        if lost > 0 {
            tracing::error!(lost, "more was followed than could be kept in memory until the store takes it");
        }
        self.told_at = (outcome.is_err() || lost > 0).then_some(now);
    }
}

impl Readings {
    /// Those that are behind and were written some minutes ago; all that are behind, at the end.
    fn due(&self, now: DateTime<Utc>, is_over: bool) -> Vec<StoryId> {
        let is_due = |story: &StoryId| is_over || self.written_at.get(story).is_none_or(|at| now - *at >= READING);
        self.behind.iter().copied().filter(is_due).collect()
    }

    fn written(&mut self, stories: &[StoryId], now: DateTime<Utc>) {
        for story in stories {
            self.behind.remove(story);
            self.written_at.insert(*story, now);
        }
        // Older ones hold nothing up any more.
        self.written_at.retain(|_, at| now - *at < READING);
    }
}
