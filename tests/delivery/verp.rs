//! Return addresses that name their delivery (VERP), and what a bounce is asked to name it by (S12).

use crate::support;
use crate::support::newsroom::{Newsroom, reader};
use crate::support::rows;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp, Setup};
use chrono::Utc;
use griot::address::EmailAddress;
use griot::config::Config;
use griot::publishing::Press;
use griot::store::Subscriber;

const BOUNCES: (&str, &str) = ("[feeds]", "[bounces]\ndomain = \"bounce.example.org\"\n\n[feeds]");

fn relay(extensions: Vec<&'static str>) -> ScriptedSmtp {
    // One reader gets it at the second try.
    ScriptedSmtp::set_up(Setup { extensions, ..Setup::default() }, |moment| match moment.at {
        At::Dot if moment.recipient == reader(2) && moment.arrived_before == 0 => Say::Reply("451 4.3.0 later".into()),
        _ => Say::Usual,
    })
}

/// MAIL and RCPT as the relay heard them, by recipient, of every try.
fn envelopes(relay: &ScriptedSmtp, recipient: &str) -> Vec<(String, String)> {
    let heard = relay.heard();
    let connections: std::collections::BTreeSet<usize> = heard.iter().map(|(connection, _)| *connection).collect();
    let of_one = |connection: usize| {
        let lines: Vec<&String> = heard.iter().filter(|(on, _)| *on == connection).map(|(_, line)| line).collect();
        let pair = |pair: &[&String]| pair[1].starts_with(&format!("RCPT TO:<{recipient}>"));
        lines.windows(2).filter(|two| pair(two)).map(|two| (two[0].clone(), two[1].clone())).collect::<Vec<_>>()
    };
    connections.into_iter().flat_map(of_one).collect()
}

fn send(room: &Newsroom) {
    support::wait::until(support::newsroom::PATIENCE, "the edition is sent", || {
        room.griot.run(&["send", "weekly-brief/1", "--wait"]);
        room.account()["state"] == "sent"
    });
}

#[test]
fn every_delivery_has_a_return_address_that_is_read_back() {
    let room = Newsroom::open(3, relay(vec!["PIPELINING", "DSN"]), &[BOUNCES]);
    room.griot.run(&["draft", "weekly-brief"]);
    send(&room);
    let mut config = Config::load(&room.griot.path().join("griot.toml")).unwrap();
    rows::place(&mut config, room.griot.path());
    let press = Press::open(config, Utc::now).unwrap();
    for number in 1..=3 {
        let reader = reader(number);
        let email = EmailAddress::parse(&reader).unwrap();
        let id = press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap().id;
        let envelopes = envelopes(&room.relay, &reader);
        assert_eq!(envelopes.len(), if number == 2 { 2 } else { 1 });
        for (mail, rcpt) in &envelopes {
            let sender = mail.strip_prefix("MAIL FROM:<").and_then(|rest| rest.split('>').next()).unwrap();
            let (local, domain) = sender.split_once('@').unwrap();
            assert_eq!(domain, "bounce.example.org");
            assert_eq!(press.keys().read_verp(local), Some((1, id.0)));
            assert_eq!(*mail, format!("MAIL FROM:<{sender}> RET=HDRS ENVID={local}"));
            assert_eq!(*rcpt, format!("RCPT TO:<{reader}> NOTIFY=FAILURE ORCPT=rfc822;{reader}"));
        }
        // F3: the same for every try.
        assert!(envelopes.windows(2).all(|two| two[0] == two[1]));
    }
    // What the reader sees names the sender, and what bounces must not go there.
    let message = String::from_utf8(room.relay.arrived_for(&reader(1))[0].bytes.clone()).unwrap();
    assert!(message.contains("\r\nFrom: \"Harmattan Press\" <brief@example.org>\r\n"), "{message}");
    let leaves = message.split("<mailto:").nth(1).and_then(|rest| rest.split("?subject=unsubscribe>").next()).unwrap();
    let (local, domain) = leaves.split_once('@').unwrap();
    assert_eq!((domain, message.matches(domain).count()), ("bounce.example.org", 1));
    let email = EmailAddress::parse(&reader(1)).unwrap();
    let id = press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap().id;
    assert_eq!((press.keys().read_unsubscribe(local), press.keys().read_verp(local)), (Some((1, id.0)), None));

    // A letter that comes back tells that the address is wrong, and is of no edition.
    room.griot.run(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief"]);
    let [(mail, _)] = envelopes(&room.relay, "ada@example.org").try_into().unwrap();
    let local = mail.strip_prefix("MAIL FROM:<").and_then(|rest| rest.split('@').next()).unwrap();
    let email = EmailAddress::parse("ada@example.org").unwrap();
    let id = press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap().id;
    assert_eq!(press.keys().read_verp(local), Some((0, id.0)));
}

#[test]
fn without_dsn_the_return_address_names_it_alone() {
    let room = Newsroom::open(1, relay(vec!["PIPELINING"]), &[BOUNCES]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let [(mail, rcpt)] = envelopes(&room.relay, &reader(1)).try_into().unwrap();
    assert!(mail.starts_with("MAIL FROM:<b.1.1.") && mail.ends_with("@bounce.example.org>"), "{mail}");
    assert_eq!(rcpt, format!("RCPT TO:<{}>", reader(1)));
}

#[test]
fn without_a_domain_bounces_go_to_the_sender_and_name_the_delivery_where_dsn_is_offered() {
    let room = Newsroom::open(1, relay(vec!["PIPELINING", "DSN"]), &[]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let [(mail, _)] = envelopes(&room.relay, &reader(1)).try_into().unwrap();
    assert!(mail.starts_with("MAIL FROM:<brief@example.org> RET=HDRS ENVID=b.1.1."), "{mail}");
    // A letter is no delivery.
    room.griot.run(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief"]);
    let [(mail, _)] = envelopes(&room.relay, "ada@example.org").try_into().unwrap();
    assert_eq!(mail, "MAIL FROM:<brief@example.org> RET=HDRS");
}
