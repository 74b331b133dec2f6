//! A publisher who has done what the pages say: stories of a feed near by, a reader, a draft, and a relay that is a folder.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use chrono::Utc;
use tempfile::TempDir;

use crate::generated::root;
use crate::support::configuration;
use crate::support::daemon::Daemon;
use crate::support::engine::OfTheFile;
use crate::support::feed_server::{self, fresh_feed};
use crate::support::griot::Griot;
use crate::support::port::free_port;

/// The address that pages name; a `curl` of theirs reaches the daemon there.
const PUBLIC_URL: &str = "https://brief.example.org";

static FEED: LazyLock<String> = LazyLock::new(|| {
    let headlines: Vec<String> = (1..=48).map(|number| format!("Ferry {number} sails for a new port")).collect();
    let mut headlines: Vec<&str> = headlines.iter().map(String::as_str).collect();
    headlines[..4].copy_from_slice(&["The hall opens", "Dockers walk out", "A choir sings", "Rain comes at last"]);
    let feed = fresh_feed(Utc::now(), "week", &headlines);
    format!("{}feed", feed_server::serve(vec![("feed".to_owned(), feed)]))
});

/// Set up once; every page works on a copy.
static PREPARED: LazyLock<Griot> = LazyLock::new(|| {
    let _file = OfTheFile::only();
    let griot = Griot::set_up(&filled_in(8080));
    write_materials(griot.path());
    griot.run(&["fetch"]);
    griot.run(&["draft", "weekly-brief"]);
    griot.run(&["subscribers", "add", "grace@example.org", "--newsletter", "weekly-brief", "--confirmed"]);
    griot
});

/// `griot.toml` once somebody has filled it in.
fn filled_in(port: u16) -> String {
    let text = configuration::text(std::slice::from_ref(&*FEED), 25, port)
        .replace("smtp://127.0.0.1:25?tls=none", "dir:outbox");
    format!("{text}\n[bounces]\ndomain = \"bounce.example.org\"\n[hooks.generic]\nsecret_file = \"hook-secret\"\n")
}

/// Where the blocks of one page run, in their order.
pub struct Station {
    home: TempDir,
    /// Where the last block ended: a `cd` holds for those that follow.
    pub stands_in: PathBuf,
    /// Folders whose configuration has been filled in.
    filled_in: BTreeSet<PathBuf>,
    /// Programs that stand before the machine's own.
    programs: TempDir,
    _daemon: Option<Daemon>,
    /// The pages speak of a store in a file, as it is without another word.
    _file: OfTheFile,
}

impl Station {
    /// For a page with these blocks. One that begins with `griot init` finds an empty folder; one that asks the public
    /// address finds a daemon there.
    pub fn of(blocks: &[String]) -> Self {
        LazyLock::force(&PREPARED);
        let file = OfTheFile::only();
        let programs = tempfile::tempdir().unwrap();
        let is_new = blocks.first().is_some_and(|block| block.contains("griot init"));
        let (home, daemon) = if is_new {
            (tempfile::tempdir().unwrap(), None)
        } else {
            let griot = PREPARED.twin();
            write_materials(griot.path());
            let daemon = blocks.iter().any(|block| block.contains(PUBLIC_URL)).then(|| {
                let port = free_port();
                griot.write_configuration(&filled_in(port));
                write_curl(programs.path(), port);
                Daemon::start(&griot, port)
            });
            (griot.into_folder(), daemon)
        };
        let filled_in = if is_new { BTreeSet::new() } else { BTreeSet::from([home.path().to_owned()]) };
        Self { stands_in: home.path().to_owned(), home, filled_in, programs, _daemon: daemon, _file: file }
    }

    pub fn programs(&self) -> &Path {
        self.programs.path()
    }

    /// "Fill in your name, your platforms and your newsletter": what `griot init` wrote since the last block is filled in.
    pub fn fill_in(&mut self) {
        let home = self.home.path();
        let folders = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        for folder in folders.chain([home.to_owned()]) {
            if folder.join("griot.toml").exists() && self.filled_in.insert(folder.clone()) {
                fs::write(folder.join("griot.toml"), filled_in(8080)).unwrap();
                write_materials(&folder);
            }
        }
    }
}

/// The files that pages speak of.
fn write_materials(folder: &Path) {
    let secret = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    secret("hook-secret", "0123456789abcdef0123456789abcdef");
    let bounce = first_mail(&root().join("tests/feedback/mails"));
    fs::write(folder.join("saved.eml"), &bounce).unwrap();
    fs::write(
        folder.join("old-bounces.mbox"),
        [b"From MAILER-DAEMON Fri Nov 27 08:00:00 2026\n", &bounce[..]].concat(),
    )
    .unwrap();
    for maildir in ["Maildir", "bounces/Maildir"] {
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(folder.join(maildir).join(part)).unwrap();
        }
        fs::write(folder.join(maildir).join("new/1.mail"), &bounce).unwrap();
    }
    fs::write(folder.join("saved-feed.xml"), fresh_feed(Utc::now(), "saved", &["The hall opens"])).unwrap();
    fs::write(folder.join("counts.csv"), "url,signal,value\nhttps://example.org/week/1,views,1234\n").unwrap();
    let day = (Utc::now() + chrono::TimeDelta::days(3)).format("%Y%m%d");
    let event = format!("BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Opening night\r\nDTSTART:{day}T190000Z\r\nEND:VEVENT\r\n");
    fs::write(
        folder.join("festival.ics"),
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\n{event}END:VCALENDAR\r\n"),
    )
    .unwrap();
}

fn first_mail(folder: &Path) -> Vec<u8> {
    let mut mails: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.sort();
    fs::read(&mails[0]).unwrap()
}

/// What a reverse proxy does otherwise: the public address is that of the daemon.
fn write_curl(programs: &Path, port: u16) {
    let found = Command::new("sh").args(["-c", "command -v curl"]).output().unwrap();
    let curl = String::from_utf8(found.stdout).unwrap();
    assert!(!curl.trim().is_empty(), "curl is not installed, and a page uses it");
    let script = format!(
        "#!/bin/bash\nexec {} \"${{@//{}/http:\\/\\/127.0.0.1:{port}}}\"\n",
        curl.trim(),
        PUBLIC_URL.replace('/', "\\/")
    );
    fs::write(programs.join("curl"), script).unwrap();
    fs::set_permissions(programs.join("curl"), fs::Permissions::from_mode(0o755)).unwrap();
}
