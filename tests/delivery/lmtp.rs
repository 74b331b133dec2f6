//! The daemon's LMTP door, asked by a client that says what it likes, and by a real Postfix.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::door::{Door, rows, text};
use crate::support::lmtp_client::Client;
use crate::support::newsroom::PATIENCE;
use crate::support::port::free_port;
use crate::support::postfix::{Postfix, TRIED_AGAIN_SOON, is_root};
use crate::support::wait::until;
use griot::config::LmtpAddress;
use griot::delivery::Stop;
use griot::mailroom::{Lmtp, Queue};
use griot::publishing::Press;

const LMTP: &str = "lmtp = \"127.0.0.1:0\"";

fn client(door: &Door) -> Client<TcpStream> {
    let address = door.logged("taking mail by LMTP", "address=");
    let stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Client::new(stream)
}

#[test]
fn a_mail_is_answered_for_each_recipient_once_it_is_durable() {
    let door = Door::open(LMTP);
    let mut client = client(&door);
    assert_eq!(client.answer(), "220 griot LMTP");
    assert_eq!(client.ask("EHLO relay.example")[..4], *"500 ");
    assert_eq!(client.ask("HELO relay.example")[..4], *"500 ");
    assert_eq!(client.ask("MAIL FROM:<>")[..4], *"503 ");
    let offers = client.ask("LHLO relay.example");
    for offer in ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE"] {
        assert!(offers.lines().any(|line| line[4..] == *offer), "{offers}");
    }
    // One write, as RFC 2920 allows it.
    client.say("MAIL FROM:<> BODY=8BITMIME SIZE=100\r\nRCPT TO:<b.1@bounce.example>\r\nRCPT TO:<>\r\nRCPT TO:<c@d.e>\r\nDATA\r\n");
    let codes = [(); 5].map(|()| client.answer()[..3].to_owned());
    assert_eq!(codes, ["250", "250", "501", "250", "354"]);
    client.say("Subject: one\r\n\r\n..\r\nbare\n.\nend\r\n.\r\nNOOP\r\n");
    assert_eq!([client.answer(), client.answer()], ["250 2.0.0 Kept"; 2]);
    assert_eq!(client.answer(), "250 2.0.0 Yes");
    let mails = door.for_review();
    let body = "Subject: one\r\n\r\n.\r\nbare\n.\nend\r\n";
    assert_eq!(
        mails,
        ["b.1@bounce.example", "c@d.e"].map(|to| format!("Return-Path: <>\r\nDelivered-To: <{to}>\r\n{body}"))
    );

    // The same again is the same, and nothing is doubled.
    client.say("MAIL FROM:<>\r\nRCPT TO:<c@d.e>\r\nDATA\r\n");
    assert_eq!([(); 3].map(|()| client.answer()[..3].to_owned()), ["250", "250", "354"]);
    client.say("Subject: one\r\n\r\n..\r\nbare\n.\nend\r\n.\r\n");
    assert_eq!(client.answer(), "250 2.0.0 Kept");
    assert_eq!(door.for_review().len(), 2);
    assert_eq!(client.ask("VRFY postmaster")[..4], *"252 ");
    assert_eq!(client.ask("QUIT")[..4], *"221 ");
    assert_eq!(client.end(), "");
}

#[test]
fn chunks_are_put_together_and_never_mixed_with_data() {
    let door = Door::open(LMTP);
    let mut client = client(&door);
    client.answer();
    client.ask("LHLO relay.example");
    client.say("BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nBDAT 14\r\nSubject: two\r\nDATA\r\n");
    let codes = [(); 5].map(|()| client.answer()[..3].to_owned());
    // The octets of the first chunk were no command.
    assert_eq!(codes, ["503", "250", "250", "250", "503"]);
    client.say("RCPT TO:<late@e.f>\r\nBDAT 7\r\n\r\n.\r\n.\nBDAT 0 LAST\r\n");
    assert_eq!([(); 3].map(|()| client.answer()[..3].to_owned()), ["503", "250", "250"]);
    let wanted = "Return-Path: <a@b.c>\r\nDelivered-To: <d@e.f>\r\nSubject: two\r\n\r\n.\r\n.\n";
    assert_eq!(door.for_review(), [wanted]);
    // RSET forgets it.
    client.say("MAIL FROM:<a@b.c>\r\nRSET\r\nDATA\r\n");
    assert_eq!([(); 3].map(|()| client.answer()[..3].to_owned()), ["250", "250", "503"]);
}

