use std::io::Write;

use anyhow::{Result, anyhow, bail};
use chrono::TimeDelta;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station, as_json};
use crate::config::{HttpUrl, Timezone};
use crate::publishing::event_instant;
use crate::store::Event;

/// Announce something with a date and a place
///
/// The briefs show what begins within the days their newsletter looks ahead (`events`).
#[derive(Debug, Args)]
pub struct Add {
    /// What it is
    #[arg(value_name = "TITLE")]
    title: String,
    /// When it begins, on the clock of its place: "2026-12-05 19:00", or with --all-day 2026-12-05
    #[arg(long, value_name = "TIME")]
    at: String,
    /// The time zone of its place [default: that of the first newsletter]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Timezone>,
    /// Where it is
    #[arg(long, value_name = "PLACE")]
    place: Option<String>,
    /// The page about it
    #[arg(long, value_name = "URL")]
    url: Option<HttpUrl>,
    /// It has a day and no hour
    #[arg(long)]
    all_day: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Add {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let zone = self.timezone.map_or_else(|| press.config().home_zone(), Timezone::zone);
        let title = self.title.trim();
        if title.is_empty() {
            bail!("the title is empty; write what it is: griot event add \"A choir sings\" --at \"2026-12-05 19:00\"");
        }
        let url = self.url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default();
        let place = self.place.as_deref().map(|place| place.trim().to_owned()).unwrap_or_default();
        let starts_at = event_instant(&self.at, zone, self.all_day).map_err(|problem| anyhow!("--at: {problem}"))?;
        let mut event = Event::by_hand(title.to_owned(), place, url, (starts_at, zone));
        event.is_all_day = self.all_day;
        let ends_at = if self.all_day { starts_at + TimeDelta::days(1) } else { starts_at };
        if ends_at <= press.now() {
            bail!("{} is over; only what is to come is announced", event.when(press.now()));
        }
        event.id = press.store().write(|db| event.add(db))?;
        if self.json {
            return out.json(&as_json(&event));
        }
        writeln!(out, "Added event {}: {}, {}", event.id.0, plain(&event.title), event.when(press.now()))?;
        Ok(())
    }
}
