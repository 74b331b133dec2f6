//! Any octets as a calendar: its events are bounded in number and words, in order, each there once and within the span
//! that was asked for, and the same whenever it is read.

use std::collections::HashSet;

use super::{assert_line, now, within_bounds};
use chrono::TimeDelta;
use chrono_tz::Tz;
use griot::calendar::{Home, read};
use url::Url;

pub fn run(bytes: &[u8]) {
    let span = (now() - TimeDelta::days(1), now() + TimeDelta::days(180));
    let home = Home { stated: None, otherwise: Tz::Africa__Accra };
    let Ok(calendar) = within_bounds(|| read(bytes, span, home)) else { return };
    assert!(calendar.events.len() <= 10_000 && calendar.problems.len() <= 101);
    assert_line(&calendar.name, 300);
    for problem in &calendar.problems {
        assert_line(problem, 1_000);
    }
    let mut keys = HashSet::new();
    for event in &calendar.events {
        assert!(keys.insert(&event.key), "{} stands there twice", event.key);
        assert_line(&event.key, 1_000);
        assert_line(&event.title, 300);
        assert_line(&event.place, 300);
        assert_line(&event.url, usize::MAX);
        let scheme = Url::parse(&event.url).map(|url| url.scheme().to_owned());
        assert!(event.url.is_empty() || matches!(scheme.as_deref(), Ok("http" | "https")), "{}", event.url);
        assert!(event.starts_at >= span.0 && event.starts_at < span.1, "{} is not asked for", event.starts_at);
    }
    assert!(calendar.events.is_sorted_by_key(|event| event.starts_at));
    assert_eq!(read(bytes, span, home).as_ref(), Ok(&calendar), "read again it is another");
}
