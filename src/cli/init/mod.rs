//! `griot init`: a configuration to begin with, and the store.

mod discovery;
mod example;
mod questions;

use std::fs::{File, OpenOptions, create_dir_all, set_permissions};
use std::io::{ErrorKind, IsTerminal, Write, stdin, stdout};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;

use super::{Output, Station};
use crate::store::Store;
use example::{Draft, Place, RELAY};
use questions::Questions;

/// It will hold a password, and the store holds addresses.
const OWNER_ONLY: u32 = 0o600;

/// Write a configuration and make the store; on a terminal it asks a few questions first
#[derive(Debug, Args)]
pub struct Init {
    /// The folder to set up; made where there is none
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Where the store and the outbox are to be, if not beside the configuration; made where there is none
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Ask nothing: write the example, to be filled in
    #[arg(long)]
    yes: bool,
}

impl Init {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let file = self.folder.as_ref().map_or_else(|| station.config.clone(), |folder| folder.join("griot.toml"));
        // Before anybody is asked anything.
        if file.exists() {
            return Err(refusal(&file, ErrorKind::AlreadyExists.into()));
        }
        let begun = placed(Draft::of_example(), self.data.as_deref(), &file)?;
        let is_asked = !self.yes && stdin().is_terminal() && stdout().is_terminal();
        let draft = if is_asked {
            Questions { input: stdin().lock(), out: &mut *out, file: &file }.ask(begun).await?
        } else {
            begun
        };
        let folders = [file.parent(), self.data.as_deref()].into_iter().flatten();
        for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
            create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        new_file(&file)
            .and_then(|mut new| new.write_all(draft.text().as_bytes()))
            .map_err(|error| refusal(&file, error))?;
        let config = draft.config(&file)?;
        let path = &config.store.path;
        let made = match new_file(path) {
            Ok(_) => "Made",
            Err(error) if error.kind() == ErrorKind::AlreadyExists => "Kept",
            Err(error) => return Err(error).with_context(|| format!("cannot make the store {}", path.display())),
        };
        Store::open_or_create(&config.store)?;
        if let Some(data) = &self.data {
            give_away(data, &file, path)?;
        }
        let option = match self.folder {
            Some(_) => format!(" --config {}", file.display()),
            None => String::new(),
        };
        let newsletter = config.newsletters.first().map_or("NEWSLETTER", |newsletter| newsletter.id.as_str());
        let shown = file.display();
        let next = match (is_asked, draft.lacks_password()?) {
            (false, _) => format!("fill in your name, platforms, newsletter and relay in {shown}, then"),
            (true, false) => format!("look over {shown}, then"),
            (true, true) => format!("put the relay's password into GRIOT_SMTP_PASSWORD, look over {shown}, then"),
        };
        writeln!(
            out,
            "Wrote {shown}\n{made} the store {}\n\n\
             Next: {next}\n  \
             griot check{option}\n  griot fetch{option}\n  griot draft {newsletter}{option}",
            path.display(),
        )?;
        Ok(())
    }
}

/// With the store and the outbox in a folder of their own.
fn placed(draft: Draft, data: Option<&Path>, file: &Path) -> Result<Draft> {
    let Some(data) = data else { return Ok(draft) };
    // Paths in the configuration are relative to its folder, which is not where the command was given.
    let data = std::path::absolute(data).with_context(|| format!("cannot find {}", data.display()))?;
    let text = |name: &str| data.join(name).to_str().map(str::to_owned).context("the folder's name is not UTF-8");
    let values: [(Place, toml::Value); 2] =
        [(("[store]", "path"), text("griot.db")?.into()), (RELAY, format!("dir:{}", text("outbox")?).into())];
    draft.with(&values, file)?.map_err(|problem| anyhow!("{problem}"))
}

/// Where root sets it up in a folder of the user that griot runs as, the store becomes that user's, and the configuration
/// may be read by their group.
fn give_away(data: &Path, file: &Path, store: &Path) -> Result<()> {
    let given = || -> std::io::Result<()> {
        let (owner, own) = (data.metadata()?, file.metadata()?);
        if own.uid() != 0 || owner.uid() == 0 {
            return Ok(());
        }
        for suffix in ["", "-wal", "-shm"] {
            let mut name = store.as_os_str().to_owned();
            name.push(suffix);
            if Path::new(&name).exists() {
                chown(&name, Some(owner.uid()), Some(owner.gid()))?;
            }
        }
        chown(file, None, Some(owner.gid()))?;
        set_permissions(file, PermissionsExt::from_mode(0o640))
    };
    given().with_context(|| format!("cannot give the store to the owner of {}", data.display()))
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