#[test]
fn of_a_giant_the_beginning_is_kept_and_too_many_recipients_wait() {
    let door = Door::open(&format!("{LMTP}\nmax_size = \"2KB\""));
    let mut client = client(&door);
    client.answer();
    client.ask("LHLO relay.example");
    client.ask("MAIL FROM:<> SIZE=99999999");
    for number in 1..=100 {
        assert_eq!(client.ask(&format!("RCPT TO:<r{number}@e.f>"))[..4], *"250 ");
    }
    assert_eq!(client.ask("RCPT TO:<r101@e.f>")[..9], *"452 4.5.3");
    assert_eq!(client.ask("DATA")[..4], *"354 ");
    client.say("Subject: giant\r\n\r\n");
    for _ in 0..40 {
        client.say(&format!("{}\r\n", "x".repeat(100_000)));
    }
    client.say(".\r\n");
    for _ in 0..100 {
        assert_eq!(client.answer(), "250 2.0.0 Kept");
    }
    let mails = door.for_review();
    assert_eq!(mails.len(), 100);
    assert!(mails.iter().all(|mail| mail.ends_with('x') && (2_000..2_100).contains(&mail.len())));
}

#[test]
fn nonsense_ends_and_more_connections_than_there_is_room_for_come_again() {
    let door = Door::open(LMTP);
    let mut first = client(&door);
    first.answer();
    for _ in 0..19 {
        assert_eq!(first.ask("GET / HTTP/1.1")[..4], *"500 ");
    }
    assert_eq!(first.ask("Host: griot")[..4], *"500 ");
    assert_eq!(first.answer()[..4], *"421 ");
    assert_eq!(first.end(), "");

    let mut clients = Vec::new();
    // The place of the first is free a moment after that was closed.
    until(PATIENCE, "twenty are let in", || {
        let mut client = client(&door);
        if client.answer() == "220 griot LMTP" {
            clients.push(client);
        }
        clients.len() == 20
    });
    assert_eq!(client(&door).answer()[..4], *"421 ");
    clients.pop();
    until(PATIENCE, "a place is free again", || client(&door).answer() == "220 griot LMTP");
}

#[test]
fn a_daemon_that_ends_says_so_and_takes_nothing_it_has_not_kept() {
    let door = Door::open(LMTP);
    let (mut idle, mut busy) = (client(&door), client(&door));
    idle.answer();
    busy.answer();
    busy.ask("LHLO relay.example");
    busy.say("MAIL FROM:<>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nSubject: half");
    assert_eq!([(); 3].map(|()| busy.answer()[..3].to_owned()), ["250", "250", "354"]);
    let asked = Instant::now();
    let griot = door.keep();
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
    assert_eq!((&idle.answer()[..4], &busy.answer()[..4]), ("421 ", "421 "));
    assert_eq!(rows(&griot.path().join("griot.db"), "SELECT mail FROM reviews"), [""; 0]);
}

#[test]
fn a_socket_in_the_file_system_serves_as_well() {
    let door = Door::open("lmtp = \"unix:lmtp\"");
    door.logged("taking mail by LMTP", "address=");
    let socket = door.path().join("lmtp");
    let mut client = Client::new(UnixStream::connect(&socket).unwrap());
    client.answer();
    client.ask("LHLO relay.example");
    client.say("MAIL FROM:<>\r\nRCPT TO:<d@e.f>\r\nBDAT 3 LAST\r\na:b");
    assert_eq!([(); 3].map(|()| client.answer()[..3].to_owned()), ["250", "250", "250"]);
    let _griot = door.keep();
    assert!(!socket.exists(), "it was left behind");
}

