//! A daemon with a door for what comes back, and what it has kept.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use super::configuration;
use super::griot::Griot;
use super::newsroom::PATIENCE;
use super::wait::until;

/// The configuration of tests, with these lines of `[bounces]`.
pub fn text(bounces: &str) -> String {
    let text = configuration::text(&[], 9, 8080).replace("listen = \"127.0.0.1:8080\"", "listen = \"127.0.0.1:0\"");
    format!("{text}\n[bounces]\ndomain = \"bounce.example\"\n{bounces}\n")
}

pub struct Door {
    griot: Option<Griot>,
    daemon: Child,
}

impl Door {
    /// A daemon with these lines of `[bounces]`.
    pub fn open(bounces: &str) -> Self {
        Self::start(Griot::set_up(&text(bounces)))
    }

    pub fn start(griot: Griot) -> Self {
        let log = File::create(griot.path().join("log")).unwrap();
        let mut command = griot.command(&["daemon"]);
        command.stderr(log).env("NO_COLOR", "1").env_remove("GRIOT_IMAP_PASSWORD");
        Self { daemon: command.spawn().unwrap(), griot: Some(griot) }
    }

    fn griot(&self) -> &Griot {
        self.griot.as_ref().unwrap()
    }

    pub fn path(&self) -> &Path {
        self.griot().path()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    /// The word behind `key` in the line of the log that says `what`, once it does.
    pub fn logged(&self, what: &str, key: &str) -> String {
        let mut found = None;
        until(PATIENCE, &format!("the log says {what}"), || {
            let log = self.log();
            let line = log.lines().find(|line| line.contains(what));
            found = line.map(|line| line.split(key).nth(1).unwrap_or("").split(' ').next().unwrap_or("").to_owned());
            found.is_some()
        });
        found.unwrap()
    }

    pub fn store(&self) -> PathBuf {
        self.path().join("griot.db")
    }

    /// The mails on the review list, in the order they came.
    pub fn for_review(&self) -> Vec<String> {
        rows(&self.store(), "SELECT mail FROM reviews ORDER BY id")
    }

    /// Ends the daemon as an operator does; the folder is there still.
    pub fn keep(mut self) -> Griot {
        assert!(self.terminate().success());
        self.griot.take().unwrap()
    }

    fn terminate(&mut self) -> ExitStatus {
        let status = Command::new("kill").args(["-TERM", &self.daemon.id().to_string()]).status().unwrap();
        assert!(status.success());
        let mut ended = None;
        until(PATIENCE, "the daemon ends", || {
            ended = self.daemon.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// The first column of what a query finds in the store that is at this file, or instead of it, as text.
pub fn rows(store: &Path, query: &str) -> Vec<String> {
    let db = super::rows::of(store.parent().unwrap());
    let mut statement = db.prepare(query).unwrap();
    let text = |row: &griot::store::database::Row<'_>| {
        row.get::<Vec<u8>>(0).or_else(|_| row.get::<String>(0).map(String::into_bytes))
    };
    let found = statement.query_map([], text).unwrap();
    found.map(|text| String::from_utf8(text.unwrap()).unwrap()).collect()
}
