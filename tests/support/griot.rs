//! The real binary, with a folder of its own for its configuration and its store.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::engine;
use serde_json::Value;
use tempfile::TempDir;

pub struct Griot {
    folder: TempDir,
}

impl Griot {
    /// A folder set up by `griot init`, its configuration then replaced by `configuration`.
    pub fn set_up(configuration: &str) -> Self {
        let griot = Self { folder: tempfile::Builder::new().prefix("griot-").tempdir().unwrap() };
        griot.run(&["init"]);
        griot.write_configuration(configuration);
        griot
    }

    /// Another folder with the same configuration, store and keys: what the one sends from here on, the other can too.
    pub fn twin(&self) -> Self {
        let twin = Self { folder: tempfile::Builder::new().prefix("griot-").tempdir().unwrap() };
        for entry in fs::read_dir(self.path()).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), twin.path().join(entry.file_name())).unwrap();
            }
        }
        twin
    }

    pub fn write_configuration(&self, configuration: &str) {
        fs::write(self.path().join("griot.toml"), configuration).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder by itself; it is removed when it is dropped.
    pub fn into_folder(self) -> TempDir {
        self.folder
    }

    /// The command as an operator in that folder would type it, with nothing of this machine's environment in it.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        command.env_remove("GRIOT_CONFIG").env_remove("GRIOT_SMTP_PASSWORD");
        engine::lead(&mut command, self.path());
        command
    }

    /// What it printed. It must end well.
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "griot {} ended with {}:\n{told}", words.join(" "), output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON it printed.
    pub fn json(&self, words: &[&str]) -> Value {
        let printed = self.run(words);
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("griot {}: {error}: {printed}", words.join(" ")))
    }
}
