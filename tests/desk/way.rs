//! The whole way of a brief over the desk, in Chromium and through a real relay: two editors make it, one with a keyboard
//! alone and without scripts on a narrow screen, the other with a mouse; an operator sends it, pauses it and lets it go on.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use mail_parser::MessageParser;
use serde_json::json;

use crate::support::daemon::Daemon;
use crate::support::feed_server::fresh_feed;
use crate::support::griot::Griot;
use crate::support::lint::lint;
use crate::support::port::free_port;
use crate::support::postfix::{Postfix, READERS_DOMAIN};
use crate::support::wait::until;
use crate::support::{configuration, feed_server};

const READERS: usize = 24;

const STORIES: [&str; 14] = [
    "The harbour hall opens",
    "A ferry sails again",
    "Rain comes to the north",
    "Late night trains",
    "Highlife on the radio",
    "A choir wins in Nairobi",
    "Drums leave the museum",
    "Fishermen count the catch",
    "Students mend a telescope",
    "A bakery stays awake",
    "Elections on the quay",
    "Two sisters and a cinema",
    "The trumpet of Takoradi",
    "Records found in an attic",
];

struct Way {
    griot: Griot,
    pictures: PathBuf,
    editor: String,
}

#[test]
fn a_brief_goes_over_the_desk_from_the_draft_to_its_readers() {
    let editor = format!("editor@{READERS_DOMAIN}");
    let readers: Vec<String> = (1..=READERS).map(|number| format!("reader{number}@{READERS_DOMAIN}")).collect();
    let mailboxes: Vec<String> = readers.iter().cloned().chain([editor.clone()]).collect();
    let Some(postfix) = Postfix::start(&mailboxes) else { return };
    let feed = feed_server::serve(vec![("feed".to_owned(), fresh_feed(Utc::now(), "week", &STORIES))]);
    let port = free_port();
    let text = configuration::text(&[format!("{feed}feed")], postfix.port, port)
        .replace("?tls=none\"", "?tls=none\"\nrate = \"4/s\"\nconnections = 1")
        .replace("grace = \"0s\"", "grace = \"0s\"\napproval = \"editor\"\nstories = 8");
    let griot = Griot::set_up(&text);
    griot.run(&["fetch"]);
    fs::write(griot.path().join("readers.csv"), format!("email\n{}\n", readers.join("\n"))).unwrap();
    griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    griot.run(&["draft", "weekly-brief"]);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desk-way");
    fs::create_dir_all(&pictures).unwrap();
    let way = Way { griot, pictures, editor: editor.clone() };
    let _daemon = Daemon::start(&way.griot, port);

    way.go("edit-plain", "Kofi", "editor");
    way.go("edit", "Ama Mensah", "editor");

    // The test that arrived is what the desk showed.
    until(Duration::from_secs(30), "the test is in the editor's mailbox", || !postfix.mails_of(&editor).is_empty());
    let preview = fs::read_to_string(way.pictures.join("preview.html")).unwrap();
    let test = postfix.mails_of(&editor).remove(0);
    let (subject, html) = opened(&test);
    assert_eq!(subject, "This week: rain, drums and a budget");
    assert_same(&html, &preview);
    assert!(html.contains("A headline of our own &#60;b&#62;") && html.contains("what a week."));

    way.go("operate", "Kwame", "operator");
    let arrived = || readers.iter().map(|reader| postfix.mails_of(reader).len()).sum::<usize>();
    until(Duration::from_secs(30), "everybody has it", || arrived() >= READERS);
    for reader in &readers {
        let mails = postfix.mails_of(reader);
        assert_eq!(mails.len(), 1, "{reader} has it {} times", mails.len());
        assert_same(&opened(&mails[0]).1, &preview);
    }
}

impl Way {
    fn go(&self, step: &str, name: &str, role: &str) {
        let told = self.griot.run(&["desk", "invite", name, "--role", role]);
        let link = told.lines().next().unwrap();
        let way = json!({ "folder": self.pictures, "link": link, "editor": self.editor }).to_string();
        lint("desk-way.mjs", &[step.as_ref(), way.as_ref()]);
    }
}

fn opened(mail: &[u8]) -> (String, String) {
    let mail = MessageParser::default().parse(mail).unwrap();
    (mail.subject().unwrap().to_owned(), mail.body_html(0).unwrap().into_owned())
}

fn assert_same(mail: &str, preview: &str) {
    let (mail, preview) = (impersonal(mail), impersonal(preview));
    let differ = mail.lines().zip(preview.lines()).find(|(one, other)| one != other);
    assert!(differ.is_none() && mail.len() == preview.len(), "the mail is not what was shown: {differ:?}");
}

/// A brief without where its links lead, since when its reader gets it, and the rules for the dark, which a preview fixes.
fn impersonal(html: &str) -> String {
    let html = html.replace("\r\n", "\n").replace("(prefers-color-scheme:dark)", "not all");
    let mut plain = String::new();
    for (index, part) in html.trim().split("href=\"").enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('"').unwrap().1 });
    }
    // Since when, by which page: the one sentence in the footer that is the reader's own.
    let (before, after) = plain.split_once("because you").unwrap();
    let after = after.split_once('<').unwrap().1;
    format!("{before}{after}")
}
