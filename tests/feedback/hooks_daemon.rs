//! A webhook of a real daemon: it is answered with 200 once it is kept, the daemon ends in good order, and the log says
//! what was refused without an address or a secret in it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::newsroom::{Newsroom, PATIENCE};
use crate::support::port::free_port;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use crate::support::wait::until;
use chrono::Utc;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET: &str = "a secret of this test, long enough";

fn post(port: u16, signature: &str, timestamp: i64, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    let head = format!(
        "POST /hooks/generic HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Griot-Timestamp: {timestamp}\r\nGriot-Signature: {signature}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_daemon_takes_webhooks_in_and_logs_what_it_refuses_once_a_minute() {
    let room = Newsroom::open(1, ScriptedSmtp::start(|_| Say::Usual), &[]);
    let port = free_port();
    room.configure("listen = \"127.0.0.1:0\"", &format!("listen = \"127.0.0.1:{port}\""));
    room.configure("[feeds]", "[hooks.generic]\nsecret_file = \"hook-secret\"\n\n[feeds]");
    fs::write(room.griot.path().join("hook-secret"), format!("{SECRET}\n")).unwrap();
    let (daemon, _notices) = room.daemon();
    until(PATIENCE, "the pages answer", || TcpStream::connect(("127.0.0.1", port)).is_ok());

    let body = r#"{"id": "one", "events": [{"kind": "complaint", "recipient": "reader1@readers.example"}]}"#;
    let timestamp = Utc::now().timestamp();
    let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hmac.update(format!("{timestamp}.{body}").as_bytes());
    let signature = format!("v1={}", HEXLOWER.encode(&hmac.finalize().into_bytes()));
    let answer = post(port, &signature, timestamp, body);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("taken: 1, known before: 0\n"), "{answer}");
    for _ in 0..20 {
        let answer = post(port, &signature, timestamp, &body.replace("reader1", "reader2"));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }

    daemon.terminate();
    let ended = daemon.end();
    assert!(ended.status.success(), "{ended:?}");
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("webhook")).collect();
    let [taken, refused] = lines.as_slice() else { panic!("{}", ended.stderr) };
    assert!(taken.contains("provider=generic taken=1 known=0"), "{taken}");
    assert!(refused.contains("WARN") && refused.contains("the signature does not match"), "{refused}");
    for secret in [SECRET, &signature[3..], "reader1@", "reader2@"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}
