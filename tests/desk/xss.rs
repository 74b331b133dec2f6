//! What readers, feeds, editors and programs wrote, at the desk: a script planted in every text of the store is text on
//! every page, in every part that htmx asks for and in the stream of numbers, and no formula in any file (rule W).

use crate::support::rows;
use std::ffi::OsStr;

use crate::support;
use crate::support::desk::{Browser, Desk};
use crate::support::desk_more;
use crate::support::lint::lint;
use crate::support::pages;
use griot::store::Role;
use reqwest::Method;
use reqwest::header::{ACCEPT, COOKIE};
// As `desk_more` knows them.

/// A formula for a spreadsheet, and a script for a page: in its text, in an attribute of either quote, in a title.
const PLANTED: &str =
    "=1+1\"'></title></textarea><img src=x onerror=\"window.__pwned=1\"><script>window.__pwned=1</script>{{7*7}}";

/// Every column that holds what somebody wrote, by its table.
const TEXTS: &[(&str, &[&str])] = &[
    ("api_tokens", &["name", "created_by"]),
    ("attempts", &["reply", "enhanced"]),
    ("audit", &["who", "action", "subject", "detail"]),
    ("consents", &["page", "asked_from", "confirmed_from"]),
    ("domain_counts", &["domain"]),
    ("edition_changes", &["who", "what"]),
    ("editions", &["subject", "preheader", "intro"]),
    ("events", &["title", "place"]),
    ("feedback", &["diagnostic", "domain", "status", "reason"]),
    ("feeds", &["title", "last_error"]),
    ("headlines", &["headline"]),
    ("letters", &["problem"]),
    ("nodes", &["name", "roles", "version"]),
    ("overrides", &["headline", "standfirst", "kicker", "image_alt"]),
    ("passkeys", &["name"]),
    ("reviews", &["sender", "subject", "because"]),
    ("sessions", &["agent", "address"]),
    ("sponsors", &["name", "headline", "text", "image_alt"]),
    ("staff", &["email"]),
    ("stories", &["headline", "standfirst", "section", "image_alt", "image_caption", "image_credit"]),
    ("story_signals", &["signal"]),
    ("subscribers", &["name"]),
    ("subscriptions", &["source"]),
    ("suppressions", &["reason"]),
    ("wordings", &["text"]),
];

const PAGES: &[&str] = &[
    "/desk",
    "/desk/account",
    "/desk/audit",
    "/desk/editions/culture/1",
    "/desk/editions/evening/1",
    "/desk/editions/evening/2",
    "/desk/editions/evening/2/pause",
    "/desk/editions/fleuve/1",
    "/desk/editions/fleuve/1/send",
    "/desk/editions/weekly-brief/12",
    "/desk/editions/weekly-brief/12/preview",
    "/desk/editions/weekly-brief/12/results",
    "/desk/editions/weekly-brief/12/results/map",
    "/desk/editions/weekly-brief/13",
    "/desk/editions/weekly-brief/13/approve",
    "/desk/editions/weekly-brief/13/preview",
    "/desk/events",
    "/desk/feeds",
    "/desk/newsletters/weekly-brief",
    "/desk/newsletters/weekly-brief/sponsors",
    "/desk/readers",
    "/desk/readers?q=pwned",
    "/desk/readers/318",
    "/desk/readers/319",
    "/desk/readers/320",
    "/desk/readers/320/erase",
    "/desk/results",
    "/desk/settings",
    "/desk/nodes",
    "/desk/webhooks",
    "/desk/staff",
    "/desk/stories",
    "/desk/stories?q=pwned",
    "/desk/stories/169",
    "/desk/stories/170",
    "/desk/tokens",
];

const FILES: &[&str] = &[
    "/desk/audit.csv",
    "/desk/readers/export",
    "/desk/editions/weekly-brief/12/results/stories.csv",
    "/desk/editions/weekly-brief/12/results/domains.csv",
    "/desk/editions/weekly-brief/12/results/returned.csv",
    "/desk/editions/weekly-brief/12/results/left.csv",
    "/desk/newsletters/weekly-brief/results/editions.csv",
    "/desk/newsletters/weekly-brief/results/stories.csv",
    "/desk/newsletters/weekly-brief/results/sections.csv",
    "/desk/newsletters/weekly-brief/results/weeks.csv",
];

