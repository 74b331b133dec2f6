//! `griot bounces read`: from the standard input, files, mboxes and Maildirs, through the real binary.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::door::{rows, text};
use crate::support::engine;
use crate::support::griot::Griot;
use crate::support::newsroom::PATIENCE;
use crate::support::postfix::{Configuration, Postfix, TRIED_AGAIN_SOON, is_root};
use crate::support::wait::until;
use serde_json::Value;

/// A mail that no mail system wrote, so that nobody understands it.
fn mail(number: usize) -> String {
    format!("From: ada@readers.example\nSubject: letter {number}\n\nHello {number}\n")
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn maildir(griot: &Griot, mails: std::ops::Range<usize>) -> std::path::PathBuf {
    let folder = griot.path().join("Maildir");
    for name in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for number in mails {
        fs::write(folder.join(format!("new/{number:06}.x")), mail(number)).unwrap();
    }
    folder
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn review_of(griot: &Griot) -> Vec<String> {
    rows(&griot.path().join("griot.db"), "SELECT mail FROM reviews ORDER BY id")
}

#[test]
fn one_mail_from_the_standard_input_is_kept_once() {
    let griot = Griot::set_up(&text(""));
    for (known, words) in [(0, &["bounces", "read", "--json"][..]), (1, &["bounces", "read", "-", "--json"])] {
        let output = with_input(griot.command(words), mail(1).as_bytes());
        assert!(output.status.success(), "{output:?}");
        let done: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&done["mails"], &done["known"]), (&1.into(), &known.into()), "{done}");
        assert_eq!(done["for_review"], 1 - known);
    }
    assert_eq!(review_of(&griot), [mail(1)]);
}

#[test]
fn what_cannot_be_kept_from_the_standard_input_is_to_come_again() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::set_up(&text(""));
    fs::rename(griot.path().join("griot.db"), griot.path().join("away.db")).unwrap();
    let output = with_input(griot.command(&["bounces", "read"]), mail(1).as_bytes());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(75), "{told}");
    assert!(told.starts_with("griot: the mail is not kept; hand it over again: "), "{told}");
    // Who wrote the configuration wrong does not lose mail either.
    griot.write_configuration("nonsense");
    let output = with_input(griot.command(&["bounces", "read"]), mail(1).as_bytes());
    assert_eq!(output.status.code(), Some(75));
    // A file is there still, so that is no reason to hand over anything.
    fs::write(griot.path().join("one.eml"), mail(1)).unwrap();
    assert_eq!(griot.command(&["bounces", "read", "one.eml"]).output().unwrap().status.code(), Some(1));
    assert_eq!(griot.command(&["bounces", "read", "--no-such"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn files_mboxes_and_maildirs_are_told_apart() {
    let griot = Griot::set_up(&text(""));
    fs::write(griot.path().join("one.eml"), mail(1)).unwrap();
    let mbox = format!("From x Thu\n{}\nFrom y Fri\n{}\n", mail(2), mail(3).replace("Hello", ">From here, hello"));
    fs::write(griot.path().join("box"), &mbox).unwrap();
    let folder = maildir(&griot, 4..6);
    fs::write(folder.join("tmp/9.half"), "half").unwrap();
    let told = griot.run(&["bounces", "read", "one.eml", "box", "Maildir"]);
    assert_eq!(
        told,
        "read                  5\nacted upon            0\nknown before          0\n\
         for review            5  see `griot bounces review`\n"
    );
    let wanted = [mail(1), mail(2), mail(3).replace("Hello", "From here, hello"), mail(4), mail(5)];
    assert_eq!(review_of(&griot), wanted);
    // Only the Maildir is emptied.
    assert_eq!(fs::read_to_string(griot.path().join("box")).unwrap(), mbox);
    assert!(griot.path().join("one.eml").exists() && folder.join("tmp/9.half").exists());
    assert!(names(&folder.join("new")).is_empty());
    assert_eq!(griot.json(&["bounces", "read", "box", "--json"])["known"], 2);
}

#[test]
fn kept_mails_stay_as_seen_and_are_read_once() {
    let griot = Griot::set_up(&text(""));
    let folder = maildir(&griot, 0..3);
    let done = griot.json(&["bounces", "read", "--maildir", "Maildir", "--keep", "--json"]);
    assert_eq!((&done["mails"], &done["known"]), (&3.into(), &0.into()), "{done}");
    assert!(names(&folder.join("new")).is_empty());
    assert_eq!(names(&folder.join("cur")), BTreeSet::from([0, 1, 2].map(|n| format!("{n:06}.x:2,S"))));
    assert_eq!(griot.json(&["bounces", "read", "--maildir", "Maildir", "--keep", "--json"])["mails"], 0);
}

#[test]
fn a_dry_run_needs_nothing_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
        command.args(words).current_dir(folder.path()).env_remove("GRIOT_CONFIG").stdin(Stdio::null());
        command
    };
    fs::write(folder.path().join("one.eml"), mail(1)).unwrap();
    fs::write(folder.path().join("box"), format!("From x\n{}\nFrom y\n{}", mail(2), mail(3))).unwrap();
    let words = ["bounces", "read", "--dry-run", "--json", "one.eml", "gone.eml", "box"];
    let output = command(&words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("griot: cannot read gone.eml: No such file"), "{told}");
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<_> = lines.iter().map(|line| (line["file"].as_str().unwrap(), line["mail"].as_u64())).collect();
    assert_eq!(shown, [("one.eml", None), ("box", Some(1)), ("box", Some(2))]);
    assert!(lines.iter().all(|line| line["feedback"].is_array()));
    assert_eq!(names(folder.path()), ["box", "one.eml"].map(String::from).into());
    let named = command(&["--config", "other.toml", "bounces", "read", "--dry-run", "one.eml"]).output().unwrap();
    assert_eq!(named.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&named.stderr).contains("other.toml: there is no such file"));

    // With a store there is nothing in it afterwards either, and the Maildir is as it was.
    let griot = Griot::set_up(&text(""));
    let mails = maildir(&griot, 0..2);
    let told = griot.run(&["bounces", "read", "--dry-run", "Maildir"]);
    assert_eq!(told, "Maildir/new/000000.x 1: not understood\nMaildir/new/000001.x 2: not understood\n");
    assert_eq!((names(&mails.join("new")).len(), review_of(&griot).len()), (2, 0));
}

