//! What a spam filter makes of the demo's brief, as it arrived, and how big it is (rule F9).

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::demo::Demo;
use mail_parser::MessageParser;

/// A filter calls 5 spam; an honest newsletter stays far from it.
const MOST_POINTS: f64 = 1.0;
/// Half of what Gmail shows before it clips.
const MOST_BYTES: usize = 60_000;

#[tokio::test]
async fn spamassassin_finds_little_to_say_about_the_brief() {
    let message = Demo::start(&[]).message(1).await;
    let verdict = judge(&message);
    let points: f64 = verdict.split("score=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
    println!("SpamAssassin: {verdict}");
    assert!(points < MOST_POINTS, "{verdict}");
}

#[tokio::test]
async fn f9_the_html_of_ten_stories_is_small() {
    let demo = Demo::start(&[]);
    let message = demo.message(1).await;
    let parsed = MessageParser::default().parse(&message).unwrap();
    let html = parsed.body_html(0).unwrap();
    println!("HTML part: {} bytes; whole message: {} bytes", html.len(), message.len());
    // The lead is an h2, the nine after it are each an h3.
    assert!(html.matches("<h3").count() >= 9, "this is no brief of ten stories");
    assert!(html.len() < MOST_BYTES, "{} bytes", html.len());
}

/// The value of X-Spam-Status: score and rules hit, by the rules of this machine alone.
fn judge(message: &[u8]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("spamassassin");
    command.args(["-L", "-t"]).env("HOME", home.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut spamassassin = command.spawn().expect("SpamAssassin is not installed: run ./check");
    spamassassin.stdin.take().unwrap().write_all(message).unwrap();
    let output = spamassassin.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let judged = String::from_utf8_lossy(&output.stdout);
    let field = judged.split("X-Spam-Status: ").nth(1).unwrap_or_else(|| panic!("no verdict in {judged}"));
    let lines = field.lines().enumerate().take_while(|(at, line)| *at == 0 || line.starts_with(['\t', ' ']));
    lines.map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ")
}
