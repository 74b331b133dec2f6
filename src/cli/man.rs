use std::fs::{create_dir_all, write};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};

use super::check::counted;
use super::{Cli, Output};

/// Write the manual, one page a command
#[derive(Debug, Args)]
pub struct Man {
    /// The folder to write to; made where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub fn run(self, out: &mut Output) -> Result<()> {
        create_dir_all(&self.folder).with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
        let mut griot = Cli::command().disable_help_subcommand(true);
        griot.build();
        let pages = write_pages(&griot, &self.folder)?;
        let first = self.folder.join("griot.1");
        let (pages, folder) = (counted(pages, "page"), self.folder.display());
        writeln!(out, "Wrote {pages} to {folder} · man -l {}", first.display())?;
        Ok(())
    }
}

/// The page of a command and those of the commands within it; answers how many.
fn write_pages(command: &clap::Command, folder: &Path) -> Result<usize> {
    let man = clap_mangen::Man::new(command.clone());
    let file = folder.join(man.get_filename());
    let mut page = Vec::new();
    man.render(&mut page)?;
    write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    command.get_subcommands().try_fold(1, |pages, within| Ok(pages + write_pages(within, folder)?))
}
