use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::catalogue;
use crate::cli::failure::Misuse;
use crate::cli::{Output, Station};
use crate::templates::sources;

/// Write griot's own templates and words to files, to be changed
///
/// They go into the folder `templates` beside the configuration, where griot finds them. Keep what you change and take
/// the rest away: what is not there stays griot's own, also when a new version changes it.
#[derive(Debug, Args)]
pub struct Eject {
    /// A template such as `brief/body.html`, a folder such as `brief` or `languages/fr`; all of them where none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Write them into this folder instead
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Overwrite files that differ from what is written
    #[arg(long)]
    force: bool,
}

impl Eject {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let chosen = self.chosen()?;
        let folder = match self.to {
            Some(folder) => folder,
            None => station.config()?.templates(),
        };
        let (mut written, mut kept) = (0, 0);
        for (name, text) in chosen {
            let file = folder.join(&name);
            match fs::read(&file) {
                Ok(there) if there == text.as_bytes() => continue,
                Ok(_) if !self.force => {
                    writeln!(out, "Kept  {} · it differs from griot's own", file.display())?;
                    kept += 1;
                }
                _ => {
                    write(&file, text)?;
                    writeln!(out, "Wrote {}", file.display())?;
                    written += 1;
                }
            }
        }
        if kept > 0 {
            writeln!(out, "Files that differ are overwritten with --force only.")?;
        }
        if written == 0 && kept == 0 {
            writeln!(out, "{} has them as they are · griot templates check", folder.display())?;
        } else if written > 0 {
            writeln!(out, "Change what you like, take the rest away · griot templates check")?;
        }
        Ok(())
    }

    /// Names and texts, in their order.
    fn chosen(&self) -> Result<Vec<(String, &'static str)>> {
        let words =
            catalogue::built_in_sources().map(|(language, file, text)| (format!("languages/{language}/{file}"), text));
        let all: Vec<(String, &'static str)> =
            sources::all().map(|(name, text)| (name.to_owned(), text)).chain(words).collect();
        let is_meant = |name: &str, asked: &str| {
            let asked = asked.trim_end_matches('/');
            name == asked || name.strip_prefix(asked).is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(unknown) = self.names.iter().find(|asked| !all.iter().any(|(name, _)| is_meant(name, asked))) {
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            return Err(Misuse(format!("there is no template {unknown}; there are {}", names.join(", "))).into());
        }
        let is_chosen = |name: &str| self.names.is_empty() || self.names.iter().any(|asked| is_meant(name, asked));
        Ok(all.into_iter().filter(|(name, _)| is_chosen(name)).collect())
    }
}

fn write(file: &Path, text: &str) -> Result<()> {
    let writing = || format!("cannot write {}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(writing)?;
    }
    fs::write(file, text).with_context(writing)
}