/// A queue that nobody empties: whatever is put into it is not taken.
#[tokio::test]
async fn what_cannot_be_kept_stays_with_the_sender() {
    let folder = support::griot::Griot::set_up(&text(""));
    let mut config = griot::config::Config::load(&folder.path().join("griot.toml")).unwrap();
    support::rows::place(&mut config, folder.path());
    let press = Press::open(config, chrono::Utc::now);
    let (queue, writing) = Queue::new(press.unwrap());
    drop(writing);
    let lmtp = Lmtp::bind(&LmtpAddress::parse("127.0.0.1:0").unwrap()).await.unwrap();
    let address = lmtp.address().to_string();
    let (asked, stop) = Stop::new();
    let serving = tokio::spawn(lmtp.serve(queue, 1_000, stop));
    let dialog = move || {
        let mut client = Client::new(TcpStream::connect(address).unwrap());
        client.answer();
        client.ask("LHLO relay.example");
        client.say("MAIL FROM:<>\r\nRCPT TO:<d@e.f>\r\nRCPT TO:<g@e.f>\r\nBDAT 3 LAST\r\na:b");
        [(); 5].map(|()| client.answer())
    };
    let answers = tokio::task::spawn_blocking(dialog).await.unwrap();
    for answer in &answers[3..] {
        assert_eq!(answer, "451 4.3.2 too much is waiting to be read; come again later");
    }
    asked.send_replace(true);
    serving.await.unwrap();
}

#[test]
fn postfix_hands_over_and_keeps_what_is_not_taken() {
    if !is_root() {
        eprintln!("NOT RUN: only root can start a Postfix");
        return;
    }
    let port = free_port();
    let door = Door::open(&format!("lmtp = \"127.0.0.1:{port}\""));
    door.logged("taking mail by LMTP", "address=");
    let main_cf = format!(
        "transport_maps = inline:{{ bounce.example=lmtp:inet:127.0.0.1:{port} }}\n\
         relay_domains = bounce.example\n{TRIED_AGAIN_SOON}"
    );
    let postfix = Postfix::start_with(&[], &main_cf).unwrap();
    hand_to(&postfix, &["b.1.2.x@bounce.example", "b.3.4.y@bounce.example"], "Subject: through postfix\n\n.dot\n");
    until(PATIENCE, "both arrive", || door.for_review().len() == 2);
    let mails = door.for_review();
    assert!(mails[0].starts_with("Return-Path: <ada@readers.example>\r\nDelivered-To: <b.1.2.x@bounce.example>\r\n"));
    assert!(mails.iter().all(|mail| mail.ends_with("\r\n\r\n.dot\r\n")), "{mails:?}");

    // The daemon is away for a while, and the mail waits in Postfix's queue.
    let folder = door.keep();
    hand_to(&postfix, &["b.5.6.z@bounce.example"], "Subject: later\n\nx\n");
    until(PATIENCE, "it is deferred", || postfix.log().contains("status=deferred"));
    let door = Door::start(folder);
    until(PATIENCE, "it arrives", || door.for_review().len() == 3);
}

fn hand_to(postfix: &Postfix, recipients: &[&str], mail: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", postfix.port)).unwrap();
    let rcpt: String = recipients.iter().map(|to| format!("RCPT TO:<{to}>\r\n")).collect();
    let mail = mail.replace('\n', "\r\n").replace("\r\n.", "\r\n..");
    let mut said = String::new();
    for part in
        [format!("EHLO c.example\r\nMAIL FROM:<ada@readers.example>\r\n{rcpt}DATA\r\n"), format!("{mail}.\r\nQUIT\r\n")]
    {
        stream.write_all(part.as_bytes()).unwrap();
        let last = if part.contains("QUIT") { "\n221 " } else { "\n354 " };
        while !said.contains(last) {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            assert!(read > 0, "{said}");
            said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }
}
