//! What calendars say, as the programs that write them say it. All calendars here are made up.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use griot::calendar::{Calendar, CalendarError, Home, read};
use proptest::prelude::*;

const HOME: Home = Home { stated: None, otherwise: Tz::Africa__Accra };

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Everything of the year 2026 in a calendar with these lines.
fn calendar_with(lines: &str, home: Home) -> Calendar {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{lines}\r\nEND:VCALENDAR\r\n");
    read(text.as_bytes(), (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")), home).unwrap()
}

/// Of an event with these lines: when each occurrence begins where it takes place, and what is wrong.
fn times(lines: &str) -> Vec<String> {
    let lines = format!("BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A choir sings\r\n{lines}\r\nEND:VEVENT");
    shown(&calendar_with(&lines, HOME))
}

fn shown(calendar: &Calendar) -> Vec<String> {
    let local = calendar.events.iter().map(|event| {
        let local = event.starts_at.with_timezone(&event.timezone);
        local.format(if event.is_all_day { "%m-%d" } else { "%m-%d %H:%M" }).to_string()
    });
    local.chain(calendar.problems.iter().cloned()).collect()
}

fn titles(calendar: &Calendar) -> Vec<String> {
    calendar.events.iter().map(|event| format!("{} {}", event.starts_at.format("%m-%d %H:%M"), event.title)).collect()
}

#[test]
fn weekly_until_its_end_however_the_end_is_written() {
    let four = ["12-01 19:00", "12-08 19:00", "12-15 19:00", "12-22 19:00"];
    for end in [
        "UNTIL=20261222T180000Z", // The last one itself, in UTC as it must be.
        "UNTIL=20261222T190000",  // Local time.
        "UNTIL=20261222",         // A date, for an event that has an hour.
        "UNTIL=20261228T225959Z",
        "COUNT=4",
        "COUNT=4;INTERVAL=0",
        "COUNT=4;WKST=SU;X-EXTRA=1;",
        "COUNT = 4; BYDAY = TU",
        "count=4;byday=tu",
        "COUNT=9;UNTIL=20261222",
    ] {
        let event = format!("DTSTART;TZID=Europe/Berlin:20261201T190000\r\nRRULE:FREQ=WEEKLY;{end}");
        assert_eq!(times(&event), four, "{end}");
    }
    let over = "DTSTART;TZID=Europe/Berlin:20261201T190000\r\nRRULE:FREQ=WEEKLY;UNTIL=20261130";
    assert_eq!(times(over), [""; 0]);
}

#[test]
fn all_days_until_their_end_however_the_end_is_written() {
    for end in ["UNTIL=20261203", "UNTIL=20261203T000000Z", "UNTIL=20261203T235959Z", "UNTIL=20261203T000000"] {
        let event = format!("DTSTART;VALUE=DATE:20261201\r\nRRULE:FREQ=DAILY;{end}");
        assert_eq!(times(&event), ["12-01", "12-02", "12-03"], "{end}");
    }
}

#[test]
fn monthly_and_yearly_by_weekday_by_day_and_by_place() {
    let start = "DTSTART;TZID=Africa/Accra:20260105T080000\r\nRRULE:";
    let of = |rule: &str| times(&format!("{start}{rule}")).iter().map(|time| time[..5].to_owned()).collect::<Vec<_>>();
    assert_eq!(of("FREQ=MONTHLY;BYDAY=1FR;COUNT=3"), ["02-06", "03-06", "04-03"]);
    assert_eq!(of("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"), ["01-30", "02-27", "03-27"]);
    assert_eq!(of("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3"), ["01-31", "02-28", "03-31"]);
    assert_eq!(of("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=2"), ["02-02", "03-02"]);
    assert_eq!(of("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3"), ["01-31", "03-31", "05-31"]);
    assert_eq!(of("FREQ=YEARLY;BYMONTH=3;BYDAY=1SU"), ["03-01"]);
    assert_eq!(of("FREQ=MONTHLY;FREQ=DAILY;BYDAY=+1FR,;WKST=;COUNT=3;COUNT=1"), ["02-06", "03-06", "04-03"]);
    assert_eq!(of("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"), ["01-05", "01-07", "01-19", "01-21"]);
}

#[test]
fn a_rule_with_a_letter_of_many_octets_is_named_and_left_out() {
    let told = times("DTSTART:20260105T080000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=T\u{feff}U,TH");
    assert_eq!(told, ["A choir sings: RRULE \"FREQ=WEEKLY;BYDAY=T\\u{feff}U,TH\": it has a letter that no rule has"]);
    let told = times("DTSTART:20260105T080000Z\r\nRRULE:FREQ=WEEKLY;\0BYDAY=TU");
    assert!(told.len() == 1 && !told[0].contains(char::is_control), "{told:?}");
}

#[test]
fn an_old_series_still_goes_on() {
    let event = "DTSTART;TZID=Europe/London:19990104T200000\r\nRRULE:FREQ=DAILY;BYMONTH=12;BYMONTHDAY=24,25";
    assert_eq!(times(event), ["12-24 20:00", "12-25 20:00"]);
    assert_eq!(times("DTSTART:20250101T120000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3"), [""; 0]);
    assert_eq!(times("DTSTART:20250101T120000Z\r\nRRULE:FREQ=WEEKLY;UNTIL=20251231"), [""; 0]);
    // Every other week keeps to its weeks, which are counted from the beginning of 1970.
    let fortnight =
        times("DTSTART:19700101T120000Z\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,SU;UNTIL=20260116T120000Z");
    assert_eq!(fortnight, ["01-01 12:00", "01-04 12:00", "01-15 12:00"]);
    let third_day = times("DTSTART:20200101T120000Z\r\nRRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260107T120000Z");
    assert_eq!(third_day, ["01-02 12:00", "01-05 12:00"]);
    let birthday = times("DTSTART;VALUE=DATE:19000615\r\nRRULE:FREQ=YEARLY");
    assert_eq!(birthday, ["06-15"]);
}

#[test]
fn summer_time_moves_nothing_on_the_clock() {
    let event = "DTSTART;TZID=Europe/Berlin:20260322T023000\r\nRRULE:FREQ=WEEKLY;COUNT=3";
    // 02:30 does not exist on 29 March.
    assert_eq!(times(event), ["03-22 02:30", "03-29 03:00", "04-05 02:30"]);
    let event = "DTSTART;TZID=Europe/Berlin:20261018T190000\r\nRRULE:FREQ=WEEKLY;COUNT=3";
    assert_eq!(times(event), ["10-18 19:00", "10-25 19:00", "11-01 19:00"]);
}

#[test]
fn further_dates_and_those_left_out() {
    let rule = "DTSTART;TZID=Europe/Berlin:20261201T190000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n";
    for out in [
        "EXDATE;TZID=Europe/Berlin:20261208T190000",
        "EXDATE:20261208T180000Z",
        "EXDATE;VALUE=DATE:20261208",
        "EXDATE:20261208T180000Z,20270101T000000Z\r\nEXDATE:",
    ] {
        assert_eq!(times(&format!("{rule}{out}")), ["12-01 19:00", "12-15 19:00"], "{out}");
    }
    let further = "RDATE;TZID=Europe/Berlin:20261202T200000\r\nRDATE;VALUE=PERIOD:20261203T100000Z/PT1H\r\n\
                   RDATE;VALUE=DATE:20261204";
    let all = ["12-01 19:00", "12-02 20:00", "12-03 11:00", "12-04 19:00", "12-08 19:00", "12-15 19:00"];
    assert_eq!(times(&format!("{rule}{further}")), all);
    // Without a rule it takes place when it begins, too.
    assert_eq!(times("DTSTART:20261201T190000Z\r\nRDATE:20261202T190000Z"), ["12-01 19:00", "12-02 19:00"]);
    let days = "DTSTART;VALUE=DATE:20261224\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20261225T000000Z";
    assert_eq!(times(days), ["12-24", "12-26"]);
}

const SERIES: &str = "BEGIN:VEVENT\r\nUID:s\r\nSUMMARY:Open stage\r\nLOCATION:Alliance\r\n\
                      DTSTART;TZID=Europe/Berlin:20261201T190000\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEND:VEVENT\r\n";

fn changed(lines: &str) -> Calendar {
    calendar_with(&format!("{SERIES}BEGIN:VEVENT\r\nUID:s\r\n{lines}\r\nEND:VEVENT"), HOME)
}

#[test]
fn a_moved_occurrence_keeps_its_key_and_takes_its_new_time() {
    let plain = calendar_with(SERIES, HOME);
    let moved = changed(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261208T190000\r\nDTSTART;TZID=Europe/Berlin:20261209T203000\r\n\
         SUMMARY:Open stage, on Wednesday",
    );
    assert_eq!(
        titles(&moved),
        [
            "12-01 18:00 Open stage",
            "12-09 19:30 Open stage, on Wednesday",
            "12-15 18:00 Open stage",
            "12-22 18:00 Open stage"
        ]
    );
    let keys = |calendar: &Calendar| calendar.events.iter().map(|event| event.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&moved), keys(&plain));
    // What the change does not say holds as it was.
    assert_eq!(moved.events[1].place, "Alliance");
    // Into the span from outside of it, and out of it.
    let early = changed("RECURRENCE-ID:20261208T180000Z\r\nDTSTART:20270301T180000Z\r\nSUMMARY:Late");
    assert_eq!(early.events.len(), 3);
    let by_date = changed("RECURRENCE-ID;VALUE=DATE:20261208\r\nDTSTART:20261210T180000Z\r\nSUMMARY:Moved");
    assert_eq!(titles(&by_date)[1], "12-10 18:00 Moved");
    assert_eq!(by_date.events.len(), 4);
}

#[test]
fn the_newest_change_of_an_occurrence_holds() {
    let twice = "RECURRENCE-ID:20261208T180000Z\r\nSEQUENCE:3\r\nDTSTART:20261209T100000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
                 UID:s\r\nRECURRENCE-ID:20261208T180000Z\r\nSEQUENCE:2\r\nDTSTART:20261209T120000Z";
    assert_eq!(titles(&changed(twice))[1], "12-09 10:00 Open stage");
    let without_series = "BEGIN:VEVENT\r\nUID:s\r\nSUMMARY:Open stage\r\nRECURRENCE-ID:20261208T180000Z\r\n\
                          DTSTART:20261209T100000Z\r\nEND:VEVENT";
    assert_eq!(titles(&calendar_with(without_series, HOME)), ["12-09 10:00 Open stage"]);
}

#[test]
fn what_is_cancelled_does_not_take_place() {
    for status in ["CANCELLED", "cancelled", "CANCELED"] {
        let one = changed(&format!("RECURRENCE-ID:20261208T180000Z\r\nSTATUS:{status}"));
        assert_eq!(titles(&one), ["12-01 18:00 Open stage", "12-15 18:00 Open stage", "12-22 18:00 Open stage"]);
        let whole = changed(&format!("SEQUENCE:1\r\nSTATUS:{status}\r\nDTSTART:20261201T180000Z"));
        assert_eq!(titles(&whole), [""; 0]);
    }
    assert_eq!(times("DTSTART:20261201T180000Z\r\nSTATUS:TENTATIVE"), ["12-01 18:00"]);
}

#[test]
fn a_change_for_the_rest_changes_the_rest() {
    let range = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261215T180000Z\r\n";
    let later = changed(&format!("{range}DTSTART:20261216T190000Z\r\nSUMMARY:New stage"));
    let expected =
        ["12-01 18:00 Open stage", "12-08 18:00 Open stage", "12-16 19:00 New stage", "12-23 19:00 New stage"];
    assert_eq!(titles(&later), expected);
    assert_eq!(titles(&changed(&format!("{range}STATUS:CANCELLED"))), expected[..2]);
}

#[test]
fn the_newest_version_of_an_event_holds_and_others_under_its_uid_are_events_too() {
    let version = |sequence: u32, start: &str| {
        format!("BEGIN:VEVENT\r\nUID:v\r\nSUMMARY:Fair\r\nSEQUENCE:{sequence}\r\nDTSTART:{start}\r\nEND:VEVENT\r\n")
    };
    let (old, new, other) = ("20261201T100000Z", "20261202T100000Z", "20261203T100000Z");
    let text = version(2, new) + &version(1, old);
    assert_eq!(titles(&calendar_with(&text, HOME)), ["12-02 10:00 Fair"]);
    let text = version(0, new) + &version(0, other) + &version(0, other);
    assert_eq!(titles(&calendar_with(&text, HOME)), ["12-02 10:00 Fair", "12-03 10:00 Fair"]);
}

#[test]
fn times_are_told_where_they_are_meant() {
    let event = |start: &str| format!("BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A\r\n{start}\r\nEND:VEVENT");
    let zone = |text: &str, home: Home| {
        let calendar = calendar_with(text, home);
        (calendar.events[0].timezone, shown(&calendar).join(" · "))
    };
    let own = "X-WR-TIMEZONE:America/New_York\r\n";
    let floating = event("DTSTART:20261201T190000");
    assert_eq!(zone(&floating, HOME), (Tz::Africa__Accra, "12-01 19:00".into()));
    assert_eq!(zone(&(own.to_owned() + &floating), HOME), (Tz::America__New_York, "12-01 19:00".into()));
    let stated = Home { stated: Some(Tz::Europe__Paris), ..HOME };
    assert_eq!(zone(&(own.to_owned() + &floating), stated), (Tz::Europe__Paris, "12-01 19:00".into()));
    assert_eq!(zone(&format!("X-WR-TIMEZONE:UTC\r\n{floating}"), HOME), (Tz::Africa__Accra, "12-01 19:00".into()));
    // Readers are told the time of the place, not that of Greenwich.
    let utc = event("DTSTART:20261202T000000Z");
    assert_eq!(zone(&(own.to_owned() + &utc), HOME), (Tz::America__New_York, "12-01 19:00".into()));
    let windows = event("DTSTART;TZID=\"W. Europe Standard Time\":20261201T190000");
    assert_eq!(zone(&windows, HOME), (Tz::Europe__Berlin, "12-01 19:00".into()));
    let custom = "BEGIN:VTIMEZONE\r\nTZID:Our time\r\nX-LIC-LOCATION:Asia/Tokyo\r\nBEGIN:STANDARD\r\nTZID:x\r\n\
                  END:STANDARD\r\nEND:VTIMEZONE\r\n";
    let ours = event("DTSTART;TZID=Our time:20261201T190000");
    assert_eq!(zone(&(custom.to_owned() + &ours), HOME), (Tz::Asia__Tokyo, "12-01 19:00".into()));
    let guessed = "12-01 19:00 · the time zone \"Our time\" is not known; its times are read as Africa/Accra";
    assert_eq!(zone(&ours, HOME), (Tz::Africa__Accra, guessed.into()));
}

#[test]
fn days_without_an_hour_are_the_same_day_everywhere() {
    let days = "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226";
    assert_eq!(times(days), ["12-25"]);
    assert_eq!(times("DTSTART:20261225"), ["12-25"]);
    assert_eq!(times("DTSTART;TZID=Asia/Tokyo:20261225T000000\r\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), ["12-25"]);
    assert_eq!(times("DTSTART;TZID=Asia/Tokyo:20261225T000000\r\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE"), ["12-25 00:00"]);
}

#[test]
fn what_is_private_is_nobody_elses_business() {
    for class in ["PRIVATE", "CONFIDENTIAL", "private"] {
        assert_eq!(times(&format!("DTSTART:20261201T180000Z\r\nCLASS:{class}")), [""; 0]);
        let series = SERIES.replace("LOCATION", &format!("CLASS:{class}\r\nLOCATION"));
        let moved = "BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20261208T180000Z\r\nDTSTART:20261209T180000Z\r\nEND:VEVENT";
        assert_eq!(titles(&calendar_with(&(series + moved), HOME)), [""; 0]);
    }
    let one = changed("RECURRENCE-ID:20261208T180000Z\r\nDTSTART:20261208T180000Z\r\nCLASS:PRIVATE");
    assert_eq!(titles(&one), ["12-01 18:00 Open stage", "12-15 18:00 Open stage", "12-22 18:00 Open stage"]);
}

#[test]
fn an_export_of_google_calendar() {
    let text = "PRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n\
        X-WR-CALNAME:Harmattan\\, events\r\nX-WR-TIMEZONE:Africa/Lagos\r\n\
        BEGIN:VEVENT\r\nDTSTART:20261205T180000Z\r\nDTEND:20261205T210000Z\r\nDTSTAMP:20261101T000000Z\r\n\
        UID:one@google.com\r\nCREATED:20261001T000000Z\r\nDESCRIPTION:<p>A long \r\n \
        night</p>\r\nLAST-MODIFIED:20261001T000000Z\r\nLOCATION:Freedom Park\\, Lagos\\, \r\n Nigeria\r\nSEQUENCE:0\r\n\
        STATUS:CONFIRMED\r\nSUMMARY:Highlife night\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261226\r\nDTEND;VALUE=DATE:20261227\r\nUID:two@google.com\r\n\
        SUMMARY:Boxing Day\r\nCLASS:PUBLIC\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART:20261206T180000Z\r\nUID:three@google.com\r\nSUMMARY:Dentist\r\nCLASS:PRIVATE\r\n\
        END:VEVENT";
    let calendar = calendar_with(text, HOME);
    assert_eq!((calendar.name.as_str(), calendar.is_whole), ("Harmattan, events", true));
    assert_eq!(shown(&calendar), ["12-05 19:00", "12-26"]);
    let event = &calendar.events[0];
    assert_eq!((event.title.as_str(), event.place.as_str()), ("Highlife night", "Freedom Park, Lagos, Nigeria"));
    assert_eq!(event.timezone, Tz::Africa__Lagos);
}

#[test]
fn an_export_of_outlook() {
    let text = "PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\nMETHOD:PUBLISH\n\
        X-MS-OLK-FORCEINSPECTOROPEN:TRUE\nBEGIN:VTIMEZONE\nTZID:South Africa Standard Time\nBEGIN:STANDARD\n\
        DTSTART:16010101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nCLASS:PUBLIC\nDESCRIPTION:\\n\nDTSTART;TZID=\"South Africa Standard Time\":20261203T090000\n\
        EXDATE;TZID=\"South Africa Standard Time\":20261217T090000\nLOCATION:Room 1\nPRIORITY:5\n\
        RRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=1;BYDAY=TH;WKST=SU\nSEQUENCE:0\nSUMMARY;LANGUAGE=en-za:Editors' table\n\
        UID:040000008200E00074C5B7101A82E008\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\nBEGIN:VALARM\nTRIGGER:-PT15M\n\
        ACTION:DISPLAY\nDESCRIPTION:Reminder\nEND:VALARM\nEND:VEVENT";
    let calendar = calendar_with(text, HOME);
    assert_eq!(shown(&calendar), ["12-03 09:00", "12-10 09:00", "12-24 09:00"]);
    assert_eq!(calendar.events[0].title, "Editors' table");
}

#[test]
fn an_export_of_apple_calendar() {
    let text = "METHOD:PUBLISH\r\nPRODID:-//Apple Inc.//macOS 14.0//EN\r\nX-APPLE-CALENDAR-COLOR:#FF0000\r\n\
        X-WR-CALNAME:Stage\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nBEGIN:DAYLIGHT\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
        DTSTART:19810329T010000\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:A1B2\r\nURL;VALUE=URI:https://example.org/stage\r\nDTSTART;TZID=Europe/London:20260701T200000\r\n\
        SUMMARY:Jazz\r\nLOCATION:The Hall\\n1 Example Street\\n\\nAccra\r\nX-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS=\r\n \
        \"1 Example; Street\";X-TITLE=\"The Hall\":geo:5.6,-0.2\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:A1B3\r\nURL:javascript:alert(1)\r\nDTSTART;TZID=Europe/London:20260702T200000\r\nSUMMARY:Blues\r\n\
        END:VEVENT";
    let calendar = calendar_with(text, HOME);
    assert_eq!(shown(&calendar), ["07-01 20:00", "07-02 20:00"]);
    let [jazz, blues] = &calendar.events[..] else { panic!("{calendar:?}") };
    assert_eq!(
        (jazz.place.as_str(), jazz.url.as_str()),
        ("The Hall, 1 Example Street, Accra", "https://example.org/stage")
    );
    assert_eq!(blues.url, "");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_taken() {
    let text = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:No time\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Some time\r\nDTSTART:soon\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Often\r\nDTSTART:20261201T100000Z\r\nRRULE:BYDAY=MO\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:4\r\nSUMMARY:Now and then\r\nDTSTART:20261201T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=x\r\n\
                END:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:5\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nSUMMARY:Fair\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT";
    let calendar = calendar_with(text, HOME);
    assert_eq!(titles(&calendar), ["12-01 10:00 Fair"]);
    assert_eq!(
        calendar.problems,
        [
            "No time: it has no DTSTART",
            "Some time: DTSTART \"soon\" is no time",
            "Often: RRULE \"BYDAY=MO\": it has no FREQ such as WEEKLY",
            "Now and then: RRULE \"FREQ=DAILY;UNTIL=x\": UNTIL \"X\" is no time",
        ]
    );
    let span = (instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z"));
    for bytes in ["", "<html><body>Sign in</body></html>", "END:VCALENDAR"] {
        assert_eq!(read(bytes.as_bytes(), span, HOME), Err(CalendarError::NoCalendar), "{bytes:?}");
    }
    let cut = read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:A\nDTSTART:20261201T100000Z\nUID", span, HOME).unwrap();
    assert_eq!((cut.events.len(), cut.is_whole), (1, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A rule is not followed from the event's start where that is long ago; what it names must not depend on that.
    #[test]
    fn what_a_span_holds_does_not_depend_on_where_the_span_begins(
        rule in "FREQ=((HOURLY|DAILY|MONTHLY|YEARLY)(;BYMONTHDAY=(1|15|-1))?|WEEKLY)(;INTERVAL=[1-9])?(;BYDAY=(MO|TU,TH|SU))?\
                 (;WKST=(SU|MO))?(;UNTIL=20260(2|3)15)?",
        start in "202[0-5](0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])T(0|1)[0-9]3000",
    ) {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\nDTSTART;TZID=Europe/Berlin:{start}\nRRULE:{rule}\nEND:VEVENT\n\
             END:VCALENDAR"
        );
        let until = instant("2026-04-05T00:00:00Z");
        let from = |from: &str| read(text.as_bytes(), (instant(from), until), HOME).unwrap().events;
        let (long, short) = (from("2026-03-20T00:00:00Z"), from("2026-03-26T00:00:00Z"));
        // From before the start there is nothing to leap over.
        let whole = from("2020-01-01T00:00:00Z");
        let since = |events: &[griot::calendar::CalendarEvent]| {
            events.iter().filter(|event| event.starts_at >= instant("2026-03-26T00:00:00Z")).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(since(&long), short.clone(), "{}", rule);
        if whole.len() < 500 {
            prop_assert_eq!(since(&whole), short, "{}", rule);
        }
    }
}
