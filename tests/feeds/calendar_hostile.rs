//! Calendars that are made, or broken, so as to keep a reader busy: the work and what comes of it are bounded.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use griot::calendar::{Calendar, CalendarError, Home, MAX_SIZE, read};
use proptest::prelude::*;

/// Far more than any takes on a busy machine in a build that is not optimised, and far less than what is not bounded.
const PATIENCE: Duration = Duration::from_secs(60);

fn span() -> (DateTime<Utc>, DateTime<Utc>) {
    ("2026-11-24T00:00:00Z".parse().unwrap(), "2027-12-29T00:00:00Z".parse().unwrap())
}

fn read_all(text: &str) -> Calendar {
    let began = Instant::now();
    let home = Home { stated: None, otherwise: Tz::Europe__Berlin };
    let calendar = read(text.as_bytes(), span(), home).unwrap();
    assert!(began.elapsed() < PATIENCE, "it took {:?}", began.elapsed());
    assert!(calendar.events.len() <= 10_000 && calendar.problems.len() <= 102);
    calendar
}

fn event(number: usize, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{number}\nSUMMARY:A\nDTSTART:20261201T100000Z\n{lines}\nEND:VEVENT\n")
}

fn calendar(events: impl IntoIterator<Item = String>) -> String {
    format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.into_iter().collect::<String>())
}

#[test]
fn rules_that_never_end_are_cut_short() {
    let every = |values: u32| (0..values).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let (hours, sixty) = (every(24), every(60));
    for (rule, expected) in [
        ("FREQ=SECONDLY", 0),
        ("FREQ=MINUTELY", 0),
        ("FREQ=SECONDLY;UNTIL=20261201T100009Z", 0),
        ("FREQ=HOURLY", 500),
        ("FREQ=DAILY", 393),
        ("FREQ=DAILY;COUNT=4294967295", 393),
        (&format!("FREQ=YEARLY;BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}"), 0),
        (&format!("FREQ=DAILY;BYHOUR={hours};BYMINUTE={sixty}"), 0),
        ("FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,30", 500),
        // The 30th of February.
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=YEARLY;INTERVAL=65535", 1),
        ("FREQ=YEARLY;INTERVAL=99999999999", 0),
        (&format!("FREQ=YEARLY;BYMONTHDAY={}", every(32)), 393),
        (&format!("FREQ=DAILY;BYDAY={}", "MO,".repeat(10_000)), 0),
    ] {
        let found = read_all(&calendar([event(1, &format!("RRULE:{rule}"))]));
        assert_eq!(found.events.len(), expected, "{rule:.60}: {:?}", found.problems);
    }
}

