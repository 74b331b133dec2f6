use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{Output, Station};

/// Copy the store into a new file, consistent even while griot runs
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to make; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        store.back_up_to(&self.file)?;
        let megabytes = std::fs::metadata(&self.file)?.len() as f64 / 1e6;
        writeln!(out, "Backed up {} to {} · {megabytes:.1} MB", store.path().display(), self.file.display())?;
        Ok(())
    }
}
