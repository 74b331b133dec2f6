use std::collections::VecDeque;
use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tokio::task::JoinHandle;

use super::edition::account;
use crate::publishing::Press;
use crate::saying::number::{grouped, rate, span};
use crate::store::{DeliveryCounts, Edition, Store};

/// How often it looks, and draws.
const ROUND: Duration = Duration::from_millis(200);
/// The speed is that of so long a time: steady enough to be read.
const LATELY: Duration = Duration::from_secs(4);

/// How far an edition is, on stderr where that is a terminal: two lines, each no wider than it is.
///
/// It reads the store, so it shows whoever does the sending.
pub struct Progress {
    bar: ProgressBar,
    task: JoinHandle<()>,
}

/// What stands beside the bar and below it, changed as one, so that no line shows an older moment than the other.
#[derive(Debug, Default)]
struct Shown {
    beside: String,
    below: String,
}

impl Progress {
    pub fn begin(press: &Press, edition: &Edition) -> Self {
        let bar = if stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let shown = Arc::new(Mutex::new(Shown::default()));
        bar.set_style(style(&edition.name.to_string(), &shown));
        let (press, id, drawn) = (press.clone(), edition.id, bar.clone());
        let task = tokio::spawn(async move {
            let mut pace = Pace::default();
            while !drawn.is_hidden() {
                let load = move |store: &Store| store.read(|db| DeliveryCounts::load(db, id));
                // Until its recipients have begun to be frozen there is nothing to show.
                if let Ok(counts) = press.store().blocking(load).await
                    && counts.recipients > 0
                {
                    let tried = tried(&counts);
                    let per_second = pace.note(Instant::now(), tried);
                    *shown.lock().unwrap_or_else(PoisonError::into_inner) =
                        Shown { beside: beside(&counts, per_second), below: account(&counts) };
                    drawn.update(|state| {
                        state.set_len(counts.recipients);
                        state.set_pos(tried);
                    });
                }
                tokio::time::sleep(ROUND).await;
            }
        });
        Self { bar, task }
    }

    pub fn end(self) {
        self.task.abort();
        self.bar.finish_and_clear();
    }
}

fn style(name: &str, shown: &Arc<Mutex<Shown>>) -> ProgressStyle {
    let key = |part: fn(&Shown) -> &String| {
        let shown = Arc::clone(shown);
        move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            // Writing to a line in memory can't fail.
            let _ = out.write_str(part(&shown));
        }
    };
    let template = format!("{name} {{wide_bar}} {{beside}}\n{{below}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style
        .progress_chars("━╸─")
        .with_key("beside", key(|shown| &shown.beside))
        .with_key("below", key(|shown| &shown.below))
}

/// Deliveries that had their turn, whatever came of it.
fn tried(counts: &DeliveryCounts) -> u64 {
    counts.recipients - counts.queued - counts.sending
}

/// `62,340 of 100,000 · 5,195/s · 7 s left`, as wide from the first time on, so that the bar does not shake.
fn beside(counts: &DeliveryCounts, per_second: Option<f64>) -> String {
    let all = grouped(counts.recipients);
    let tried = tried(counts);
    let speed = per_second.map_or_else(String::new, |per_second| format!("{}/s", rate(per_second)));
    let left = match per_second {
        Some(per_second) if per_second > 0.0 => {
            format!("{} left", span(((counts.recipients - tried) as f64 / per_second).ceil() as u64))
        }
        _ => String::new(),
    };
    format!("{:>width$} of {all} {speed:>8} {left:>15}", grouped(tried), width = all.len())
}

/// The speed by the last few looks.
#[derive(Debug, Default)]
struct Pace(VecDeque<(Instant, u64)>);

impl Pace {
    /// Deliveries a second; `None` before a second of it was seen.
    fn note(&mut self, now: Instant, tried: u64) -> Option<f64> {
        self.0.push_back((now, tried));
        while self.0.len() > 2 && self.0.front().is_some_and(|(at, _)| now.duration_since(*at) > LATELY) {
            self.0.pop_front();
        }
        let (since, before) = *self.0.front()?;
        let seconds = now.duration_since(since).as_secs_f64();
        (seconds >= 1.0).then(|| tried.saturating_sub(before) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_the_bar_leaves_it_room_and_keeps_its_width() {
        let counts = |queued| DeliveryCounts { recipients: 100_000, queued, ..DeliveryCounts::default() };
        let early = beside(&counts(99_990), None);
        let later = beside(&counts(37_660), Some(5_195.2));
        let slow = beside(&counts(10), Some(0.1));
        assert_eq!(early, "     10 of 100,000                         ");
        assert_eq!(later, " 62,340 of 100,000  5,195/s        8 s left");
        assert_eq!(slow, " 99,990 of 100,000    0.1/s 1 min 40 s left");
    }

    #[test]
    fn the_speed_is_that_of_the_last_seconds() {
        let (mut pace, began) = (Pace::default(), Instant::now());
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        assert_eq!(pace.note(at(0), 0), None);
        assert_eq!(pace.note(at(999), 500), None);
        assert_eq!(pace.note(at(2_000), 1_000), Some(500.0));
        for second in 3..=20 {
            pace.note(at(second * 1_000), 1_000);
        }
        assert_eq!(pace.note(at(21_000), 1_000), Some(0.0));
    }
}
