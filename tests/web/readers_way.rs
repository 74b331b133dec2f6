//! The whole way of a reader, in Chromium and through a real relay: from a publisher's page over signing up, confirming,
//! and doing without a platform, to leaving; with scripts and without, on a narrow screen and on a wide one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::feed_server::fresh_feed;
use crate::support::griot::Griot;
use crate::support::lint::lint;
use crate::support::port::free_port;
use crate::support::postfix::{Postfix, READERS_DOMAIN};
use crate::support::wait::until;
use crate::support::{configuration, feed_server};

const PATIENCE: Duration = Duration::from_secs(60);
/// Who gets everything from the first edition to the last.
const STAYS: &str = "stays";

const FIRST: [&str; 4] =
    ["The harbour hall opens", "A ferry sails again", "Rain comes to the north", "Late night trains"];
const FIRST_BEATS: [&str; 3] = ["Highlife on the radio", "A choir wins in Nairobi", "Drums leave the museum"];
const SECOND: [&str; 4] =
    ["Fishermen count the catch", "Students mend a telescope", "A bakery stays awake", "Elections on the quay"];
const SECOND_BEATS: [&str; 3] = ["Two sisters and a cinema", "The trumpet of Takoradi", "Records found in an attic"];

struct Reader {
    name: String,
    width: u32,
    has_scripts: bool,
}

impl Reader {
    fn email(&self) -> String {
        format!("{}@{READERS_DOMAIN}", self.name)
    }
}

struct Way {
    griot: Griot,
    postfix: Postfix,
    url: String,
    pictures: PathBuf,
    readers: Vec<Reader>,
}

#[test]
fn a_reader_comes_chooses_and_leaves_in_every_browser() {
    let readers: Vec<Reader> = [(1280, true), (1280, false), (375, true), (375, false)]
        .map(|(width, has_scripts)| Reader {
            name: format!("{width}-{}", if has_scripts { "scripts" } else { "plain" }),
            width,
            has_scripts,
        })
        .into();
    let stays = format!("{STAYS}@{READERS_DOMAIN}");
    let mailboxes: Vec<String> = readers.iter().map(Reader::email).chain([stays.clone()]).collect();
    let Some(postfix) = Postfix::start(&mailboxes) else { return };
    let feeds = feed_server::serve(vec![
        ("first".to_owned(), fresh_feed(Utc::now(), "first", &FIRST)),
        ("first-beats".to_owned(), fresh_feed(Utc::now(), "first-beats", &FIRST_BEATS)),
        ("second".to_owned(), fresh_feed(Utc::now(), "second", &SECOND)),
        ("second-beats".to_owned(), fresh_feed(Utc::now(), "second-beats", &SECOND_BEATS)),
    ]);
    let port = free_port();
    let griot = Griot::set_up(&configured(&feeds, &["first"], &postfix, port));
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers-way");
    fs::create_dir_all(&pictures).unwrap();
    let way = Way { griot, postfix, url: format!("http://127.0.0.1:{port}"), pictures, readers };
    way.griot.run(&["fetch"]);
    way.griot.run(&["subscribers", "add", &stays, "--newsletter", "weekly-brief", "--confirmed"]);
    let _daemon = Daemon::start(&way.griot, port);

    way.go("sign-up", "");
    way.go("confirm", "Confirm");

    way.send(FIRST[0]);
    let everything: Vec<&str> = FIRST.into_iter().chain(FIRST_BEATS).collect();
    assert_eq!(way.headlines_for(STAYS, &everything), everything);
    for reader in &way.readers {
        assert_eq!(way.headlines_for(&reader.name, &everything), FIRST, "{}", reader.name);
    }
    way.go("leave", FIRST[0]);

    // The next one goes to who stayed, and to nobody else.
    way.griot.write_configuration(&configured(&feeds, &["first", "second"], &way.postfix, port));
    way.griot.run(&["fetch"]);
    let before = way.postfix.delivered();
    way.send_to(SECOND[0], 1);
    assert_eq!(way.postfix.delivered(), before + 1);
    let everything: Vec<&str> = SECOND.into_iter().chain(SECOND_BEATS).collect();
    assert_eq!(way.headlines_for(STAYS, &everything), everything);
    for reader in &way.readers {
        assert_eq!(way.headlines_for(&reader.name, &everything), [""; 0], "{}", reader.name);
    }
}

