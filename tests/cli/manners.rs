//! What every command has in common: exit codes, errors, where the configuration is, a reader that goes away.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::support::command_line::{Griot, ended};
use crate::support::engine;

#[test]
fn misuse_is_told_from_failure() {
    let griot = Griot::new();
    for misuse in [
        &["subscribers", "add", "ada", "--newsletter", "weekly-brief"][..],
        &["subscribers", "list", "--state", "gone"],
        &["subscribers", "erase", "--yes"],
        &["publish"],
        &[],
    ] {
        let ran = griot.run(misuse);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{misuse:?}: {ran:?}");
        assert!(!ran.stderr.is_empty());
    }
    let error = griot.err(&["subscribers", "list", "--newsletter", "daily"]);
    assert_eq!(error, "griot: there is no newsletter \"daily\"; the configuration has weekly-brief\n");
}

#[test]
fn finds_the_configuration_by_option_and_by_environment() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::bare();
    assert_eq!(
        griot.err(&["check"]),
        "griot: griot.toml: there is no such file\n   \
         = `griot init` writes one; `--config FILE` or GRIOT_CONFIG names another\n"
    );
    griot.ok(&["init", "press"]);
    let by_environment = ended(griot.command(&["check"]).env("GRIOT_CONFIG", "press/griot.toml"));
    assert_eq!(by_environment.code, Some(0), "{by_environment:?}");
    assert_eq!(by_environment.stdout, griot.ok(&["--config", "press/griot.toml", "check"]));
    assert!(by_environment.stdout.contains("\nstore      press/griot.db\n"), "{}", by_environment.stdout);
}

#[test]
fn ends_quietly_where_nobody_reads_on() {
    let griot = Griot::new();
    let rows: String = (0..5_000).map(|n| format!("reader{n}@example.org\n")).collect();
    griot.file("many.csv", format!("email\n{rows}"));
    griot.ok(&["subscribers", "import", "many.csv", "--newsletter", "weekly-brief"]);
    for arguments in [
        &["subscribers", "list", "--limit", "5000"][..],
        &["subscribers", "list", "--json"],
        &["subscribers", "export"],
    ] {
        let mut child = griot.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("email") || first.contains("reader0@example.org"), "{first}");
        // The pipe is closed by now, long before everything fits into it.
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn writes_the_manual_and_completions_for_every_command() {
    let griot = Griot::bare();
    griot.ok(&["man", "manual"]);
    let mut pages: Vec<String> = std::fs::read_dir(griot.path("manual"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for page in ["griot.1", "griot-subscribers-import.1", "griot-edition-pause.1", "griot-check.1"] {
        assert!(pages.iter().any(|found| found == page), "{page} is not among {pages:?}");
    }
    let page = griot.read("manual/griot-subscribers-import.1");
    assert!(page.contains("\\-\\-newsletter") && page.contains("Importing a file again changes nothing"), "{page}");
    for shell in ["bash", "zsh", "fish"] {
        let script = griot.ok(&["completions", shell]);
        assert!(script.contains("subscribers") && script.contains("--confirmed") || shell == "fish", "{shell}");
    }
}

#[test]
fn backs_up_once() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::new();
    griot.ok(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief", "--confirmed"]);
    assert!(griot.ok(&["backup", "copy.db"]).starts_with("Backed up griot.db to copy.db · 0."));
    assert_eq!(griot.err(&["backup", "copy.db"]), "griot: copy.db exists already; name another file\n");
    griot.configure(&[("path = \"griot.db\"", "path = \"copy.db\"")]);
    assert_eq!(griot.ok(&["subscribers", "list"]), "ada@example.org    weekly-brief  confirmed\n");
}
