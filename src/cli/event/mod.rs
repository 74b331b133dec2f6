//! `griot event …`: what is coming up, for the events section of the briefs.
//!
//! Owns: the commands, and what they say about dates that are written wrongly. Leaves out: polling calendars
//! (`griot fetch`), and how an iCalendar file is read.

mod add;
mod import;
mod list;
mod remove;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Output, Station};
use crate::store;

/// See and change what is coming up
#[derive(Debug, Subcommand)]
pub enum Event {
    List(list::List),
    Add(add::Add),
    Remove(remove::Remove),
    Import(import::Import),
}

impl Event {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Add(command) => command.run(station, out),
            Self::Remove(command) => command.run(station, out),
            Self::Import(command) => command.run(station, out),
        }
    }
}

fn as_json(event: &store::Event) -> Value {
    json!({
        "id": event.id, "title": event.title, "starts_at": event.starts_at, "timezone": event.timezone.name(),
        "all_day": event.is_all_day, "place": event.place, "url": event.url, "calendar": event.calendar,
    })
}
