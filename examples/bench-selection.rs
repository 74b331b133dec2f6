//! How long selection takes for 1,000, 5,000, 20,000 and 100,000 candidates of a week, on one core, and how that grows.
//!
//! The stories are made up: headlines and leads of words that are as unevenly used as words are (Zipf), an event told by
//! three platforms for every ten stories; without bodies, and with bodies. Run it by `scripts/bench-selection`.

use std::time::Instant;

use chrono::{DateTime, TimeDelta};
use griot::selection::{Candidate, Count, Knowledge, Orders, Rule, Signals, select};
use griot::store::StoryId;

const SIZES: [usize; 4] = [1_000, 5_000, 20_000, 100_000];
const WORDS: f64 = 60_000.0;

fn main() {
    for (told, body) in [("headlines and leads", 0), ("texts of 300 words", 300)] {
        println!("{told}");
        measure(body);
    }
}

fn measure(body: usize) {
    let mut first = None;
    println!("candidates   seconds   beside n log n");
    for size in SIZES {
        let week = week(size, body);
        let rule = Rule::new(10, DateTime::UNIX_EPOCH + TimeDelta::days(7));
        let began = Instant::now();
        let selection = select(&week, &Knowledge::default(), &rule);
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(selection.picks.len(), 10);
        let unit = seconds / (size as f64 * (size as f64).ln());
        let first = *first.get_or_insert(unit);
        println!("{size:>10}   {seconds:>7.3}   {:.2}", unit / first);
    }
}

/// With so many words in each body.
fn week(size: usize, body: usize) -> Vec<Candidate> {
    let mut random = Random(7);
    let mut events: Vec<Vec<String>> = Vec::new();
    (0..size)
        .map(|number| {
            let mut title: Vec<String> = (0..8).map(|_| random.word()).collect();
            if number % 10 < 7 || events.is_empty() {
                events.push(title.clone());
            } else {
                // The same event elsewhere: half of the words of one of the latest.
                let event = events[events.len() - 1 - random.below(events.len().min(5))].clone();
                title[..4].clone_from_slice(&event[..4]);
            }
            let lead: Vec<String> = (0..25).map(|_| random.word()).collect();
            let published_at = DateTime::UNIX_EPOCH + TimeDelta::seconds((number * 7 * 86_400 / size) as i64);
            let comments = Count { total: random.below(50) as f64, counted_at: published_at + TimeDelta::days(2) };
            Candidate {
                story: StoryId(number as i64),
                platform: format!("platform{}", number % 7),
                url: format!("https://example.org/{number}"),
                guid: number.to_string(),
                title: title.join(" "),
                lead: lead.join(" "),
                body: (0..body).map(|_| random.word()).collect::<Vec<_>>().join(" "),
                tags: Vec::new(),
                section: format!("section{}", random.below(12)),
                authors: vec![format!("author{}", random.below(200))],
                published_at,
                signals: Signals { comments: Some(comments), ..Signals::default() },
                orders: Orders::default(),
            }
        })
        .collect()
}

/// A linear congruential generator: the same week every time.
struct Random(u64);

impl Random {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % many
    }

    fn word(&mut self) -> String {
        // The rank of a word whose frequency falls with its rank.
        let rank = WORDS.powf(self.below(1 << 20) as f64 / f64::from(1 << 20));
        format!("w{}", rank as u64)
    }
}
