use std::fs::write;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::{Output, Station};
use crate::composition::Around;
use crate::composition::place::{Piece, Place, split};
use crate::publishing::Press;
use crate::store::Edition;

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
            return Ok(out.write_all(text(&press, &edition)?.as_bytes())?);
        }
        if let Some(file) = &self.html {
            put(file, press.online_page(&edition, Around::default())?.as_bytes(), out)?;
        }
        if let Some(file) = &self.text {
            put(file, text(&press, &edition)?.as_bytes(), out)?;
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

fn text(press: &Press, edition: &Edition) -> Result<String> {
    let composed = press.composed(edition)?;
    let home = press.config().web.link("/");
    let online = press.online_url(edition)?;
    let pieces = split(&composed.text).into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Place(Place::OnlineUrl) => online.as_str(),
        Piece::Place(Place::UnsubscribeUrl | Place::PreferencesUrl) => home.as_str(),
        // What is looked at counts nobody.
        Piece::Place(Place::ReaderToken) => "",
        Piece::Place(Place::SubscribedOn) => "the day you signed up",
    });
    Ok(pieces.collect())
}
