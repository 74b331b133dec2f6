use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::backup::contents;
use super::check::counted;
use super::question::is_meant;
use super::{Output, Station};
use crate::saying::time::utc;
use crate::store::{Carried, DailyCopies, Location, Present, Restored, restore};

/// Put a copy in the place of the store; the present one is kept beside it
///
/// griot must not run. The copy is looked over before anything is changed, and stays where it is. What could go out twice
/// waits afterwards for your word, and who left or was erased since is carried over where that is known.
#[derive(Debug, Args)]
pub struct Restore {
    /// A copy that `griot backup` or the daemon made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Restore {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        // Not the press: the store may be missing, or broken.
        let config = station.config()?;
        let at = Location::from(&config.store);
        let Some(path) = at.file() else {
            bail!("{at} is a database on a server: restore it with pg_restore (docs/postgresql.md)");
        };
        let question = format!("Put {} in the place of {}?", self.file.display(), path.display());
        if !self.yes && !is_meant(&question, out)? {
            bail!("{} stays as it is", path.display());
        }
        let copies = DailyCopies::of(path, &config.backup.folder);
        let restored = restore(path, &self.file, &copies, station.now())?;
        say(&restored, &self.file.display().to_string(), out)
    }
}

fn say(restored: &Restored, file: &str, out: &mut Output) -> Result<()> {
    let Restored { path, made_at, extent, subscribers, carried, .. } = restored;
    writeln!(
        out,
        "{} stands as {file} has it, of {}: {}",
        path.display(),
        utc(*made_at),
        contents(*subscribers, *extent)
    )?;
    match &restored.present {
        Present::Aside(aside) => writeln!(out, "What stood there is {}", aside.display())?,
        Present::Broken(aside, why) => {
            writeln!(out, "What stood there is {}; it could not be read: {why}", aside.display())?
        }
        Present::Missing => writeln!(out, "There was no store in its place")?,
    }
    if let Some(schema) = restored.upgraded_from {
        writeln!(out, "It was of schema {schema}, and is of today's now")?;
    }
    let Carried { erased, suppressed, ended } = *carried;
    if carried != &Carried::default() {
        writeln!(out, "Carried over: {erased} erased, {suppressed} suppressed, {ended} subscriptions ended")?;
    }
    writeln!(
        out,
        "Of what was between {} and now it knows nothing: sign-ups, what was sent, {}",
        utc(*made_at),
        if restored.known_until > *made_at && matches!(restored.present, Present::Aside(_)) {
            "what came back".to_owned()
        } else {
            format!("what came back, and who left or was erased after {}", utc(restored.known_until))
        }
    )?;
    for name in &restored.paused {
        writeln!(out, "{name} is paused: it may have gone out since; `griot edition show {name}` says what to do")?;
    }
    for name in &restored.skipped {
        writeln!(out, "{name} is skipped: it was a draft, and its time has passed")?;
    }
    if !restored.faults.is_empty() {
        let faults = counted(restored.faults.len(), "fault");
        writeln!(out, "The copy has {faults} of its store; `griot store check` says what to do")?;
    }
    Ok(())
}
