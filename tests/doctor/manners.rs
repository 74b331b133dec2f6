//! What the doctor says where it can find little out, and that it leaves everything as it was.

use std::fs;

use crate::support::command_line::Griot;

/// Nobody is there; that is not the same as "there is no record".
#[test]
fn a_name_server_that_is_not_there_is_its_own_finding() {
    let griot = Griot::new();
    let ran = griot.run(&["doctor", "--json", "--resolver", "127.0.0.1:1"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "griot: 2 things to mend; each says what to do\n"));
    let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    let known: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding["id"].as_str().unwrap(), finding["level"].as_str().unwrap())).collect();
    assert_eq!(
        known,
        [
            ("dns.resolver", "fail"),
            ("message.list-id", "pass"),
            ("message.size", "pass"),
            ("message.address", "fail"),
            ("relay.skipped", "warn"),
        ]
    );
    let keys: Vec<&String> = findings[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["about", "dns", "do", "found", "id", "level", "why"]);
}

#[test]
fn says_it_in_aligned_lines_with_advice_beneath() {
    let griot = Griot::new();
    griot.configure(&[("[doctor]\n", "[doctor]\nresolver = \"127.0.0.1:1\"\n")]);
    let ran = griot.run(&["doctor"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "Name server");
    assert!(
        lines[1].starts_with("  FAIL  dns.resolver     example.org   the question for TXT of example.org"),
        "{}",
        lines[1]
    );
    assert_eq!(
        lines[2..],
        [
            "        Nothing can be said of SPF, DKIM, DMARC, mail exchangers, addresses and pages.",
            "        Look at this machine's network, or name another name server: griot doctor --resolver 9.9.9.9",
            "",
            "Message",
            "  PASS  message.list-id  weekly-brief  weekly-brief.list-id.example.org, at the domain of From",
            "  PASS  message.size     weekly-brief  no edition yet; each is measured before it is approved",
            "  FAIL  message.address  publisher     the postal address is still the example's: 1 Example Street, Accra",
            "        The law of many countries wants a true address in every message (CAN-SPAM, CASL).",
            "        Write yours: address in [publisher]",
            "",
            "Relay",
            "  WARN  relay.skipped    relay relay   skipped: dir:outbox is a folder, where messages become files",
            "        Nothing is sent as long as the configuration says so.",
            "        Write the address of your relay: url = \"smtps://user@mail.example.org:465\" in [smtp]",
            "",
            "5 checks: 2 well, 1 to look at, 2 to mend",
        ]
    );
}

#[test]
fn changes_nothing() {
    let griot = Griot::new();
    let everything = || {
        let mut found: Vec<(String, Option<Vec<u8>>)> = fs::read_dir(griot.path(""))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
            // Folders by their names.
            .map(|(name, path)| (name, path.is_file().then(|| fs::read(&path).unwrap())))
            .collect();
        found.sort();
        found
    };
    let before = everything();
    griot.run(&["doctor", "--resolver", "127.0.0.1:1"]);
    assert!(everything() == before, "the doctor changed something");
}

#[test]
fn a_name_server_is_an_address() {
    let griot = Griot::new();
    let ran = griot.run(&["doctor", "--resolver", "dns.example.org"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`dns.example.org` is not the address of a name server"), "{}", ran.stderr);
}
