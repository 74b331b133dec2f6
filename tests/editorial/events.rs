//! What is coming up, through the real binary: by hand, from files, from calendars that are polled, and in the brief.

use crate::support::rows;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::command_line::{Griot, ended, serve};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

/// A day from now on, in Accra, where the time is UTC.
fn day(ahead: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(ahead)
}

fn ics(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Club\r\n{events}END:VCALENDAR\r\n")
}

/// An event at 19:00 in Berlin; `lines` say more about it.
fn event(uid: &str, day: NaiveDate, lines: &str) -> String {
    let start = day.format("%Y%m%dT190000");
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{uid}\r\nDTSTART;TZID=Europe/Berlin:{start}\r\n{lines}END:VEVENT\r\n")
}

fn titles(griot: &Griot) -> Vec<String> {
    griot.json(&["event", "list", "--json"]).iter().map(|event| event["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn events_by_hand_come_and_go() {
    let griot = Griot::new();
    let nothing = "Nothing is coming up; `griot event add` adds something, and a [[calendar]] brings it by itself\n";
    assert_eq!(griot.ok(&["event", "list"]), nothing);

    let (first, second) = (day(3), day(4));
    let told = griot.ok(&["event", "add", "Book fair", "--at", &second.to_string(), "--all-day", "--place", "Accra"]);
    assert_eq!(
        told,
        format!("Added event 1: Book fair, {}\n", second.format("%a %-d %b")).replace("\n", &year_of(second))
    );
    let at = format!("{first} 19:00");
    let url = "https://example.org/choir";
    let added = griot.json(&[
        "event",
        "add",
        "A choir sings",
        "--at",
        &at,
        "--timezone",
        "Africa/Lagos",
        "--url",
        url,
        "--json",
    ]);
    let begins = format!("{first}T18:00:00Z");
    let choir = json!({"id": 2, "title": "A choir sings", "starts_at": begins, "timezone": "Africa/Lagos",
                       "all_day": false, "place": "", "url": url, "calendar": ""});
    assert_eq!(added, std::slice::from_ref(&choir));

    let listed = griot.json(&["event", "list", "--json"]);
    assert_eq!((&listed[0], &listed[1]["all_day"]), (&choir, &Value::Bool(true)));
    let lines = griot.ok(&["event", "list"]);
    let mut lines = lines.lines();
    assert!(lines.next().is_some_and(|line| line.contains(" 19:00 Africa/Lagos") && line.ends_with("by hand")));
    assert!(lines.next().is_some_and(|line| line.contains("Book fair") && !line.contains(':')));

    assert_eq!(griot.ok(&["event", "remove", "2"]), "Removed event 2: A choir sings\n");
    let gone = "griot: there is no event 2; `griot event list` shows their numbers\n";
    assert_eq!(griot.err(&["event", "remove", "2"]), gone);
    assert_eq!(titles(&griot), ["Book fair"]);
}

/// What stands behind a day that is not of this year.
fn year_of(day: NaiveDate) -> String {
    let (year, now) = (day.format("%Y").to_string(), Utc::now().format("%Y").to_string());
    if year == now { "\n".to_owned() } else { format!(" {year}\n") }
}

#[test]
fn a_wrong_date_is_answered_with_a_right_one() {
    let griot = Griot::new();
    for (at, more, told) in [
        ("5.12.2026 19:00", None, "\"5.12.2026\" is no date: year, month and day; write it like \"2026-12-05 19:00\""),
        ("2031-12-05", None, "\"2031-12-05\" has no hour; write it like \"2031-12-05 19:00\", or add --all-day"),
        ("2031-12-05 7 pm", None, "\"7 pm\" is no time of day; write it like \"2031-12-05 19:00\""),
        ("2031-02-30", Some("--all-day"), "there is no 2031-02-30 in the calendar; write it like \"2026-12-05\""),
    ] {
        let mut words = vec!["event", "add", "A choir", "--at", at];
        words.extend(more);
        assert_eq!(griot.err(&words), format!("griot: --at: {told}\n"), "{at}");
    }
    let over = "griot: Sat 5 Dec 2020 19:00 Africa/Accra is over; only what is to come is announced\n";
    assert_eq!(griot.err(&["event", "add", "A choir", "--at", "2020-12-05 19:00"]), over);
    let zone = griot.run(&["event", "add", "A choir", "--at", "2031-12-05 19:00", "--timezone", "Africa/Acra"]);
    assert_eq!(zone.code, Some(2));
    assert!(zone.stderr.contains("there is no time zone `Africa/Acra`; did you mean \"Africa/Accra\"?"), "{zone:?}");
    let url = griot.run(&["event", "add", "A choir", "--at", "2031-12-05 19:00", "--url", "example.org"]);
    assert!(url.stderr.contains("has no https:// in front; write it like https://example.org/page"), "{url:?}");
    assert_eq!(titles(&griot), [""; 0]);
}

#[test]
fn a_calendar_imported_again_replaces_what_it_gave() {
    let griot = Griot::new();
    griot.ok(&["event", "add", "By hand", "--at", &format!("{} 08:00", day(9))]);
    let weekly = event("Jam", day(2), "RRULE:FREQ=WEEKLY;COUNT=3\r\nLOCATION:Cellar\\, Berlin\r\n");
    let broken = "BEGIN:VEVENT\r\nUID:x\r\nSUMMARY:Some time\r\nDTSTART:soon\r\nEND:VEVENT\r\n";
    let file = griot.file("club.ics", ics(&(weekly.clone() + &event("Talk", day(3), "") + broken)));
    assert_eq!(
        griot.ok(&["event", "import", &file]),
        "Club: 4 added · 0 changed · 0 as before · 0 removed · 1 with a problem\n  Some time: DTSTART \"soon\" is no time\n"
    );
    assert_eq!(titles(&griot), ["Jam", "Talk", "By hand", "Jam", "Jam"]);

    // The talk is off, and the second jam session is moved by a day.
    let id = (day(9)).format("%Y%m%dT190000");
    let moved = event("Jam", day(10), &format!("RECURRENCE-ID;TZID=Europe/Berlin:{id}\r\n"));
    let changed = ics(&(weekly + &moved));
    let imported = piped(&griot, &["event", "import", "-", "--json"], &changed);
    assert_eq!(
        serde_json::from_str::<Value>(&imported).unwrap(),
        json!({"calendar": "Club", "added": 0, "changed": 1, "unchanged": 2, "removed": 1, "skipped": [], "whole": true})
    );
    assert_eq!(titles(&griot), ["Jam", "By hand", "Jam", "Jam"]);

    // What an editor took away does not come back.
    let id = griot.json(&["event", "list", "--json"])[0]["id"].to_string();
    let removed = format!("Removed event {id}: Jam; it stays away when Club is read again\n");
    assert_eq!(griot.ok(&["event", "remove", &id]), removed);
    piped(&griot, &["event", "import", "-"], &changed);
    assert_eq!(titles(&griot), ["By hand", "Jam", "Jam"]);

    // Under another name it is another calendar.
    piped(&griot, &["event", "import", "-", "--calendar", "Other"], &ics(&event("Talk", day(3), "")));
    assert_eq!(titles(&griot), ["Talk", "By hand", "Jam", "Jam"]);
    let cut = ics("").replace("END:VCALENDAR\r\n", "");
    let told = piped(&griot, &["event", "import", "-"], &cut);
    assert!(
        told.ends_with("It is cut off (it does not end with END:VCALENDAR), so nothing was removed for it\n"),
        "{told}"
    );
    assert_eq!(titles(&griot).len(), 4);
}

#[test]
fn what_cannot_be_imported_says_why() {
    let griot = Griot::new();
    let page = griot.file("page.ics", "<html>Sign in</html>");
    let error = "griot: cannot import page.ics: it is no iCalendar file: it has no BEGIN:VCALENDAR\n";
    assert_eq!(griot.err(&["event", "import", &page]), error);
    assert!(griot.err(&["event", "import", "none.ics"]).starts_with("griot: cannot read none.ics: No such file"));
    let nameless = griot.file("nameless.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR\n");
    assert!(griot.ok(&["event", "import", &nameless]).starts_with("nameless.ics: 0 added"));
    let mut command = griot.command(&["event", "import", "-"]);
    command.stdin(std::fs::File::open(griot.path(&nameless)).unwrap());
    let error = "griot: cannot import the standard input: it has no name of its own (X-WR-CALNAME); give it one with \
                 --calendar NAME\n";
    assert_eq!(ended(&mut command).stderr, error);
}

fn piped(griot: &Griot, words: &[&str], input: &str) -> String {
    let mut command: Command = griot.command(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A calendar on a web server: its status and text can change, and its validator is its length.
#[derive(Clone)]
struct Served {
    url: String,
    answer: Arc<Mutex<(&'static str, String)>>,
}

impl Served {
    fn begin(text: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events.ics", listener.local_addr().unwrap());
        let served = Self { url, answer: Arc::new(Mutex::new(("200 OK", text))) };
        let answer = Arc::clone(&served.answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                reply(stream.unwrap(), &answer.lock().unwrap());
            }
        });
        served
    }

    fn set(&self, status: &'static str, text: String) {
        *self.answer.lock().unwrap() = (status, text);
    }
}

fn reply(mut stream: TcpStream, (status, text): &(&'static str, String)) {
    let tag = format!("\"{}\"", text.len());
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let is_known = lines
        .take_while(|line| !line.is_empty())
        .fold(false, |known, line| known | line.eq_ignore_ascii_case(&format!("if-none-match: {tag}")));
    let (status, text) = if is_known { ("304 Not Modified", "") } else { (*status, text.as_str()) };
    let length = text.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: {tag}\r\nConnection: close\r\n\r\n");
    stream.write_all((head + text).as_bytes()).unwrap();
}

/// A griot whose only feed works, and that follows these calendars.
fn following(calendars: &str) -> Griot {
    let griot = Griot::new();
    let story = |n: u32| {
        let published = (Utc::now() - TimeDelta::hours(3)).to_rfc2822();
        format!(
            "<item><title>The ferry sails {n}</title><link>https://harmattan.example/{n}</link>\
             <pubDate>{published}</pubDate><description>What happened.</description></item>"
        )
    };
    let stories: String = (0..4).map(story).collect();
    let feed = serve("200 OK", format!("<rss version=\"2.0\"><channel><title>H</title>{stories}</channel></rss>"));
    let mut config = griot.read("griot.toml").replace("[feeds]\n", "[feeds]\nallow_private = true\n");
    for site in ["harmattan", "beatline", "north-star"] {
        let feeds = if site == "harmattan" { format!("feeds = [\"{feed}\"]") } else { String::new() };
        config = config.replace(&format!("feeds = [\"https://example.org/{site}/feed\"]"), &feeds);
    }
    let at = config.find("\n[[newsletter]]").unwrap() + 1;
    config.insert_str(at, calendars);
    griot.file("griot.toml", config);
    griot
}

fn fetched(griot: &Griot, url: &str) -> Value {
    griot.json(&["fetch", url, "--json"]).swap_remove(0)
}

#[test]
fn a_calendar_is_polled_like_a_feed() {
    let calendar = Served::begin(ics(&event("Jam", day(2), "RRULE:FREQ=WEEKLY\r\n")));
    let url = calendar.url.clone();
    let griot = following(&format!("[[calendar]]\nurl = \"{url}\"\n\n"));
    let both = griot.json(&["fetch", "--json"]);
    assert_eq!((both[0]["kind"].as_str(), both[1]["kind"].as_str()), (Some("feed"), Some("calendar")));
    assert_eq!((&both[0]["added"], &both[1]["outcome"]), (&4.into(), &"read".into()));
    // The day after tomorrow, and each week up to 400 days ahead.
    assert_eq!(both[1]["added"], 57);
    assert_eq!(titles(&griot).len(), 57);
    assert_eq!(fetched(&griot, &url)["outcome"], "unchanged");
    let listed = griot.ok(&["feeds", "list"]);
    let line = listed.lines().find(|line| line.starts_with("calendar ")).unwrap();
    assert!(line.contains(&url) && line.contains("works") && line.ends_with(" · Club"), "{line}");
    assert!(griot.ok(&["check"]).contains(&format!("calendars  {url}\n")));

    // Taken out there, it goes away here; what was added by hand stays.
    griot.ok(&["event", "add", "By hand", "--at", &format!("{} 08:00", day(9))]);
    calendar.set("200 OK", ics(&event("Talk", day(1), "")));
    let polled = fetched(&griot, &url);
    assert_eq!((&polled["added"], &polled["removed"]), (&1.into(), &57.into()));
    assert_eq!(titles(&griot), ["Talk", "By hand"]);

    // In trouble, it keeps what there is, and says since when.
    for (status, text) in [("500 Internal Server Error", String::new()), ("200 OK", "<html>Sign in</html>".to_owned())]
    {
        calendar.set(status, text);
        let ran = griot.run(&["fetch", &url, "--json"]);
        assert_eq!(ran.code, Some(1));
        let polled: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(polled["outcome"], "failed");
        assert_eq!(titles(&griot), ["Talk", "By hand"]);
    }
    let listed = griot.json(&["feeds", "list", "--json"]);
    assert_eq!((&listed[1]["failures"], &listed[1]["kind"]), (&2.into(), &"calendar".into()));
    assert_eq!(listed[1]["last_error"], "it is no iCalendar file: it has no BEGIN:VCALENDAR");

    // Out of the configuration, its events are announced no more; back in it, they are there again.
    calendar.set("200 OK", ics(&event("Talk", day(1), "")));
    fetched(&griot, &url);
    let config = griot.read("griot.toml");
    griot.file("griot.toml", config.replace(&format!("[[calendar]]\nurl = \"{url}\"\n"), ""));
    griot.ok(&["fetch"]);
    assert_eq!(titles(&griot), ["By hand"]);
    griot.file("griot.toml", config);
    assert_eq!(fetched(&griot, &url)["outcome"], "read");
    assert_eq!(titles(&griot), ["Talk", "By hand"]);
}

#[test]
fn w_ssrf_a_calendar_is_fetched_from_the_public_internet_only() {
    let calendar = Served::begin(ics(&event("Jam", day(2), "")));
    let griot = following(&format!("[[calendar]]\nurl = \"{}\"\n\n", calendar.url));
    griot.configure(&[("allow_private = true", "allow_private = false")]);
    let ran = griot.run(&["fetch", &calendar.url, "--json"]);
    assert!(ran.stdout.contains("its address 127.0.0.1 is not on the public Internet"), "{ran:?}");
    assert_eq!(titles(&griot), [""; 0]);
}

/// Its weekly events would run out, if "not modified" were always believed.
#[test]
fn a_calendar_that_never_changes_is_read_again_after_a_day() {
    let calendar = Served::begin(ics(&event("Jam", day(2), "RRULE:FREQ=WEEKLY\r\n")));
    let griot = following(&format!("[[calendar]]\nurl = \"{}\"\n\n", calendar.url));
    assert_eq!(fetched(&griot, &calendar.url)["outcome"], "read");
    assert_eq!(fetched(&griot, &calendar.url)["outcome"], "unchanged");
    let store = rows::of(griot.path("griot.db").parent().unwrap());
    store.execute("UPDATE feeds SET read_at = read_at - 90000 WHERE kind = 'calendar'", []).unwrap();
    let polled = fetched(&griot, &calendar.url);
    assert_eq!((&polled["outcome"], &polled["unchanged"]), (&"read".into(), &57.into()));
}

#[test]
fn the_zone_of_the_configuration_goes_before_that_of_the_calendar() {
    let floating =
        format!("BEGIN:VEVENT\nUID:f\nSUMMARY:Fair\nDTSTART:{}\nEND:VEVENT\n", day(2).format("%Y%m%dT190000"));
    let text = ics(&format!("X-WR-TIMEZONE:Asia/Tokyo\n{floating}"));
    let (one, other) = (Served::begin(text.clone()), Served::begin(text));
    let griot = following(&format!(
        "[[calendar]]\nurl = \"{}\"\n\n[[calendar]]\nurl = \"{}\"\ntimezone = \"Africa/Lagos\"\n\n",
        one.url, other.url
    ));
    griot.ok(&["fetch"]);
    let zones: Vec<Value> =
        griot.json(&["event", "list", "--json"]).iter().map(|one| one["timezone"].clone()).collect();
    assert_eq!(zones, ["Asia/Tokyo", "Africa/Lagos"]);
}

#[test]
fn the_brief_announces_what_comes_in_the_time_of_its_place() {
    let soon = day(2);
    let berlin: DateTime<Utc> = format!("{soon}T19:00:00Z").parse().unwrap();
    let calendar = Served::begin(ics(&event("Jam & more", soon, "LOCATION:Cellar\\nBerlin\r\n")));
    let griot = following(&format!("[[calendar]]\nurl = \"{}\"\n\n", calendar.url));
    griot.ok(&["event", "add", "Open day", "--at", &day(1).to_string(), "--all-day", "--place", "Accra"]);
    griot.ok(&["event", "add", "Much later", "--at", &format!("{} 19:00", day(30))]);
    griot.ok(&["fetch"]);
    griot.ok(&["draft", "weekly-brief"]);
    let text = griot.ok(&["preview", "weekly-brief"]);
    let weekday = berlin.format("%A");
    assert!(
        text.contains(&format!(
            "    Jam & more\n    {} · {weekday} · 19:00 · Cellar, Berlin\n",
            soon.format("%-d %B %Y")
        )),
        "{text}"
    );
    assert!(!text.contains("Much later"), "{text}");
    griot.ok(&["preview", "weekly-brief", "--html", "brief.html"]);
    let html = griot.read("brief.html");
    assert!(html.contains(&format!("{weekday} · 19:00 · Cellar, Berlin")) && html.contains("Jam &#38; more"), "{html}");
    // A day has no hour.
    let open = format!("{} · {} · Accra", day(1).format("%-d %B %Y"), day(1).format("%A"));
    assert!(text.contains(&format!("    Open day\n    {open}\n")), "{text}");
    assert!(html.contains(&format!("{} · Accra", day(1).format("%A"))), "{html}");
}