fn plant(desk: &Desk) {
    let db = rows::of(desk.dir.path());
    db.execute_batch("BEGIN").unwrap();
    for sql in [
        "INSERT INTO overrides (story_id, headline, standfirst, kicker, image_alt, changed_at) VALUES (170, '', '', '', '', 0)",
        "INSERT INTO headlines VALUES (169, '', 0)",
        "INSERT INTO story_signals SELECT url, 'views', first_seen_at, 7 FROM stories WHERE id IN (169, 170)",
        "INSERT INTO edition_changes (edition_id, who, what, facts, changed_at) VALUES (13, '', '', '[]', 0)",
        "INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome) VALUES (12, 320, 1, 0, 'deferred')",
        "INSERT INTO wordings VALUES (1, x'00', '', 0)",
        "INSERT INTO consents (subscriber_id, newsletters, wording_id, asked_at) VALUES (320, 'weekly-brief', 1, 0)",
        "INSERT INTO letters (kind, subscriber_id, newsletter_id, queued_at, problem) VALUES ('confirm', 320, 1, 0, '')",
        "INSERT INTO passkeys SELECT x'01', id, zeroblob(64), '', x'00', x'00', 0, NULL FROM staff LIMIT 1",
        "INSERT INTO suppression_changes (email, change, reason, changed_at)
         SELECT email, 'added', '', 0 FROM subscribers WHERE id = 320",
    ] {
        db.execute(&rows::worded(&db, sql), []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    // Lists of texts.
    let listed = serde_json::to_string(&[PLANTED]).unwrap();
    db.execute("UPDATE stories SET bylines = ?1, tags = ?1", [&listed]).unwrap();
    db.execute("UPDATE suppression_changes SET reason = ?1", [PLANTED]).unwrap();
    db.execute("UPDATE subscriptions SET ended_reason = 'too-often: ' || ?1 WHERE state = 'ended'", [PLANTED]).unwrap();
    db.execute("UPDATE editions SET reason = ?1 WHERE state IN ('paused', 'cancelled')", [PLANTED]).unwrap();
    db.execute("UPDATE edition_stories SET reasons = ?1", [&listed]).unwrap();
    for (table, columns) in TEXTS {
        for column in *columns {
            // What it was stands behind it, so that what was unlike stays so.
            let sql = format!("UPDATE {table} SET {column} = ?1 || coalesce({column}, '')");
            let changed = db.execute(&sql, [PLANTED]).unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert!(changed > 0, "nothing is planted in {table}");
        }
    }
    db.execute_batch("COMMIT").unwrap();
}

fn assert_text(body: &str, of: &str) {
    for broken in ["<img src=x", "<script>window", "onerror=\"window", "'></title>"] {
        assert!(!body.contains(broken), "{of}: {broken} is not escaped: {body}");
    }
    let document = scraper::Html::parse_document(body);
    let scripts = scraper::Selector::parse("script:not([src]), [onerror], img[src='x']").unwrap();
    assert_eq!(document.select(&scripts).count(), 0, "{of}: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn w_nothing_that_was_written_runs_at_the_desk_or_in_a_sheet() {
    let desk = support::publisher::open().await;
    desk.signed_in("Yaw", Role::Operator).await;
    desk.invite(&PLANTED[..70], Role::Editor);
    let mut yaw = desk.browser_of("Yaw");
    plant(&desk);

    for path in PAGES {
        for headers in [&[][..], &[("hx-request", "true")]] {
            let answer = yaw.send(Method::GET, path, headers, "").await;
            assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.body);
            assert_text(&answer.body, path);
        }
    }
    for path in FILES {
        let answer = yaw.get(path).await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8", "{path}: {}", answer.status);
        assert!(answer.header("content-disposition").starts_with("attachment"), "{path}");
        let mut sheet = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_bytes());
        for cell in sheet.records().flat_map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect::<Vec<_>>()) {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path}: a formula: {cell}");
        }
    }
    let data = yaw.get("/desk/readers/320/data").await;
    assert_eq!(data.header("content-type").split(';').next(), Some("application/json"), "{:?}", data.headers);
    assert!(data.body.contains("__pwned") && data.header("x-content-type-options") == "nosniff");
    assert_text(&streamed(&desk, &yaw).await, "the stream of numbers");

    let cookie = yaw.cookies[desk.cookie()].clone();
    let base = desk.press.config().web.link("");
    let urls: Vec<String> = PAGES.iter().map(|path| format!("{}{path}", base.trim_end_matches('/'))).collect();
    let look = move || {
        let arguments: Vec<&OsStr> = [cookie.as_ref()].into_iter().chain(urls.iter().map(AsRef::as_ref)).collect();
        lint("desk-xss.mjs", &arguments);
    };
    tokio::task::spawn_blocking(look).await.unwrap();
}

