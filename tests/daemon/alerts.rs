//! Operators are told what is wrong: once, whatever is restarted when, and once more when it is over.

use crate::support::rows;

use chrono::Utc;
use serde_json::Value;

use crate::support::mail::Mail;
use crate::support::monitor::samples;
use crate::support::newsroom::{Newsroom, PATIENCE, Running};
use crate::support::port::free_port;
use crate::support::receiver::Receiver;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use crate::support::wait::until;

const OPERATOR: &str = "ops@example.org";

fn change(room: &Newsroom, sql: &str) {
    let store = rows::of(room.griot.path());
    store.execute_batch(sql).unwrap();
}

fn letters(room: &Newsroom) -> Vec<Mail> {
    room.relay.arrived_for(OPERATOR).iter().map(|message| Mail::read(&message.bytes)).collect()
}

fn subjects(room: &Newsroom) -> Vec<String> {
    let parser = mail_parser::MessageParser::default();
    let subject = |bytes: &[u8]| parser.parse(bytes).unwrap().subject().unwrap().to_owned();
    room.relay.arrived_for(OPERATOR).iter().map(|message| subject(&message.bytes)).collect()
}

fn raised(room: &Newsroom) -> Vec<Value> {
    let lines = room.griot.run(&["alerts", "--json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Ends a daemon, changes rows, and starts another, which looks at once.
fn restart(room: &Newsroom, daemon: Running, sql: &str) -> Running {
    daemon.terminate();
    assert!(daemon.end().status.success());
    change(room, sql);
    room.daemon().0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_by_letter_and_webhook_and_once_more_when_it_is_over() {
    let receiver = Receiver::open().await;
    let tables = format!(
        "{}[alerts]\nto = [\"{OPERATOR}\"]\nwebhook = \"crm\"\ndisk = \"0%\"\n\n[[newsletter]]",
        receiver.table("crm", "events = [\"edition.sent\"]")
    );
    let changes = [("[[newsletter]]", tables.as_str()), ("/feed\"]", "/feed\", \"http://127.0.0.1:9/second\"]")];
    let room = Newsroom::open_where(0, ScriptedSmtp::start(|_| Say::Usual), &changes, |griot| {
        // One of the feeds is not there.
        griot.command(&["fetch"]).output().unwrap();
    });
    let old = Utc::now().timestamp() - 2 * 86_400;
    let later = "next_poll_at = 9999999999";
    change(
        &room,
        &format!(
            "UPDATE feeds SET {later}, failures = 0, failing_since = NULL, title = 'The second';
             UPDATE feeds SET title = 'The first', failing_since = {old}, failures = 9, last_error = 'it answered 500'
             WHERE url NOT LIKE '%second'"
        ),
    );
    let (daemon, _notices) = room.daemon();
    until(PATIENCE, "the operator is written to", || subjects(&room).len() == 1);
    assert_eq!(subjects(&room), ["The feed The first fails · Harmattan Press"]);
    let text = letters(&room)[0].lines.join("\n");
    assert!(text.contains("griot alerts") && text.contains("it answered 500"), "{text}");
    let [alert] = raised(&room).try_into().unwrap();
    assert_eq!([&alert["kind"], &alert["severity"]], ["feed-dead", "warning"], "{alert}");
    let told = room.griot.run(&["alerts"]);
    assert!(told.starts_with("warning  The feed The first fails · since "), "{told}");
    until(PATIENCE, "the webhook is told", || receiver.calls("crm").len() == 1);

    let gone = format!("UPDATE feeds SET disabled_at = {old} WHERE url LIKE '%second'");
    let daemon = restart(&room, daemon, &gone);
    until(PATIENCE, "the next is told", || subjects(&room).len() == 2);
    assert_eq!(subjects(&room)[1], "The feed The second is gone · Harmattan Press", "what was told is not repeated");

    let well = format!(
        "UPDATE feeds SET disabled_at = NULL, failing_since = NULL, failures = 0;
         UPDATE alerts SET gone_at = {old}"
    );
    let _daemon = restart(&room, daemon, &well);
    until(PATIENCE, "the end is told", || subjects(&room).len() == 3);
    assert_eq!(subjects(&room)[2], "Over: The feed The first fails, and 1 more · Harmattan Press");
    until(PATIENCE, "the webhook is told of the end", || receiver.calls("crm").len() == 4);
    let mut kinds: Vec<String> = receiver.calls("crm").iter().map(|call| call.kind()).collect();
    kinds.sort();
    assert_eq!(kinds, ["alert.cleared", "alert.cleared", "alert.raised", "alert.raised"]);
    until(PATIENCE, "nothing is left", || raised(&room).is_empty());
    assert_eq!(room.griot.run(&["alerts"]), "Nothing is wrong, as far as the daemon knows\n");
}

#[test]
fn an_edition_whose_draft_nobody_approves_is_late() {
    let port = free_port();
    let listen = format!("listen = \"127.0.0.1:{port}\"");
    let changes = [
        ("listen = \"127.0.0.1:0\"", listen.as_str()),
        ("schedule = \"0 3 29 2 *\"", "schedule = \"0 3 * * *\"\napproval = \"editor\""),
        ("grace = \"0s\"", "grace = \"10d\""),
        ("[[newsletter]]", "[alerts]\nlate = \"0s\"\ndisk = \"0%\"\n\n[[newsletter]]"),
    ];
    let room = Newsroom::open(1, ScriptedSmtp::start(|_| Say::Usual), &changes);
    let since = Utc::now().timestamp() - 3 * 86_400;
    change(&room, &format!("UPDATE newsletters SET scheduled_at = {since}"));
    let (daemon, _notices) = room.daemon();
    until(PATIENCE, "the draft is made", || {
        samples(port).contains_key("griot_editions{newsletter=\"weekly-brief\",state=\"draft\"}")
    });
    assert!(samples(port)["griot_schedule_lag_seconds{newsletter=\"weekly-brief\"}"] > 0.0);
    let _daemon = restart(&room, daemon, "");
    until(PATIENCE, "it is late", || raised(&room).iter().any(|alert| alert["title"] == "weekly-brief/1 is late"));
    let alert = raised(&room).into_iter().find(|alert| alert["title"] == "weekly-brief/1 is late").unwrap();
    assert_eq!([&alert["kind"], &alert["severity"]], ["edition-late", "urgent"], "{alert}");
    let todo = "Approve it at the desk or with `griot approve weekly-brief/1`, or end it with `griot edition cancel weekly-brief/1`";
    assert_eq!(alert["todo"], todo);
}
