use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::super::output::plain;
use super::{Output, Station};
use crate::store::{Event, EventId, Removed};

/// Announce an event no more
///
/// One of a calendar stays away, however often its calendar is read again.
#[derive(Debug, Args)]
pub struct Remove {
    /// Its number, as `griot event list` shows it
    #[arg(value_name = "ID")]
    id: i64,
}

impl Remove {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        match press.store().write(|db| Event::remove(db, EventId(self.id), press.now()))? {
            None => bail!("there is no event {}; `griot event list` shows their numbers", self.id),
            Some(Removed::Gone(event)) => writeln!(out, "Removed event {}: {}", self.id, plain(&event.title))?,
            Some(Removed::Hidden(event)) => {
                let (title, calendar) = (plain(&event.title), plain(&event.calendar));
                writeln!(out, "Removed event {}: {title}; it stays away when {calendar} is read again", self.id)?;
            }
        }
        Ok(())
    }
}
