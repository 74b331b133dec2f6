use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;

use super::{Output, Station};
use crate::config::Config;
use crate::store::Store;

const EXAMPLE: &str = include_str!("../../config.example.toml");
/// It will hold a password, and the store holds addresses.
const OWNER_ONLY: u32 = 0o600;

/// Write a configuration and make the store, ready to be filled in
#[derive(Debug, Args)]
pub struct Init {
    /// The folder to set up; made where there is none
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Init {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let file = self.folder.as_ref().map_or_else(|| station.config.clone(), |folder| folder.join("griot.toml"));
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        new_file(&file).and_then(|mut new| new.write_all(EXAMPLE.as_bytes())).map_err(|error| refusal(&file, error))?;
        let config = Config::load(&file)?;
        let path = &config.store.path;
        let made = match new_file(path) {
            Ok(_) => "Made",
            Err(error) if error.kind() == ErrorKind::AlreadyExists => "Kept",
            Err(error) => return Err(error).with_context(|| format!("cannot make the store {}", path.display())),
        };
        Store::open_or_create(path)?;
        let option = match self.folder {
            Some(_) => format!(" --config {}", file.display()),
            None => String::new(),
        };
        writeln!(
            out,
            "Wrote {}\n{made} the store {}\n\n\
             Next: fill in your name, platforms, newsletter and relay in {}, then\n  \
             griot check{option}\n  griot fetch{option}\n  griot draft weekly-brief{option}",
            file.display(),
            path.display(),
            file.display(),
        )?;
        Ok(())
    }
}

fn new_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)
}

fn refusal(file: &Path, error: std::io::Error) -> anyhow::Error {
    let shown = file.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            anyhow!("{shown} exists already and is left as it is; `griot check` reads it, `griot init DIR` starts anew")
        }
        _ => anyhow!(error).context(format!("cannot write {shown}")),
    }
}