fn configured(feeds: &str, names: &[&str], postfix: &Postfix, port: u16) -> String {
    let of = |suffix: &str| names.iter().map(|name| format!("{feeds}{name}{suffix}")).collect::<Vec<_>>();
    let text = configuration::text(&of(""), postfix.port, port);
    let text = text.replacen("[publisher]", "[publisher]\ntagline = \"News that travels\"", 1);
    let beatline = format!(
        "[[platform]]\nid = \"beatline\"\nname = \"Beatline\"\nwebsite = \"https://beatline.example\"\nfeeds = {:?}\n\n",
        of("-beats")
    );
    let text = text.replacen("[[newsletter]]", &(beatline + "[[newsletter]]"), 1);
    text + "\n[[newsletter]]\nid = \"evening\"\nname = \"The Evening Note\"\ndescription = \"What the day left.\"\n\
            from = \"Harmattan Press <brief@example.org>\"\nschedule = \"0 3 29 2 *\"\ntimezone = \"Africa/Accra\"\n"
}

impl Way {
    /// All of them take this step; from the mail that has `words` in its subject or its text, once it has arrived.
    fn go(&self, step: &str, words: &str) {
        let readers: Vec<Value> = self
            .readers
            .iter()
            .map(|reader| {
                let mail = if words.is_empty() { PathBuf::new() } else { self.mail_with(reader, words) };
                json!({
                    "name": reader.name, "email": reader.email(), "width": reader.width,
                    "hasScripts": reader.has_scripts, "mail": mail,
                })
            })
            .collect();
        let way = json!({ "griot": self.url, "folder": self.pictures, "readers": readers }).to_string();
        lint("readers-way.mjs", &[step.as_ref(), way.as_ref()]);
    }

    /// The HTML of the message with these words, as a file.
    fn mail_with(&self, reader: &Reader, words: &str) -> PathBuf {
        let mut found = None;
        until(PATIENCE, &format!("{} has a message with {words:?}", reader.name), || {
            found = self.htmls(&reader.name).into_iter().find(|html| html.contains(words));
            found.is_some()
        });
        let path = self.griot.path().join(format!("{}.html", reader.name));
        fs::write(&path, found.unwrap()).unwrap();
        path
    }

    fn htmls(&self, name: &str) -> Vec<String> {
        let mails = self.postfix.mails_of(&format!("{name}@{READERS_DOMAIN}"));
        let html = |mail: &Vec<u8>| MessageParser::default().parse(mail).unwrap().body_html(0).unwrap().into_owned();
        mails.iter().map(html).collect()
    }

    /// Which of these stories stand in this reader's messages.
    fn headlines_for<'a>(&self, name: &str, headlines: &[&'a str]) -> Vec<&'a str> {
        let htmls = self.htmls(name);
        headlines.iter().copied().filter(|headline| htmls.iter().any(|html| html.contains(headline))).collect()
    }

    fn send(&self, headline: &str) {
        self.send_to(headline, self.readers.len() + 1);
    }

    /// Sends an edition, which has this story, to so many.
    fn send_to(&self, headline: &str, readers: usize) {
        let before = self.postfix.delivered();
        let sent = self.griot.json(&["send", "weekly-brief", "--wait", "--json"]);
        assert_eq!((&sent["state"], &sent["accepted"]), (&"sent".into(), &readers.into()), "{sent}");
        until(PATIENCE, "the edition is in the mailboxes", || self.postfix.delivered() >= before + readers);
        assert_eq!(self.headlines_for(STAYS, &[headline]), [headline]);
    }
}
