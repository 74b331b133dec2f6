use anyhow::Result;
use clap::Args;

use super::{Output, Station, Whose};
use crate::publishing::Wish;

/// Have a story in the next edition, sent before or not
///
/// The pin is spent when that edition goes out.
#[derive(Debug, Args)]
pub struct Pin {
    #[command(flatten)]
    whose: Whose,
    /// At this place; 1 is the lead. Where its score puts it, where none is given
    #[arg(long, value_name = "PLACE", value_parser = clap::value_parser!(u32).range(1..=100))]
    at: Option<u32>,
}

/// Leave a pinned story to the selection again
#[derive(Debug, Args)]
pub struct Unpin {
    #[command(flatten)]
    whose: Whose,
}

/// Pin a story to a place; those pinned there make room
#[derive(Debug, Args)]
pub struct Move {
    #[command(flatten)]
    whose: Whose,
    /// 1 is the lead
    #[arg(value_name = "PLACE", value_parser = clap::value_parser!(u32).range(1..=100))]
    place: u32,
}

/// Keep a story out of every edition to come
#[derive(Debug, Args)]
pub struct Drop {
    #[command(flatten)]
    whose: Whose,
}

/// Leave a dropped story to the selection again
#[derive(Debug, Args)]
pub struct Undrop {
    #[command(flatten)]
    whose: Whose,
}

impl Pin {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        self.whose.decide(station, self.at.map_or(Wish::Pin, Wish::PinAt), "Pinned", out)
    }
}

impl Unpin {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        self.whose.decide(station, Wish::Unpin, "Unpinned", out)
    }
}

impl Move {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        self.whose.decide(station, Wish::PinAt(self.place), &format!("Moved to place {}:", self.place), out)
    }
}

impl Drop {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        self.whose.decide(station, Wish::Drop, "Dropped", out)
    }
}

impl Undrop {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        self.whose.decide(station, Wish::Undrop, "No longer dropped:", out)
    }
}
