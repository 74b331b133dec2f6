//! `griot story …`: one story, as an editor has it.
//!
//! Owns: the commands. Leaves out: what a decision makes of a draft, which is publishing's. What changes a draft makes it
//! again at once, and says so.

mod add;
mod edit;
mod hold;
mod pin;
mod show;
mod signal;

use std::io::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::output::plain;
use super::{Output, Station};
use crate::config::Newsletter;
use crate::publishing::{Press, Wish};
use crate::store;

/// Look at one story, edit it, and decide whether it goes out
#[derive(Debug, Subcommand)]
pub enum Story {
    Show(show::Show),
    Add(add::Add),
    Edit(edit::Edit),
    Pin(pin::Pin),
    Unpin(pin::Unpin),
    Move(pin::Move),
    Drop(pin::Drop),
    Undrop(pin::Undrop),
    Embargo(hold::Embargo),
    Expire(hold::Expire),
    Signal(signal::Signal),
}

impl Story {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Show(command) => command.run(station, out),
            Self::Add(command) => command.run(station, out),
            Self::Edit(command) => command.run(station, out),
            Self::Pin(command) => command.run(station, out),
            Self::Unpin(command) => command.run(station, out),
            Self::Move(command) => command.run(station, out),
            Self::Drop(command) => command.run(station, out),
            Self::Undrop(command) => command.run(station, out),
            Self::Embargo(command) => command.run(station, out),
            Self::Expire(command) => command.run(station, out),
            Self::Signal(command) => command.run(station, out),
        }
    }
}

/// Which story, for which newsletter.
#[derive(Debug, Args)]
struct Whose {
    /// Its number, as `griot stories` shows it, or its URL
    #[arg(value_name = "ID|URL")]
    story: String,
    /// The newsletter; not needed where there is one only
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
}

impl Whose {
    fn newsletter<'a>(&self, press: &'a Press) -> Result<&'a Newsletter> {
        match (&self.newsletter, press.config().newsletters.as_slice()) {
            (Some(id), _) => press.newsletter(id),
            (None, [only]) => Ok(only),
            (None, several) => {
                let ids: Vec<&str> = several.iter().map(|newsletter| newsletter.id.as_str()).collect();
                bail!("there are several newsletters; name one with --newsletter: {}", ids.join(", "))
            }
        }
    }

    /// Does what is wished; `done` begins the sentence that says so: `Pinned`.
    fn decide(&self, station: &Station, wish: Wish, done: &str, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let newsletter = self.newsletter(&press)?;
        let story = press.story(&self.story)?;
        let draft = press.decide(newsletter, &story, wish)?;
        write!(out, "{done} story {} · {}", story.id.0, plain(&story.headline))?;
        say_where(newsletter, draft.as_ref(), out)
    }
}

/// What became of the draft.
fn say_where(newsletter: &Newsletter, draft: Option<&store::Edition>, out: &mut Output) -> Result<()> {
    match draft {
        Some(draft) => writeln!(out, " · {} was made again · griot preview {}", draft.name, draft.name)?,
        None => writeln!(out, " · for the next edition of {}", newsletter.id)?,
    }
    Ok(())
}
