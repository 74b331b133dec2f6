//! `griot demo` through its front door: one command, the week's brief in 25 inboxes, and nothing left afterwards.

// Each test file uses its part of them.
use std::collections::HashSet;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use crate::support::demo::Demo;
use crate::support::feed_server::{self, fresh_feed};
use crate::support::mail::Mail;
use chrono::Utc;
use mail_parser::MessageParser;
use reqwest::StatusCode;
use scraper::Html;
use serde_json::Value;

const READERS: usize = 25;

#[tokio::test]
async fn the_front_page_tells_what_happened() {
    let demo = Demo::start(&[]);
    let page = demo.get("/").await;
    for fact in [
        "A brief of ten stories from three platforms went to 25 readers",
        "The Weekly Brief, edition weekly-brief/1",
        "src=\"/inbox/1/html\"",
    ] {
        assert!(page.contains(fact), "{fact} is not in {page}");
    }
    assert!(page.contains(&format!("export GRIOT_CONFIG={}", demo.config().display())), "{page}");
}

#[tokio::test]
async fn the_brief_has_all_its_parts_and_the_page_says_why() {
    let demo = Demo::start(&[]);
    let page = words_of(&demo.get("/").await);
    for reason in
        ["× usual comments for Harmattan at ", "also on Coast Wire, Lagoon Business and North Star", "Most read: "]
    {
        assert!(page.contains(reason), "{reason} is not in {page}");
    }
    let bytes = demo.message(1).await;
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    let text = parsed.body_text(0).unwrap();
    // The merged pair under the lead, what to read also, what was most read, an event.
    for part in ["Also on North Star", "\n    Read also", "\n    Must read", "\n    Coming up"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test]
async fn every_reader_has_one_message_with_html_text_and_headers() {
    let demo = Demo::start(&[]);
    assert!(demo.get("/inbox").await.contains("25 messages"));
    let mut readers = HashSet::new();
    for number in 1..=READERS {
        let bytes = demo.message(number).await;
        let mail = Mail::read(&bytes);
        readers.insert(mail.field("To").to_owned());
        assert_eq!(mail.field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        let subject = parsed.subject().unwrap();
        assert!(parsed.body_html(0).unwrap().contains("</html>"));
        let text: Vec<_> = parsed.body_text(0).unwrap().split_whitespace().map(str::to_owned).collect();
        let text = text.join(" ");
        assert!(text.contains(subject) && text.contains("because you signed up with Harmattan Press on"), "{text}");
        for (view, part) in [("", "<iframe"), ("/text", "Ten stories"), ("/headers", "<dt>List-ID</dt>")] {
            let page = demo.get(&format!("/inbox/{number}{view}")).await;
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
    assert_eq!(readers.len(), READERS, "{readers:?}");
    assert_eq!(demo.ask(&format!("/inbox/{}", READERS + 1)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rfc8058_who_leaves_by_one_click_is_not_mailed_again() {
    let demo = Demo::start(&[]);
    let first = demo.message(1).await;
    let mail = Mail::read(&first);
    let leave = mail.field("List-Unsubscribe").split(['<', '>']).nth(1).unwrap();
    assert_eq!(demo.leave_by_one_click(leave).await, StatusCode::OK);

    let mut again = Command::new(env!("CARGO_BIN_EXE_griot"));
    again.arg("--config").arg(demo.config()).args(["send", "weekly-brief", "--wait", "--json"]);
    let again = again.output().unwrap();
    assert!(again.status.success(), "{again:?}");
    let edition: Value = serde_json::from_slice(&again.stdout).unwrap();
    let rest = Value::from(READERS - 1);
    assert_eq!((&edition["edition"], &edition["state"]), (&"weekly-brief/2".into(), &"sent".into()), "{edition}");
    assert_eq!(edition["accepted"], rest, "{edition}");
    let last = READERS + READERS - 1;
    for number in READERS + 1..=last {
        assert_ne!(Mail::read(&demo.message(number).await).field("To"), mail.field("To"));
    }
    assert_eq!(demo.ask(&format!("/inbox/{}", last + 1)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_archive_and_the_edition_online_answer() {
    let demo = Demo::start(&[]);
    let first = demo.message(1).await;
    let parsed = MessageParser::default().parse(&first).unwrap();
    let subject = parsed.subject().unwrap();
    let text = parsed.body_text(0).unwrap();
    let online = text.split("View online:").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    assert_eq!(online, demo.link("This edition online").await);
    let online = demo.get(online).await;
    assert!(words_of(&online).contains(subject), "{subject:?} is not in {online}");
    assert!(!online.contains("/unsubscribe/") && !online.contains("/preferences/"), "a reader's own link is public");
    let archive = demo.get(&demo.link("The archive").await).await;
    assert!(words_of(&archive).contains(subject), "{subject:?} is not in {archive}");
}

/// What a page says.
fn words_of(page: &str) -> String {
    Html::parse_document(page).root_element().text().collect()
}

#[tokio::test]
async fn ctrl_c_ends_it_and_leaves_nothing_behind() {
    let demo = Demo::start(&[]);
    // Connections that a browser would keep open must not hold it up.
    let archive = demo.link("The archive").await;
    demo.get(&archive).await;
    let ports: Vec<String> = [&demo.url, &archive].map(|url| url.split('/').nth(2).unwrap().to_owned()).into();
    let ended = demo.interrupt();
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.left_behind.is_empty(), "{ended:?}");
    for port in ports {
        assert!(TcpStream::connect(&port).is_err(), "{port} still answers");
    }
}

#[test]
fn ctrl_c_cuts_a_feed_short_that_does_not_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let demo = Demo::begin(&["--feed", &format!("http://{}/feed", silent.local_addr().unwrap())]);
    let connection = silent.accept().unwrap();
    let ended = demo.interrupt();
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.left_behind.is_empty(), "{ended:?}");
    drop(connection);
}

#[tokio::test]
async fn feeds_of_ones_own_make_the_brief() {
    let headlines = ["The hall opens", "The ferry sails", "A choir sings", "Rain comes"];
    let feed = fresh_feed(Utc::now(), "own", &headlines);
    let server = feed_server::serve(vec![("feed".to_owned(), feed)]);
    let demo = Demo::start(&["--feed", &format!("{server}feed")]);
    let page = demo.get("/").await;
    assert!(page.contains("A brief of four stories from one platform went to 25 readers"), "{page}");
    let brief = demo.get("/inbox/1/text").await;
    for headline in headlines {
        assert!(brief.contains(headline), "{headline} is not in {brief}");
    }
}
