//! A griot with stories and readers, sending through a scripted relay: the real binary, as an operator runs it.

use super::rows;
use std::fs;
use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::Value;

use super::configuration;
use super::feed_server::{self, fresh_feed};
use super::griot::Griot;
use super::scripted_smtp::ScriptedSmtp;
use super::wait::until;

/// Far more than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A change of the configuration that adds the newsletter `late-brief`, from late@example.org.
pub const WITH_LATE_BRIEF: (&str, &str) = (
    "[[newsletter]]\nid = \"weekly-brief\"",
    "[[newsletter]]\nid = \"late-brief\"\nname = \"The Late Brief\"\nfrom = \"late@example.org\"\n\
     schedule = \"0 3 29 2 *\"\ntimezone = \"Africa/Accra\"\ngrace = \"0s\"\n\n[[newsletter]]\nid = \"weekly-brief\"",
);

pub struct Newsroom {
    pub griot: Griot,
    pub relay: ScriptedSmtp,
}

pub fn reader(number: usize) -> String {
    format!("reader{number}@readers.example")
}

impl Newsroom {
    /// Stories fetched, this many readers confirmed. Each change is a text of the configuration and what takes its place.
    pub fn open(readers: usize, relay: ScriptedSmtp, changes: &[(&str, &str)]) -> Self {
        Self::open_where(readers, relay, changes, |griot| drop(griot.run(&["fetch"])))
    }

    /// The same, with stories that are fetched in this way.
    pub fn open_where(
        readers: usize,
        relay: ScriptedSmtp,
        changes: &[(&str, &str)],
        fetch: impl FnOnce(&Griot),
    ) -> Self {
        let feed =
            fresh_feed(Utc::now(), "week", &["The hall opens", "The ferry sails", "A choir sings", "Rain comes"]);
        let server = feed_server::serve(vec![("feed".to_owned(), feed)]);
        let mut text = configuration::text(&[format!("{server}feed")], relay.port, 8080);
        text = text.replace("listen = \"127.0.0.1:8080\"", "listen = \"127.0.0.1:0\"");
        for (old, new) in changes {
            assert!(text.contains(old), "{old:?} is not in the configuration");
            text = text.replace(old, new);
        }
        let griot = Griot::set_up(&text);
        fetch(&griot);
        let rows: String = (1..=readers).map(|number| format!("{}\n", reader(number))).collect();
        fs::write(griot.path().join("readers.csv"), format!("email\n{rows}")).unwrap();
        griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);
        Self { griot, relay }
    }

    /// Changes the configuration; processes that run keep theirs.
    pub fn configure(&self, old: &str, new: &str) {
        let path = self.griot.path().join("griot.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old:?} is not in the configuration");
        fs::write(path, text.replace(old, new)).unwrap();
    }

    pub fn start(&self, words: &[&str]) -> Running {
        Running::start(self.griot.command(words))
    }

    /// A daemon that has said it is ready, and where it says so.
    pub fn daemon(&self) -> (Running, Notices) {
        let notices = Notices::listen(self);
        let mut command = self.griot.command(&["daemon"]);
        command.env("NOTIFY_SOCKET", &notices.path);
        let daemon = Running::start(command);
        assert_eq!(notices.next(), "READY=1");
        (daemon, notices)
    }

    /// What the edition's account says, after checking that it adds up.
    pub fn account(&self) -> Value {
        let account = self.griot.json(&["edition", "show", "weekly-brief/1", "--json"]);
        let count = |state: &str| account[state].as_u64().unwrap_or_else(|| panic!("no {state} in {account}"));
        let states = ["accepted", "failed", "skipped", "unknown", "queued", "deferred", "sending"];
        assert_eq!(states.map(count).iter().sum::<u64>(), count("recipients"), "{account}");
        account
    }

    pub fn count(&self, state: &str) -> u64 {
        self.account()[state].as_u64().unwrap()
    }

    /// Tries of which nobody knows what came of them.
    pub fn unknown_tries(&self) -> usize {
        let store = rows::of(self.griot.path());
        let query = "SELECT count(*) FROM attempts WHERE outcome = 'unknown'";
        store.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Waits until this many messages have arrived.
    pub fn until_arrived(&self, messages: usize) {
        until(PATIENCE, "messages arrive", || self.relay.arrived().len() >= messages);
    }

    pub fn until_state(&self, state: &str) {
        until(PATIENCE, &format!("the edition is {state}"), || self.account()["state"] == state);
    }

    /// Every one of these readers got the edition once.
    pub fn assert_each_got_it_once(&self, readers: usize) {
        let mut got: Vec<String> = self.relay.arrived().into_iter().map(|message| message.recipient).collect();
        let mut all: Vec<String> = (1..=readers).map(reader).collect();
        got.sort();
        all.sort();
        assert_eq!(got, all);
    }
}

/// What a daemon tells systemd.
pub struct Notices {
    socket: UnixDatagram,
    path: std::path::PathBuf,
}

impl Notices {
    fn listen(room: &Newsroom) -> Self {
        let path = room.griot.path().join("notices");
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, path }
    }

    pub fn next(&self) -> String {
        let mut bytes = [0; 1024];
        let length = self.socket.recv(&mut bytes).expect("the daemon said nothing to systemd");
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    }
}

/// A process of ours; ended with the test.
pub struct Running(Child);

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end. It must write less than a pipe holds.
    pub fn end(mut self) -> Ended {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let read = |stream: Option<&mut dyn Read>| {
            let mut text = String::new();
            stream.unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let stdout = read(self.0.stdout.as_mut().map(|stream| stream as &mut dyn Read));
        let stderr = read(self.0.stderr.as_mut().map(|stream| stream as &mut dyn Read));
        Ended { status, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
