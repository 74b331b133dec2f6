use std::fs::write;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::{Output, Station};
use crate::composition::Around;

/// Show an edition as readers would get it
///
/// Without a file the text version is printed. The links that belong to one reader lead to the sign-up page here.
#[derive(Debug, Args)]
pub struct Preview {
    /// An edition such as `weekly-brief/12`, or a newsletter for its present one
    #[arg(value_name = "EDITION|NEWSLETTER")]
    edition: String,
    /// Write the HTML version here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the text version here
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Write the whole message here, as a mail program opens it
    #[arg(long, value_name = "FILE")]
    eml: Option<PathBuf>,
}

impl Preview {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.edition(&self.edition)?;
        if [&self.html, &self.text, &self.eml].iter().all(|file| file.is_none()) {
            return Ok(out.write_all(press.preview_text(&edition)?.as_bytes())?);
        }
        if let Some(file) = &self.html {
            put(file, press.online_page(&edition, Around::default())?.as_bytes(), out)?;
        }
        if let Some(file) = &self.text {
            put(file, press.preview_text(&edition)?.as_bytes(), out)?;
        }
        if let Some(file) = &self.eml {
            // Nobody is written to: the publisher's own address stands in.
            let to = &press.newsletter(&edition.name.newsletter)?.from;
            put(file, &press.sample_message(&edition, to)?.bytes, out)?;
        }
        Ok(())
    }
}

fn put(file: &Path, bytes: &[u8], out: &mut Output) -> Result<()> {
    write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(out, "Wrote {} · {:.1} KB", file.display(), bytes.len() as f64 / 1000.0)?;
    Ok(())
}
