//! The daemon's IMAP door against a real Dovecot.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::door::{Door, rows, text};
use crate::support::dovecot::{Dovecot, PASSWORD, USER};
use crate::support::griot::Griot;
use crate::support::newsroom::PATIENCE;
use crate::support::wait::until;

fn mail(number: usize) -> String {
    format!("From: ada@readers.example\nSubject: letter {number}\n\nHello {number}\n")
}

/// As it comes over the wire.
fn wired(number: usize) -> String {
    mail(number).replace('\n', "\r\n")
}

/// A daemon that reads this mailbox, with these lines more.
fn door(dovecot: &Dovecot, url: &str, more: &str) -> Door {
    Door::start(set_up(dovecot, url, &format!("password_file = \"password\"\n{more}")))
}

fn set_up(dovecot: &Dovecot, url: &str, more: &str) -> Griot {
    let ca = dovecot.certificate.ca();
    let table = format!("[bounces.imap]\nurl = \"{url}\"\nca_file = \"{}\"\n{more}", ca.display());
    let griot = Griot::set_up(&text(&table));
    fs::write(griot.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    griot
}

fn imaps(dovecot: &Dovecot) -> String {
    format!("imaps://{USER}@localhost:{}/INBOX", dovecot.tls_port)
}

fn starttls(dovecot: &Dovecot) -> String {
    format!("imap://{USER}@localhost:{}", dovecot.port)
}

fn received(door: &Door) -> usize {
    rows(&door.store(), "SELECT CAST(count(*) AS TEXT) FROM received")[0].parse().unwrap()
}

#[test]
fn a_full_mailbox_is_emptied_over_tls_and_idle_tells_of_new_mail() {
    let Some(dovecot) = Dovecot::start() else { return };
    (0..500).for_each(|number| dovecot.deliver(&format!("{number:06}.x"), &mail(number)));
    let door = door(&dovecot, &imaps(&dovecot), "");
    until(PATIENCE, "all are kept, and gone", || dovecot.mails("").is_empty());
    let mut kept = door.for_review();
    kept.sort();
    let mut wanted: Vec<String> = (0..500).map(wired).collect();
    wanted.sort();
    assert_eq!(kept, wanted);
    door.logged("is being read", "mailbox=");
    // The poll is in five minutes.
    std::thread::sleep(Duration::from_secs(1));
    dovecot.deliver("000500.x", &mail(500));
    let delivered = Instant::now();
    until(PATIENCE, "the new mail is kept", || received(&door) == 501);
    assert!(delivered.elapsed() < Duration::from_secs(5), "IDLE took {:?}", delivered.elapsed());
    until(PATIENCE, "and gone", || dovecot.mails("").is_empty());
    assert!(!door.log().contains("WARN"), "{}", door.log());
}

#[test]
fn mails_stay_where_they_are_to_be_kept_and_are_read_once() {
    let Some(dovecot) = Dovecot::start() else { return };
    (0..3).for_each(|number| dovecot.deliver(&format!("{number}.x"), &mail(number)));
    let door = door(&dovecot, &starttls(&dovecot), "keep = true\n");
    let is_seen = |dovecot: &Dovecot| {
        dovecot
            .mails("")
            .iter()
            .filter(|path| path.to_string_lossy().split(":2,").nth(1).is_some_and(|f| f.contains('S')))
            .count()
    };
    until(PATIENCE, "all are marked", || is_seen(&dovecot) == 3);
    assert_eq!(received(&door), 3);
    let griot = door.keep();
    dovecot.deliver("4.x", &mail(4));
    let door = Door::start(griot);
    until(PATIENCE, "the new one is marked", || is_seen(&dovecot) == 4);
    assert_eq!((received(&door), dovecot.mails("").len()), (4, 4));
    assert_eq!(door.logged("mails=", "mails="), "1", "{}", door.log());
}

#[test]
fn mails_move_to_another_folder_also_giants() {
    let Some(dovecot) = Dovecot::start() else { return };
    let giant = format!("{}{}\n", mail(1), "Hello giant. ".repeat(300_000));
    dovecot.deliver("1.x", &giant);
    dovecot.deliver("2.x", &mail(2));
    let table = "move_to = \"Empfänger\"\n";
    let griot = set_up(&dovecot, &starttls(&dovecot), &format!("password_file = \"password\"\n{table}"));
    let configuration = fs::read_to_string(griot.path().join("griot.toml")).unwrap();
    griot.write_configuration(&configuration.replace("[bounces]\n", "[bounces]\nmax_size = \"20KB\"\n"));
    let door = Door::start(griot);
    // Dovecot shows a mail in its new folder before it is gone from the old one.
    let is_moved = || dovecot.mails(".Empf&AOQ-nger").len() == 2 && dovecot.mails("").is_empty();
    until(PATIENCE, "both are moved", is_moved);
    let kept = door.for_review();
    assert_eq!((kept[0].len(), &kept[1]), (20_000, &wired(2)));
    let lengths = dovecot.mails(".Empf&AOQ-nger").iter().map(|path| fs::metadata(path).unwrap().len()).max().unwrap();
    assert_eq!(lengths, giant.len() as u64, "what was moved is not whole");
}

#[test]
fn a_token_stands_for_the_password_and_the_refresh_token_is_renewed() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.deliver("1.x", &mail(1));
    let table = format!(
        "[bounces.imap.oauth2]\ntoken_url = \"http://127.0.0.1:{}/token\"\nclient_id = \"griot client\"\n\
         client_secret_file = \"secret\"\nrefresh_token_file = \"token\"\nscope = \"mail\"\n",
        dovecot.tokens.port
    );
    let griot = set_up(&dovecot, &imaps(&dovecot), &table);
    let token = griot.path().join("token");
    fs::write(griot.path().join("secret"), "hush\n").unwrap();
    fs::write(&token, "refresh-0\n").unwrap();
    let door = Door::start(griot);
    until(PATIENCE, "the mail is kept, and gone", || dovecot.mails("").is_empty());
    assert_eq!(fs::read_to_string(&token).unwrap(), "refresh-1\n");
    assert_eq!(fs::metadata(&token).unwrap().permissions().mode() & 0o777, 0o600);
    let wanted =
        "grant_type=refresh_token&client_id=griot+client&refresh_token=refresh-0&client_secret=hush&scope=mail";
    assert_eq!(dovecot.tokens.asked(), [wanted]);

    // A token that is no longer good is told, and one that is good again is used.
    dovecot.tokens.refuse(Some("{\"error\":\"invalid_grant\",\"error_description\":\"Token has been revoked.\"}"));
    let door = Door::start(door.keep());
    let why = format!("no token comes from http://127.0.0.1:{}/token: it answers 400 Bad Request", dovecot.tokens.port);
    door.logged("cannot be read, trying again", "");
    assert!(door.log().contains(&format!("{why} invalid_grant Token has been revoked.; if")), "{}", door.log());
    dovecot.tokens.refuse(None);
    dovecot.deliver("2.x", &mail(2));
    until(PATIENCE, "the mail is kept, and gone", || dovecot.mails("").is_empty());
    for secret in ["hush", "refresh-", "access-"] {
        assert!(!door.log().contains(secret), "{}", door.log());
    }
}

