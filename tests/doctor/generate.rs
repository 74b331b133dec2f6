//! `griot dkim generate`: keys that sign, and records that strangers verify by.

use std::os::unix::fs::PermissionsExt;

use crate::support::command_line::Griot;
use crate::support::dkim_verifiers::{Dkimpy, Record};

/// The record of what was printed, its strings put together as a name server's client does.
fn record(printed: &str) -> Record {
    let line = printed.lines().find(|line| line.contains(" 3600 IN TXT ")).unwrap();
    let (name, strings) = line.split_once(". 3600 IN TXT ").unwrap();
    let strings: Vec<&str> = strings.trim_matches('"').split("\" \"").collect();
    assert!(strings.iter().all(|string| string.len() <= 255), "{line}");
    (name.to_owned(), strings.concat())
}

#[test]
fn a_new_key_signs_and_its_record_verifies() {
    let griot = Griot::new();
    let rsa = griot.ok(&["dkim", "generate", "--newsletter", "weekly-brief"]);
    let ed25519 =
        griot.ok(&["dkim", "generate", "Example.ORG", "--selector", "ed", "--ed25519", "--key-file", "second.pem"]);
    let (name, text) = record(&rsa);
    assert_eq!(
        rsa,
        format!(
            "Wrote the key griot.example.org.pem\n\nPublish this record:\n\n{name}. 3600 IN TXT \"{}\" \"{}\"\n\n\
             When it can be seen, write this into griot.toml, and ask griot doctor:\n\n\
             [[dkim]]\ndomain = \"example.org\"\nselector = \"griot\"\nkey_file = \"griot.example.org.pem\"\n",
            &text[..255],
            &text[255..]
        )
    );
    for file in ["griot.example.org.pem", "second.pem"] {
        let mode = griot.path(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file} can be read by others");
    }
    // What it says to write into the configuration, as it says it.
    let tables = |printed: &str| printed[printed.find("[[dkim]]").unwrap()..].to_owned();
    let configuration = griot.read("griot.toml").replace("\n[dkim]\n", "\n") + &tables(&rsa) + &tables(&ed25519);
    griot.file("griot.toml", configuration);
    // Not of this very second, which is in no draft yet.
    for number in ["1", "2", "3"] {
        let url = format!("https://example.org/harmattan/{number}");
        griot.ok(&[
            "story",
            "add",
            &url,
            "--platform",
            "harmattan",
            "--headline",
            &format!("The ferry sails {number}"),
            "--published",
            &(chrono::Utc::now() - chrono::TimeDelta::hours(1)).to_rfc3339(),
        ]);
    }
    griot.ok(&["draft", "weekly-brief"]);
    griot.ok(&["preview", "weekly-brief", "--eml", "brief.eml"]);
    let message = griot.read("brief.eml");
    let signatures = message.matches("DKIM-Signature:").count();
    assert_eq!(signatures, 2, "{message}");
    let mut strangers = Dkimpy::start(&[record(&rsa), record(&ed25519)]);
    assert_eq!(strangers.verify(message.as_bytes()), [true, true]);
}

#[test]
fn a_key_is_never_written_over() {
    let griot = Griot::new();
    griot.ok(&["dkim", "generate", "example.org"]);
    let before = griot.read("griot.example.org.pem");
    assert_eq!(
        griot.err(&["dkim", "generate", "example.org"]),
        "griot: griot.example.org.pem exists already and is left as it is; for a new key take a new selector: griot dkim \
         generate --selector griot2\n"
    );
    assert_eq!(griot.read("griot.example.org.pem"), before);
    griot.ok(&["dkim", "generate", "example.org", "--selector", "griot2", "--bits", "3072"]);
    assert!(griot.read("griot2.example.org.pem").len() > before.len());
}

/// A key has to be there before the configuration can name it.
#[test]
fn needs_no_configuration_for_a_domain_that_is_named() {
    let griot = Griot::bare();
    griot.ok(&["dkim", "generate", "news.example.org"]);
    assert!(griot.read("griot.news.example.org.pem").starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
fn says_what_is_wrong_with_a_name() {
    let griot = Griot::new();
    for (words, told) in [
        (&["example"][..], "griot: \"example\" is not a domain name; write that of your from, such as example.org\n"),
        (
            &["example.org", "--selector", "a b"],
            "griot: \"a b\" is no selector; use letters, digits and -, such as griot2\n",
        ),
    ] {
        let ran = griot.run(&[&["dkim", "generate"], words].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), told));
    }
    for misuse in [&[][..], &["example.org", "--bits", "1024"], &["example.org", "--ed25519", "--bits", "4096"]] {
        assert_eq!(griot.run(&[&["dkim", "generate"], misuse].concat()).code, Some(2), "{misuse:?}");
    }
    assert_eq!(
        griot.err(&["dkim", "generate", "--newsletter", "daily"]),
        "griot: there is no newsletter \"daily\"; the configuration has weekly-brief\n"
    );
}
