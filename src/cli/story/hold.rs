use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use super::{Output, Station, Whose};
use crate::publishing::Wish;
use crate::saying::time::moment;

/// Keep a story out of every edition that goes out before a time
#[derive(Debug, Args)]
pub struct Embargo {
    #[command(flatten)]
    whose: Whose,
    /// As `2026-11-27 08:00` or `2026-11-27` in the newsletter's zone, or as RFC 3339; `none` takes it back
    #[arg(value_name = "UNTIL")]
    until: String,
}

/// Keep a story out of every edition that goes out at a time or later
#[derive(Debug, Args)]
pub struct Expire {
    #[command(flatten)]
    whose: Whose,
    /// As `2026-11-27 08:00` or `2026-11-27` in the newsletter's zone, or as RFC 3339; `none` takes it back
    #[arg(value_name = "AT")]
    at: String,
}

impl Embargo {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let until = read(&self.until, &self.whose, station)?;
        let done = until.map_or_else(|| "Embargo ended:".to_owned(), |_| format!("Embargoed until {}:", self.until));
        self.whose.decide(station, Wish::Embargo(until), &done, out)
    }
}

impl Expire {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let at = read(&self.at, &self.whose, station)?;
        let done = at.map_or_else(|| "No longer expires:".to_owned(), |_| format!("Expires {}:", self.at));
        self.whose.decide(station, Wish::Expire(at), &done, out)
    }
}

fn read(text: &str, whose: &Whose, station: &Station) -> Result<Option<DateTime<Utc>>> {
    if text == "none" {
        return Ok(None);
    }
    let press = station.press()?;
    moment(text, whose.newsletter(&press)?.timezone.zone()).map(Some)
}