#[test]
fn a_token_that_the_server_refuses_is_told_with_its_reason() {
    let Some(dovecot) = Dovecot::start() else { return };
    let table = format!(
        "[bounces.imap.oauth2]\ntoken_url = \"http://127.0.0.1:{}/token\"\nclient_id = \"griot\"\nrefresh_token_file = \"token\"\n",
        dovecot.tokens.port
    );
    // The token is for another mailbox.
    let url = imaps(&dovecot).replace(USER, "somebody");
    let griot = set_up(&dovecot, &url, &table);
    fs::write(griot.path().join("token"), "refresh-0\n").unwrap();
    let door = Door::start(griot);
    door.logged("the server refuses the user and the token", "");
    // A token that was refused is not used again.
    until(PATIENCE, "another is asked for", || dovecot.tokens.handed_out() > 1);
    assert_eq!(door.log().matches("cannot be read").count(), 1, "{}", door.log());
}

#[test]
fn a_wrong_password_is_told_once_and_tried_again() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.set_password("another");
    dovecot.deliver("1.x", &mail(1));
    let door = door(&dovecot, &imaps(&dovecot), "");
    door.logged("the server refuses the user and the password: [AUTHENTICATIONFAILED]", "");
    // Time enough for a second try, of which nothing may be said.
    std::thread::sleep(Duration::from_secs(7));
    assert_eq!(door.log().matches("cannot be read").count(), 1, "{}", door.log());
    assert!(!door.log().contains("sesame"), "{}", door.log());
    dovecot.set_password(PASSWORD);
    until(PATIENCE, "the mail is kept, and gone", || dovecot.mails("").is_empty());
    door.logged("is being read", "mailbox=");
}