#[test]
fn many_events_are_bounded_together() {
    let many = |number: usize, lines: &str| calendar((0..number).map(|n| event(n, lines)));
    assert_eq!(read_all(&many(30_000, "LOCATION:B")).events.len(), 10_000);
    assert_eq!(read_all(&many(1_000, "RRULE:FREQ=DAILY")).events.len(), 10_000);
    let in_vain = read_all(&many(1_000, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"));
    assert!(in_vain.problems[0].contains("take too long together"), "{:?}", in_vain.problems[0]);
    // Those that are over take nothing from those that are not.
    let over = "RRULE:FREQ=YEARLY;UNTIL=20200101T000000Z";
    let old = (0..10_000).map(|n| event(n, over).replace("20261201T", "19701201T"));
    let last = event(10_000, "RRULE:FREQ=WEEKLY;COUNT=2");
    let found = read_all(&calendar(old.chain([last])));
    assert_eq!((found.events.len(), found.problems), (2, vec![]));
    let dates = "RDATE:".to_owned() + &"20261202T100000Z,".repeat(100_000) + "\nEXDATE:" + &"20261203,".repeat(100_000);
    assert_eq!(read_all(&many(1, &dates)).events.len(), 2);
    // All under one UID: versions, changes, and changes for the rest.
    let versions = (0..20_000)
        .map(|n| event(1, "").replace("100000Z", &format!("{:02}{:02}{:02}", n / 3600, n / 60 % 60, n % 60)));
    assert_eq!(read_all(&calendar(versions)).events.len(), 10_000);
    let changes = (0..20_000).map(|n| {
        let id = format!("{:02}{:02}{:02}Z", n / 3600, n / 60 % 60, n % 60);
        event(1, &format!("RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T{id}"))
    });
    let rule = [event(1, "RRULE:FREQ=HOURLY")];
    assert!(read_all(&calendar(rule.into_iter().chain(changes))).events.len() <= 10_000);
}

#[test]
fn a_file_too_large_is_refused_and_long_lines_are_cut() {
    let home = Home { stated: None, otherwise: Tz::UTC };
    assert_eq!(read(&vec![b' '; MAX_SIZE + 1], span(), home), Err(CalendarError::TooLarge));
    let long = read_all(&calendar([event(1, &format!("LOCATION:{}", "é ".repeat(1_000_000)))]));
    assert_eq!(long.events[0].place.chars().count(), 300);
    assert_eq!(read_all(&format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(500_000))).events.len(), 0);
    assert_eq!(read_all(&format!("BEGIN:VCALENDAR\nA{}", ";B=C".repeat(1_000_000))).events.len(), 0);
}

/// Lines as calendars have them, each with values that are nearly right.
fn a_line() -> impl Strategy<Value = String> {
    let time =
        "(\\PC{0,8}|[0-9]{8}|[0-9]{8}T[0-9]{6}Z?|(1|2)[0-9]{3}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])(T1[0-9]3000Z?)?)";
    let part = "(COUNT|INTERVAL|BYMONTH|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYHOUR|BYMINUTE|BYSECOND|BYSETPOS|BYEASTER)=-?[0-9]{1,5}(,-?[0-9]{1,2}){0,3}";
    let rule = format!(
        "RRULE:FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY|\\PC)(;({part}|BYDAY=-?[0-9]{{0,3}}(MO|SU|FR)(,[0-9]TU)?|UNTIL={time}|WKST=(SU|\\PC)|\\PC{{0,4}})){{0,4}}"
    );
    let zone = "(;TZID=(Europe/Berlin|Asia/Tokyo|America/New_York|Pacific/Apia|\\PC{0,5}))?(;VALUE=DATE)?";
    let dates = format!("(DTSTART|RDATE|EXDATE|RECURRENCE-ID(;RANGE=THISANDFUTURE)?){zone}:{time}(,{time}){{0,2}}");
    let other = "(SUMMARY|LOCATION|URL|STATUS|SEQUENCE|CLASS|UID|X-WR-TIMEZONE|BEGIN|END):(\\PC{0,6}|VEVENT|VCALENDAR|CANCELLED|a)";
    prop_oneof![
        3 => proptest::string::string_regex(&rule).unwrap(),
        4 => proptest::string::string_regex(&dates).unwrap(),
        2 => proptest::string::string_regex(other).unwrap(),
        1 => "\\PC{0,20}",
    ]
}

fn is_bounded(bytes: &[u8]) -> Result<(), TestCaseError> {
    let home = Home { stated: None, otherwise: Tz::America__New_York };
    let Ok(calendar) = read(bytes, span(), home) else { return Ok(()) };
    let mut keys = std::collections::HashSet::new();
    for event in &calendar.events {
        prop_assert!(event.starts_at >= span().0 && event.starts_at < span().1);
        prop_assert!(!event.title.is_empty() && event.title.chars().count() <= 300);
        prop_assert!(keys.insert(&event.key), "{} stands twice", event.key);
    }
    prop_assert!(calendar.events.is_sorted_by_key(|event| event.starts_at));
    prop_assert!(calendar.events.len() <= 10_000 && calendar.problems.len() <= 102);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        is_bounded(&[b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", bytes.as_slice()].concat())?;
    }

    #[test]
    fn lines_that_are_nearly_right_are_read_or_named(events in prop::collection::vec(prop::collection::vec(a_line(), 0..8), 1..5)) {
        let events = events.into_iter().map(|lines| {
            format!("BEGIN:VEVENT\nUID:a\nSUMMARY:A\n{}\nDTSTART:20261201T100000\nEND:VEVENT\n", lines.join("\n"))
        });
        is_bounded(calendar(events).as_bytes())?;
    }
}
