//! The real binary in a folder of its own.

use super::engine;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// A publisher's folder, with a configuration and a store.
pub struct Griot {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Griot {
    /// A folder without anything in it.
    pub fn bare() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder that `griot init` has set up; messages become files in `outbox`.
    pub fn new() -> Self {
        let griot = Self::bare();
        griot.ok(&["init"]);
        griot
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder, and names it as a command would be given it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        name.to_owned()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes the configuration: each pair is a text that must be there and what takes its place.
    pub fn configure(&self, changes: &[(&str, &str)]) {
        let mut config = self.read("griot.toml");
        for (old, new) in changes {
            assert!(config.contains(old), "{old:?} is not in the configuration");
            config = config.replace(old, new);
        }
        self.file("griot.toml", config);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for variable in ["GRIOT_CONFIG", "GRIOT_LOG", "GRIOT_SMTP_PASSWORD", "NO_COLOR"] {
            command.env_remove(variable);
        }
        engine::lead(&mut command, self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ended(&mut self.command(arguments))
    }

    /// Runs what must succeed without a word on stderr; answers what it wrote.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "griot {arguments:?} wrote {}", ran.stdout);
        ran.stdout
    }

    /// Runs what must fail; answers its error, whole.
    pub fn err(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(1), "griot {arguments:?}: {ran:?}");
        ran.stderr
    }

    /// Runs what must succeed and answers in JSON, a value a line.
    pub fn json(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        self.ok(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub fn ended(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The corpus folder; where there is none, says loudly that the test was not run.
pub fn corpus(name: &str) -> Option<PathBuf> {
    match std::env::var_os("GRIOT_CORPORA") {
        Some(corpora) => Some(Path::new(&corpora).join(name)),
        None => {
            eprintln!("NOT RUN: GRIOT_CORPORA is not set, so {name} was not read");
            None
        }
    }
}

/// Serves the same answer to every request, for as long as the test runs; gives the server's address.
pub fn serve(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            let mut read = 0;
            while !request[..read].ends_with(b"\r\n\r\n") {
                read += connection.read(&mut request[read..]).unwrap();
            }
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    address
}