#[test]
fn a_kill_loses_nothing_and_doubles_nothing() {
    const MAILS: usize = 5_000;
    let griot = Griot::set_up(&text(""));
    let folder = maildir(&griot, 0..MAILS);
    let new = folder.join("new");
    let mut kills = 0;
    for wait in [100, 250, 400, 150] {
        let mut child = griot.command(&["bounces", "read", "Maildir"]).stdout(Stdio::null()).spawn().unwrap();
        let before = names(&new).len();
        until(PATIENCE, "some are gone", || names(&new).len() < before || child.try_wait().unwrap().is_some());
        std::thread::sleep(Duration::from_millis(wait / 10));
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let kept: BTreeSet<String> = review_of(&griot).into_iter().collect();
        let there = names(&new);
        for number in 0..MAILS {
            let is_there = there.contains(&format!("{number:06}.x"));
            assert!(is_there || kept.contains(&mail(number)), "mail {number} is gone, and not kept");
        }
    }
    assert!(kills > 0, "it was too fast to be killed");
    let done = griot.json(&["bounces", "read", "Maildir", "--json"]);
    assert!(names(&new).is_empty(), "{done}");
    let kept = review_of(&griot);
    assert_eq!((kept.len(), kept.into_iter().collect::<BTreeSet<_>>().len()), (MAILS, MAILS));
}

#[test]
fn postfix_pipes_a_mail_and_keeps_what_is_not_taken() {
    let _file = engine::OfTheFile::only();
    if !is_root() {
        eprintln!("NOT RUN: only root can start a Postfix");
        return;
    }
    let griot = Griot::set_up(&text(""));
    // Postfix runs nothing as root.
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(griot.path(), 0o777);
    for entry in fs::read_dir(griot.path()).unwrap() {
        open(&entry.unwrap().path(), 0o666);
    }
    let binary = griot.path().join("griot");
    fs::copy(env!("CARGO_BIN_EXE_griot"), &binary).unwrap();
    open(&binary, 0o755);
    let script = griot.path().join("read");
    let run = format!("#!/bin/sh\ncd {} && exec ./griot bounces read\n", griot.path().display());
    fs::write(&script, run).unwrap();
    open(&script, 0o755);
    let main_cf = format!(
        "transport_maps = inline:{{ bounce.example=griot: }}\nrelay_domains = bounce.example\n\
         griot_destination_recipient_limit = 1\n{TRIED_AGAIN_SOON}"
    );
    let service = format!("griot unix - n n - 2 pipe\n  flags=DRXhu user=nobody argv={}\n", script.display());
    let store = griot.path().join("griot.db");
    let away = griot.path().join("away.db");
    fs::rename(&store, &away).unwrap();
    let postfix = Postfix::set_up(&|postfix| {
        postfix.write_mailboxes(std::iter::empty());
        Configuration { main_cf: main_cf.clone(), master_cf: service.clone() }
    });
    let postfix = postfix.unwrap();
    send(&postfix, "b.1.2.x@bounce.example", &mail(1));
    until(PATIENCE, "it is deferred", || postfix.log().contains("status=deferred"));
    fs::rename(&away, &store).unwrap();
    until(PATIENCE, "it arrives", || review_of(&griot).len() == 1);
    let kept = &review_of(&griot)[0];
    assert!(kept.starts_with("Return-Path: <ada@readers.example>\n"), "{kept}");
    assert!(kept.contains("\nDelivered-To: b.1.2.x@bounce.example\n") && kept.ends_with("\n\nHello 1\n"), "{kept}");
}

fn send(postfix: &Postfix, recipient: &str, mail: &str) {
    use std::io::{BufRead, BufReader};
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", postfix.port)).unwrap());
    let mail = mail.replace('\n', "\r\n");
    let parts = [
        "HELO c.example",
        "MAIL FROM:<ada@readers.example>",
        &format!("RCPT TO:<{recipient}>"),
        "DATA",
        &format!("{mail}."),
        "QUIT",
    ];
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    for part in parts {
        stream.get_mut().write_all(format!("{part}\r\n").as_bytes()).unwrap();
        line.clear();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with(['2', '3']), "{part}: {line}");
    }
}
