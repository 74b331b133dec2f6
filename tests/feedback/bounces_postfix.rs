//! An edition goes through a real relay to mailboxes of which some do not exist, some are full and some answer by
//! themselves; what comes back by LMTP suppresses those that do not exist and nobody else.

use crate::support::rows;
use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::configuration;
use crate::support::dovecot::Dovecot;
use crate::support::feed_server::{self, fresh_feed};
use crate::support::griot::Griot;
use crate::support::newsroom::{Running, reader};
use crate::support::port::free_port;
use crate::support::postfix::{Configuration, MAIL_USER, Postfix};
use crate::support::wait::until;
use chrono::Utc;
use serde_json::Value;

const READERS: usize = 300;
const PATIENCE: Duration = Duration::from_secs(60);

fn is_unknown(number: usize) -> bool {
    number.is_multiple_of(15)
}

fn is_full(number: usize) -> bool {
    number % 30 == 7
}

fn is_away(number: usize) -> bool {
    number % 60 == 11
}

/// A Dovecot whose mailboxes hold no more than a kilobyte.
fn full_mailboxes(port: u16) -> Option<Dovecot> {
    Dovecot::start_with(&format!(
        "protocols = imap lmtp\n\
         mail_plugins = quota\n\
         plugin {{\n  quota = maildir:Mailbox\n  quota_rule = *:storage=1K\n}}\n\
         userdb {{\n  driver = static\n  args = uid={MAIL_USER} gid={MAIL_USER} home=/tmp allow_all_users=yes\n}}\n\
         service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {port}\n  }}\n}}\n"
    ))
}

/// A Postfix that takes mail for everybody and finds out later who is there, as a relay does. Bounces it hands to griot.
fn relay(lmtp_port: u16, full_port: u16) -> Option<Postfix> {
    Postfix::set_up(&|postfix| {
        let etc = postfix.etc();
        let known: Vec<(usize, String)> = (1..=READERS).filter(|n| !is_unknown(*n)).map(|n| (n, reader(n))).collect();
        postfix.write_mailboxes(known.iter().map(|(_, address)| (address.as_str(), format!("{address}/"))));
        let script = etc.join("away.py");
        fs::write(&script, AWAY.replace("PORT", &postfix.port.to_string())).unwrap();
        fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
        let mut transport = format!("bounce.example.org lmtp:inet:127.0.0.1:{lmtp_port}\n");
        for (number, address) in &known {
            if is_away(*number) {
                transport.push_str(&format!("{address} away:\n"));
            } else if is_full(*number) {
                transport.push_str(&format!("{address} lmtp:inet:127.0.0.1:{full_port}\n"));
            }
        }
        fs::write(etc.join("transport"), transport).unwrap();
        Configuration {
            main_cf: format!(
                "smtpd_reject_unlisted_recipient = no\ntransport_maps = texthash:{}/transport\n",
                etc.display()
            ),
            master_cf: format!(
                "lmtp unix - - n - - lmtp\n\
                 away unix - n n - - pipe flags=q user=nobody argv=/usr/bin/python3 {} ${{sender}} ${{recipient}}\n",
                script.display()
            ),
        }
    })
}

/// What answers by itself (RFC 3834), to the return address.
const AWAY: &str = r#"
import smtplib, sys
sys.stdin.buffer.read()
sender, recipient = sys.argv[1:]
answer = f"""From: {recipient}
To: {sender}
Subject: Out of office: The week
Auto-Submitted: auto-replied

I no longer read mail at this address until Monday. The user is unknown to work on holidays.
"""
with smtplib.SMTP("127.0.0.1", PORT) as smtp:
    smtp.sendmail("", [sender], answer)
"#;

fn addresses(which: fn(usize) -> bool) -> BTreeSet<String> {
    (1..=READERS).filter(|number| which(*number)).map(reader).collect()
}

fn count(griot: &Griot, edition: &str, class: &str) -> u64 {
    let report = griot.json(&["edition", "report", edition, "--json"]);
    let reasons = report["report"]["reasons"].as_array().unwrap();
    reasons.iter().filter(|line| line["class"] == class).map(|line| line["readers"].as_u64().unwrap()).sum()
}

