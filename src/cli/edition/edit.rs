use std::io::{Read, Write, stdin};

use anyhow::{Context, Result};
use clap::{ArgGroup, Args};

use super::super::output::plain;
use super::{Output, Station};
use crate::publishing::EditionEdit;
use crate::store::StoryId;

/// Give a draft a subject, a preheader, an intro and an order of your own
///
/// They stay when the draft is made again. An empty text takes one back.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Edit {
    /// The draft, by its name or its newsletter's
    #[arg(value_name = "EDITION|NEWSLETTER")]
    edition: String,
    /// Instead of the lead's headline
    #[arg(long, value_name = "TEXT", group = "change")]
    subject: Option<String>,
    /// The line beside the subject in the inbox, instead of the next headlines: 40 to 130 characters
    #[arg(long, value_name = "TEXT", group = "change")]
    preheader: Option<String>,
    /// Instead of the newsletter's: paragraphs stand apart by an empty line, a last one that begins with a dash is the
    /// signature; `-` reads the standard input
    #[arg(long, value_name = "TEXT", group = "change", allow_hyphen_values = true)]
    intro: Option<String>,
    /// The stories of the first places, by number: `12,7,9`. They are pinned there, other pins lose their places
    #[arg(long, value_name = "IDS", value_delimiter = ',', group = "change")]
    order: Option<Vec<i64>>,
}

impl Edit {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.edition(&self.edition)?;
        let intro = match self.intro.as_deref() {
            Some("-") => {
                let mut text = String::new();
                stdin().read_to_string(&mut text).context("the intro cannot be read from the standard input")?;
                Some(text.replace("\r\n", "\n"))
            }
            given => given.map(ToOwned::to_owned),
        };
        let order = self.order.map(|ids| ids.into_iter().map(StoryId).collect());
        let edition = press
            .edit_edition(&edition, &EditionEdit { subject: self.subject, preheader: self.preheader, intro, order })?;
        let subject = if edition.subject.is_empty() { "from the lead" } else { edition.subject.as_str() };
        let intro = if edition.intro.is_some() { "yours" } else { "the newsletter's" };
        let name = &edition.name;
        writeln!(out, "Edited {name} · subject: {} · intro: {intro} · griot preview {name}", plain(subject))?;
        Ok(())
    }
}