#[test]
fn s10_an_unknown_authority_is_refused() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.deliver("1.x", &mail(1));
    for url in [imaps(&dovecot), starttls(&dovecot)] {
        let griot = set_up(&dovecot, &url, "password_file = \"password\"\n");
        let configuration = fs::read_to_string(griot.path().join("griot.toml")).unwrap();
        let without: Vec<&str> = configuration.lines().filter(|line| !line.starts_with("ca_file")).collect();
        griot.write_configuration(&without.join("\n"));
        let door = Door::start(griot);
        door.logged("must be trusted by this system or bounces.imap.ca_file", "");
        assert_eq!((received(&door), dovecot.mails("").len()), (0, 1));
    }
    assert!(!dovecot.log().contains("Login: user"), "{}", dovecot.log());
}

/// What was kept when the connection was cut before it could be deleted is read again, and known.
#[test]
fn a_cut_between_keeping_and_deleting_doubles_nothing() {
    let Some(dovecot) = Dovecot::start() else { return };
    (0..20).for_each(|number| dovecot.deliver(&format!("{number:03}.x"), &mail(number)));
    let (port, cuts) = cutting_proxy(dovecot.port);
    let url = format!("imap://{USER}@127.0.0.1:{port}/INBOX?tls=none");
    let door = door(&dovecot, &url, "");
    until(PATIENCE, "it was cut", || cuts.load(Ordering::SeqCst) == 1);
    until(PATIENCE, "all are kept", || received(&door) == 20);
    until(PATIENCE, "all are gone", || dovecot.mails("").is_empty());
    assert_eq!((received(&door), door.for_review().len()), (20, 20));
}

/// Passes everything on, but cuts the first connection that wants to mark mails as deleted.
fn cutting_proxy(to: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let cuts = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&cuts);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (mut from, mut into) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut into));
            let (cuts, mut client, mut server) = (Arc::clone(&shared), client, server);
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(read @ 1..) = client.read(&mut bytes) {
                    let said = String::from_utf8_lossy(&bytes[..read]);
                    if said.contains("UID STORE") && cuts.fetch_add(1, Ordering::SeqCst) == 0 {
                        break;
                    }
                    if server.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
                let _ = client.shutdown(Shutdown::Both);
                let _ = server.shutdown(Shutdown::Both);
            });
        }
    });
    (port, cuts)
}

/// A server that can delete only everything that is marked: what others marked stays.
#[test]
fn without_uidplus_nothing_is_expunged() {
    let Some(dovecot) = Dovecot::start_with("protocol imap {\n  imap_capability = IMAP4rev1 AUTH=PLAIN\n}\n") else {
        return;
    };
    dovecot.deliver("1.x:2,T", "");
    fs::rename(&dovecot.mails("")[0], dovecot.mails("")[0].to_string_lossy().replace("/new/", "/cur/")).unwrap();
    dovecot.deliver("2.x", &mail(2));
    let door = door(&dovecot, &starttls(&dovecot), "poll = \"10s\"\n");
    door.logged("the server has no UIDPLUS", "");
    until(PATIENCE, "the mail is kept", || received(&door) == 1);
    let marked = || dovecot.mails("").iter().filter(|path| path.to_string_lossy().contains("T")).count();
    until(PATIENCE, "it is marked", || marked() == 2);
    // Without IDLE it is found by looking.
    dovecot.deliver("3.x", &mail(3));
    until(PATIENCE, "the next one is kept", || received(&door) == 2);
    assert_eq!(dovecot.mails("").len(), 3);
}