#[test]
fn b_the_right_ones_are_suppressed_and_the_next_edition_skips_exactly_those() {
    let lmtp_port = free_port();
    let full_port = free_port();
    let (Some(_dovecot), Some(postfix)) = (full_mailboxes(full_port), relay(lmtp_port, full_port)) else { return };
    let headlines = ["The hall opens", "The ferry sails", "A choir sings", "Rain comes", "The train is late"];
    let later = ["Fishermen count the catch", "A bakery never closes", "Drums are lent", "Highlife on the radio"];
    let server = feed_server::serve(vec![
        ("first".to_owned(), fresh_feed(Utc::now(), "first", &headlines)),
        ("second".to_owned(), fresh_feed(Utc::now(), "second", &later)),
    ]);
    let configured = |feed: &str| {
        configuration::text(&[format!("{server}{feed}")], postfix.port, 8080)
            .replace("127.0.0.1:8080\"\npublic", "127.0.0.1:0\"\npublic")
            + &format!("\n[bounces]\ndomain = \"bounce.example.org\"\nlmtp = \"127.0.0.1:{lmtp_port}\"\n")
    };
    let griot = Griot::set_up(&configured("first"));
    griot.run(&["fetch"]);
    let rows: String = (1..=READERS).map(|number| format!("{}\n", reader(number))).collect();
    fs::write(griot.path().join("readers.csv"), format!("email\n{rows}")).unwrap();
    griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);

    let daemon = Running::start(griot.command(&["daemon"]));
    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!((&sent["state"], &sent["accepted"]), (&"sent".into(), &READERS.into()), "{sent}");
    let [unknown, full, away] = [is_unknown, is_full, is_away].map(addresses);
    assert_eq!([unknown.len(), full.len(), away.len()], [20, 10, 5]);
    let here = READERS - 35;
    until(PATIENCE, "who is there has it", || postfix.delivered() == here);
    let came_back = || ["hard", "soft", "vacation"].map(|class| count(&griot, "weekly-brief/1", class));
    until(PATIENCE, "all that comes back has come", || came_back() == [20, 10, 5]);
    assert_eq!(suppressed(&griot), unknown);

    daemon.terminate();
    assert!(daemon.end().status.success());
    griot.write_configuration(&configured("second"));
    griot.run(&["fetch"]);
    let daemon = Running::start(griot.command(&["daemon"]));
    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    let numbers = ["recipients", "accepted", "skipped"].map(|state| sent[state].as_u64().unwrap());
    assert_eq!(numbers, [300, 280, 20], "{sent}");
    until(PATIENCE, "who is there has the second", || postfix.delivered() == 2 * here);
    until(PATIENCE, "what comes back of the second has come", || count(&griot, "weekly-brief/2", "soft") == 10);
    assert_eq!(count(&griot, "weekly-brief/2", "hard"), 0);
    assert_eq!(suppressed(&griot), unknown, "two soft bounces in a day suppress nobody");
    assert_eq!(griot.run(&["bounces", "review"]), "Nothing waits for a review\n");
    let skipped: BTreeSet<String> = skipped(&griot);
    assert_eq!(skipped, unknown);
    println!("{}", griot.run(&["edition", "report", "weekly-brief/1"]));
    println!("{}", griot.run(&["subscribers", "show", &reader(15)]));
    daemon.terminate();
    assert!(daemon.end().status.success());
}

fn suppressed(griot: &Griot) -> BTreeSet<String> {
    let listed = griot.run(&["suppressions", "list", "--json"]);
    let address = |line: &str| serde_json::from_str::<Value>(line).unwrap()["address"].as_str().unwrap().to_owned();
    listed.lines().map(address).collect()
}

fn skipped(griot: &Griot) -> BTreeSet<String> {
    let store = rows::of(griot.path());
    let mut query = store
        .prepare("SELECT s.email FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id WHERE d.state = 'skipped'")
        .unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}
