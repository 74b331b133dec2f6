//! F3, W: the keys that seal links are renewed while links in mail already sent go on working.

use crate::support::rows;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::mail::Mail;
use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use crate::support::wait::until;

/// A room whose daemon answers at a port that is known, and whose messages come back to addresses of their own.
fn room(script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> (Newsroom, u16) {
    let port = free_port();
    let changes = [
        ("listen = \"127.0.0.1:0\"", format!("listen = \"127.0.0.1:{port}\"")),
        ("retry_unknown = \"1s\"", "retry_unknown = \"hold\"\n[bounces]\ndomain = \"bounce.example.org\"".to_owned()),
    ];
    let changes: Vec<(&str, &str)> = changes.iter().map(|(old, new)| (*old, new.as_str())).collect();
    (Newsroom::open(2, ScriptedSmtp::start(script), &changes), port)
}

/// The path of a message's one-click unsubscription.
fn unsubscribe_path(message: &[u8]) -> String {
    let mail = Mail::read(message);
    let told = mail.field("List-Unsubscribe");
    told[told.find("/unsubscribe/").unwrap()..].split('>').next().unwrap().to_owned()
}

/// The key a token names: its first octet.
fn key_of(path: &str) -> u8 {
    let token = path.rsplit('/').next().unwrap();
    data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()[0]
}

/// The status of what a mail program does when a reader unsubscribes.
fn one_click(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let body = "List-Unsubscribe=One-Click";
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_whitespace().nth(1).unwrap().to_owned()
}

fn state_of(room: &Newsroom, reader: &str) -> String {
    let db = rows::of(room.griot.path());
    let query =
        "SELECT t.state FROM subscriptions AS t JOIN subscribers AS s ON s.id = t.subscriber_id WHERE s.email = ?1";
    db.query_row(query, [reader], |row| row.get(0)).unwrap()
}

#[test]
fn f3_w_old_links_bounces_and_retries_outlive_a_rotation() {
    // What reader2 gets first is not answered after its end: nobody knows whether it arrived.
    let (room, port) = room(|moment: &Moment| match moment.at {
        At::Dot if moment.recipient == reader(2) && moment.arrived_before == 0 => Say::Cut(b""),
        _ => Say::Usual,
    });
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    until(PATIENCE, "one is accepted, one unknown", || (room.count("accepted"), room.count("unknown")) == (1, 1));
    let first = room.relay.arrived_for(&reader(1)).remove(0).bytes;
    let old_link = unsubscribe_path(&first);
    assert_eq!(key_of(&old_link), 1);

    assert_eq!(
        room.griot.run(&["keys", "rotate"]),
        "Key 2 signs from now on; links in mail already sent go on working. Back up the store.\n"
    );
    // A retry is the same to the byte, whatever key signs by now.
    room.griot.run(&["edition", "resend-unknown", "weekly-brief/1"]);
    until(PATIENCE, "it goes out once more", || room.relay.arrived_for(&reader(2)).len() == 2);
    let tries = room.relay.arrived_for(&reader(2));
    assert_eq!(tries[0].bytes, tries[1].bytes);

    // The next edition is signed with the new key, by a daemon that runs since before there was one.
    let db = rows::of(room.griot.path());
    db.execute_batch(
        "INSERT INTO stories (platform, feed_id, guid, url, headline, published_at, first_seen_at)
         SELECT 'harmattan', 1, value, 'https://example.org/' || replace(value, ' ', '-'), value, unixepoch() - 1, unixepoch() - 1
         FROM json_each('[\"Night trains return to the coast\", \"A library boat reads the tide\",
                          \"The last weavers teach by video\", \"Cocoa growers ask for what the price is\"]');",
    )
    .unwrap();
    room.until_state("sent");
    room.griot.run(&["send", "weekly-brief"]);
    until(PATIENCE, "the next edition arrives", || room.relay.arrived_for(&reader(1)).len() == 2);
    let second = room.relay.arrived_for(&reader(1)).remove(1).bytes;
    let new_link = unsubscribe_path(&second);
    assert_eq!(key_of(&new_link), 2);

    // A bounce of what was sent before is known by the return address, and by the Message-ID alone.
    let return_path =
        room.relay.heard().into_iter().map(|(_, line)| line).find(|line| line.contains("<b.1.2.")).unwrap();
    let return_path = return_path.split(['<', '>']).nth(1).unwrap().to_owned();
    let by_message_id = Mail::read(&first).field("Message-ID").to_owned();
    for (file, to, about) in
        [("one.eml", return_path.as_str(), ""), ("two.eml", "x@bounce.example.org", &by_message_id)]
    {
        let number = if about.is_empty() { 2 } else { 1 };
        let mail = format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: failure\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nNo.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; {}\r\nAction: failed\r\nStatus: 4.2.2\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
             Message-ID: {about}\r\nSubject: x\r\n\r\n--b--\r\n",
            reader(number)
        );
        fs::write(room.griot.path().join(file), mail).unwrap();
        room.griot.run(&["bounces", "read", file]);
    }
    let found: Vec<(i64, i64)> = {
        let mut query = db.prepare("SELECT edition_id, subscriber_id FROM feedback ORDER BY id").unwrap();
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(found, [(1, 2), (1, 1)]);

    // Both links end what they are for.
    assert_eq!(one_click(port, &old_link), "200");
    assert_eq!(state_of(&room, &reader(1)), "ended");
    assert_eq!(one_click(port, &new_link), "200");
    let of_2 = unsubscribe_path(&tries[0].bytes);
    assert_eq!(one_click(port, &of_2), "200");
    assert_eq!(state_of(&room, &reader(2)), "ended");
    drop(daemon);
}

#[test]
fn w_a_key_is_retired_only_where_nothing_is_on_its_way_with_it() {
    let (room, port) = room(|_| Say::Usual);
    let refused = |words: &[&str]| {
        let output = room.griot.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    room.griot.run(&["draft", "weekly-brief"]);
    room.griot.run(&["approve", "weekly-brief"]);
    assert_eq!(
        refused(&["keys", "retire", "1", "--yes"]),
        "griot: key 1 signs; `griot keys rotate` makes another, and then this one can be retired\n"
    );
    room.griot.run(&["keys", "rotate"]);
    assert_eq!(
        refused(&["keys", "retire", "1", "--yes"]),
        "griot: weekly-brief/1 is on its way with links made with key 1; let it end or cancel it first\n"
    );
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let link = unsubscribe_path(&room.relay.arrived_for(&reader(1)).remove(0).bytes);
    assert_eq!(key_of(&link), 1, "it was approved with the first key");
    let (_daemon, _notices) = room.daemon();
    assert!(refused(&["keys", "retire", "1"]).contains("the links of 1 edition, the last approved "));
    assert_eq!(
        refused(&["keys", "retire", "9", "--yes"]),
        "griot: there is no key 9; `griot keys list` shows those there are\n"
    );
    assert_eq!(
        room.griot.run(&["keys", "retire", "1", "--yes"]),
        "Key 1 is retired: the links of 1 edition are dead.\n"
    );
    let keys = room.griot.run(&["keys", "list", "--json"]);
    let states: Vec<String> = keys
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["retired", "signs"]);
    // A daemon that runs hears of it by itself.
    let another = unsubscribe_path(&room.relay.arrived_for(&reader(2)).remove(0).bytes);
    until(PATIENCE, "links of that key are dead", || one_click(port, &another) == "404");
    assert_eq!(one_click(port, &link), "404");
    assert_eq!(state_of(&room, &reader(1)), "confirmed");
}