/// What is told first of an edition on its way.
async fn streamed(desk: &Desk, browser: &Browser) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}/desk/editions/evening/2/live", desk.base));
    let cookie = format!("{}={}", desk.cookie(), browser.cookies[desk.cookie()]);
    let mut answer = request.header(COOKIE, cookie).header(ACCEPT, "text/event-stream").send().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("\n\n") {
        heard += &String::from_utf8_lossy(&answer.chunk().await.unwrap().expect("it ended early"));
    }
    assert!(heard.starts_with("event: progress\n") && heard.contains("__pwned"), "{heard}");
    heard
}

#[tokio::test]
async fn w_an_address_that_is_a_script_is_taken_nowhere() {
    let desk = Desk::open().await;
    desk.draft();
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let sponsors = "/desk/newsletters/weekly-brief/sponsors";
    for bad in [
        "javascript:window.__pwned=1",
        " JaVaScRiPt:window.__pwned=1",
        "data:text/html,<script>1</script>",
        "vbscript:x",
    ] {
        let edited = [("image", bad), ("seen-headline", "A hall"), ("headline", "A hall"), ("seen-image", "")];
        let forms: [(&str, &[(&str, &str)]); 7] = [
            ("/desk/stories/add", &[("url", bad), ("headline", "A hall"), ("image", "")]),
            ("/desk/stories/add", &[("url", "https://example.org/hall"), ("headline", "A hall"), ("image", bad)]),
            ("/desk/stories/1/edit", &edited),
            ("/desk/editions/weekly-brief/1/stories/1", &edited),
            ("/desk/events", &[("title", "A hall"), ("date", "2026-12-05"), ("zone", "Africa/Accra"), ("url", bad)]),
            (sponsors, &[("name", "V"), ("headline", "H"), ("url", bad), ("image", "")]),
            (sponsors, &[("name", "V"), ("headline", "H"), ("url", "https://example.org/"), ("image", bad)]),
        ];
        for (path, own) in forms {
            let mut fields: Vec<(&str, &str)> = own.to_vec();
            let others =
                "standfirst by section alt published time place text kicker seen-standfirst seen-kicker seen-alt";
            fields.extend(others.split(' ').map(|name| (name, "")));
            fields.extend([("platform", "harmattan"), ("starts", "2026-12-01"), ("ends", "2026-12-09")]);
            let answer = ada.post(path, &fields).await;
            assert!([409, 422].contains(&answer.status.as_u16()), "{path} with {own:?}: {}", answer.body);
        }
    }
    // A calendar's event is taken without it.
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A fair\r\nURL:javascript:window.__pwned=1\r\n\
                    LOCATION:<img src=x onerror=window.__pwned=1>\r\nDTSTART:20261206T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let sent = desk_more::send_file(&ada, "/desk/events/import", &[], "=a<img src=x>.ics", calendar.as_bytes()).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
    let page = ada.get("/desk/events").await.body;
    assert!(page.contains("A fair") && !page.contains("javascript:"), "{page}");
    assert_text(&page, "events");
    let kept = pages::everything(desk.dir.path());
    for bad in ["javascript:window", "data:text", "vbscript:"] {
        assert!(!kept.contains(bad), "{bad} is kept");
    }
}
