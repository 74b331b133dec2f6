//! `griot init`: a configuration and a store for their owner only, and nothing overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::command_line::Griot;

#[test]
fn writes_what_is_needed_and_says_what_comes_next() {
    let griot = Griot::bare();
    assert_eq!(
        griot.ok(&["init", "press"]),
        "Wrote press/griot.toml\n\
         Made the store press/griot.db\n\
         \n\
         Next: fill in your name, platforms, newsletter and relay in press/griot.toml, then\n  \
         griot check --config press/griot.toml\n  \
         griot fetch --config press/griot.toml\n  \
         griot draft weekly-brief --config press/griot.toml\n"
    );
    assert_eq!(griot.read("press/griot.toml"), include_str!("../../config.example.toml"));
    for file in ["press/griot.toml", "press/griot.db"] {
        let mode = fs::metadata(griot.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    griot.ok(&["check", "--config", "press/griot.toml"]);
}

#[test]
fn overwrites_nothing() {
    let griot = Griot::new();
    griot.ok(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief", "--confirmed"]);
    griot.file("griot.toml", "# mine");
    assert_eq!(
        griot.err(&["init"]),
        "griot: griot.toml exists already and is left as it is; `griot check` reads it, `griot init DIR` starts anew\n"
    );
    assert_eq!(griot.read("griot.toml"), "# mine");
    fs::remove_file(griot.path("griot.toml")).unwrap();
    assert!(griot.ok(&["init"]).contains("\nKept the store griot.db\n"));
    assert_eq!(griot.ok(&["subscribers", "list"]), "ada@example.org    weekly-brief  confirmed\n");
}
