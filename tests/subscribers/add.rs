//! `griot subscribers add | confirm | remove | erase | show`: one reader at a time.

use std::fs;

use crate::support::command_line::Griot;

const ADD: [&str; 5] = ["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief"];

fn confirmed(arguments: [&'static str; 5]) -> Vec<&'static str> {
    arguments.into_iter().chain(["--confirmed"]).collect()
}

fn letters(griot: &Griot) -> Vec<String> {
    let Ok(outbox) = fs::read_dir(griot.path("outbox")) else { return Vec::new() };
    outbox.map(|letter| fs::read_to_string(letter.unwrap().path()).unwrap()).collect()
}

#[test]
fn a_reader_is_asked_to_confirm() {
    let griot = Griot::new();
    assert_eq!(griot.ok(&ADD), "ada@example.org was asked to confirm weekly-brief\n");
    let letters = letters(&griot);
    assert_eq!(letters.len(), 1);
    assert!(letters[0].starts_with("To: ada@example.org\r\n"), "{}", letters[0]);
    let listed = &griot.json(&["subscribers", "list", "--json"])[0];
    let expected = serde_json::json!({
        "email": "ada@example.org", "name": "", "subscriptions": {"weekly-brief": "pending"}, "timezone": "",
    });
    assert_eq!(*listed, expected);
    assert_eq!(
        griot.ok(&["subscribers", "confirm", "ada@example.org"]),
        "ada@example.org is confirmed for weekly-brief\n"
    );
    assert_eq!(
        griot.ok(&["subscribers", "confirm", "ada@example.org"]),
        "ada@example.org was confirmed for weekly-brief already\n"
    );
    assert_eq!(griot.ok(&ADD), "ada@example.org gets weekly-brief already\n");
}

#[test]
fn a_letter_that_could_not_be_sent_is_no_success() {
    let griot = Griot::new();
    // Nothing listens on port 1.
    griot.configure(&[("url = \"dir:outbox\"", "url = \"smtp://127.0.0.1:1?tls=none\"")]);
    let error = griot.err(&ADD);
    assert!(
        error.starts_with("griot: ada@example.org is pending, but could not be asked; run this again to ask: "),
        "{error}"
    );
    assert!(error.contains("Connection refused"), "{error}");
    assert_eq!(griot.ok(&["subscribers", "list"]), "ada@example.org    weekly-brief  pending\n");
}

#[test]
fn c_who_left_comes_back_only_by_their_own_will() {
    let griot = Griot::new();
    assert_eq!(griot.ok(&confirmed(ADD)), "ada@example.org gets weekly-brief from now on\n");
    assert_eq!(letters(&griot).len(), 0);
    assert_eq!(
        griot.ok(&["subscribers", "remove", "ada@example.org"]),
        "ada@example.org no longer gets weekly-brief\n"
    );
    assert_eq!(griot.ok(&["subscribers", "remove", "ada@example.org"]), "ada@example.org had left weekly-brief\n");
    assert_eq!(
        griot.err(&confirmed(ADD)),
        "griot: ada@example.org left weekly-brief; leave --confirmed out, so that the reader is asked\n"
    );
    assert_eq!(
        griot.err(&["subscribers", "confirm", "ada@example.org"]),
        "griot: ada@example.org has no pending subscription; `griot subscribers add` begins one\n"
    );
    griot.ok(&ADD);
    let shown = &griot.json(&["subscribers", "show", "ada@example.org", "--json"])[0];
    let states: Vec<&str> =
        shown["changes"].as_array().unwrap().iter().map(|change| change["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["confirmed", "ended", "pending"]);
    assert!(griot.ok(&["subscribers", "show", "ada@example.org"]).starts_with("ada@example.org · known since "));
}

#[test]
fn c_who_was_erased_leaves_nothing_and_is_not_brought_back() {
    let griot = Griot::new();
    griot.ok(&confirmed(ADD));
    let unasked = griot.run(&["subscribers", "erase", "ada@example.org"]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(2), ""));
    assert_eq!(unasked.stderr, "griot: nobody can be asked here; add --yes if you mean it\n");
    assert_eq!(
        griot.ok(&["subscribers", "erase", "ada@example.org", "--yes"]),
        "ada@example.org is erased; the account of past editions keeps their number only\n"
    );
    assert_eq!(
        griot.err(&["subscribers", "show", "ada@example.org"]),
        "griot: ada@example.org is no subscriber; `griot subscribers list` shows who is\n"
    );
    assert_eq!(
        griot.err(&confirmed(ADD)),
        "griot: ada@example.org was erased at the reader's wish; leave --confirmed out, so that the reader is asked\n"
    );
}

#[test]
fn a_reader_who_asked_to_leave_is_told_once_that_it_is_done() {
    let griot = Griot::new();
    griot.ok(&confirmed(ADD));
    let remove = ["subscribers", "remove", "ada@example.org", "--goodbye"];
    assert_eq!(
        griot.ok(&remove),
        "ada@example.org no longer gets weekly-brief\nSent a goodbye letter to ada@example.org\n"
    );
    let sent = letters(&griot);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("You won't hear from us again."), "{}", sent[0]);
    assert!(!sent[0].contains("List-Unsubscribe"), "there is nothing left to leave: {}", sent[0]);
    assert_eq!(griot.ok(&remove), "ada@example.org had left weekly-brief\n");
    assert_eq!(letters(&griot).len(), 1);
}

#[test]
fn a_reader_lives_in_a_zone_of_the_iana_names() {
    let griot = Griot::new();
    let add = |zone: &'static str| [&confirmed(ADD)[..], &["--timezone", zone]].concat();
    let refused = griot.run(&add("Africa/Lago"));
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        refused.stderr,
        "error: invalid value 'Africa/Lago' for '--timezone <ZONE>': there is no time zone `Africa/Lago`; did you mean \
         \"Africa/Lagos\"?\n\nFor more information, try '--help'.\n"
    );
    assert_eq!(griot.ok(&add("Africa/Lagos")), "ada@example.org gets weekly-brief from now on\n");
    let zone = || griot.json(&["subscribers", "show", "ada@example.org", "--json"])[0]["timezone"].clone();
    assert_eq!(zone(), "Africa/Lagos");
    let shown = griot.ok(&["subscribers", "show", "ada@example.org"]);
    assert!(shown.starts_with("ada@example.org · Africa/Lagos · known since "), "{shown}");
    assert_eq!(
        griot.ok(&add("Europe/Paris")),
        "ada@example.org gets weekly-brief already · their time zone is Europe/Paris now\n"
    );
    // Left out, it is left as it is.
    assert_eq!(griot.ok(&confirmed(ADD)), "ada@example.org gets weekly-brief already\n");
    assert_eq!(zone(), "Europe/Paris");
}
