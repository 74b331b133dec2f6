use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use super::check::counted;
use super::output::{Tone, plain};
use super::table::{Cell, Table};
use super::{Output, Station};
use crate::feeds;
use crate::saying::time::{maybe_utc, utc};
use crate::store::{Feed, FeedKind};

/// Look at feeds
#[derive(Debug, Subcommand)]
pub enum Feeds {
    List(List),
    Parse(Parse),
}

/// List the configured feeds and calendars, and how polling them goes
#[derive(Debug, Args)]
pub struct List {
    /// Answer in JSON, a line a feed or calendar
    #[arg(long)]
    json: bool,
}

/// Show what a feed in a file would give, without storing it
#[derive(Debug, Args)]
pub struct Parse {
    /// The file; `-` reads the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Feeds {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Parse(command) => command.run(out),
        }
    }
}

impl List {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let mut table = Table::default();
        for (url, kind, owner) in press.feeds() {
            let feed = press.store().read(|db| Feed::find(db, &url))?;
            if self.json {
                out.json(&as_json(&url, kind, &owner, feed.as_ref()))?;
            } else {
                table.row(row(&url, platform_of(kind, &owner), feed.as_ref()));
            }
        }
        table.write(out)
    }
}

fn row(url: &str, platform: &str, feed: Option<&Feed>) -> [Cell; 4] {
    let (word, told) = match feed {
        None => (Cell::state("not polled yet", Tone::Waiting), "`griot fetch` does it".to_owned()),
        Some(feed) => match (feed.disabled_at, feed.failing_since) {
            (Some(at), _) => (Cell::state("gone", Tone::Bad), format!("since {}; {}", utc(at), feed.last_error)),
            (None, Some(since)) => {
                let next = utc(feed.next_poll_at);
                let told = format!("since {}: {} · next try {next}", utc(since), feed.last_error);
                (Cell::state("failing", Tone::Bad), told)
            }
            (None, None) => {
                (Cell::state("works", Tone::Good), format!("polled {} · {}", maybe_utc(feed.polled_at), feed.title))
            }
        },
    };
    [platform.into(), url.into(), word, told.into()]
}

/// What stands before the URL of what is polled: a calendar is of no platform.
pub fn platform_of(kind: FeedKind, platform: &str) -> &str {
    match kind {
        FeedKind::Feed => platform,
        FeedKind::Calendar => "calendar",
    }
}

fn as_json(url: &str, kind: FeedKind, platform: &str, feed: Option<&Feed>) -> serde_json::Value {
    let kind = kind.as_str();
    let Some(feed) = feed else { return json!({"feed": url, "kind": kind, "platform": platform, "polled_at": null}) };
    json!({
        "feed": url, "kind": kind, "platform": platform, "title": feed.title,
        "moved_to": feed.moved_to, "polled_at": feed.polled_at, "next_poll_at": feed.next_poll_at, "failures": feed.failures,
        "failing_since": feed.failing_since, "last_error": feed.last_error, "disabled_at": feed.disabled_at,
    })
}

impl Parse {
    fn run(self, out: &mut Output) -> Result<()> {
        let name = self.file.display();
        let mut bytes = Vec::new();
        let read = if self.file.as_os_str() == "-" {
            stdin().read_to_end(&mut bytes)
        } else {
            File::open(&self.file).and_then(|mut file| file.read_to_end(&mut bytes))
        };
        read.with_context(|| format!("cannot read {name}"))?;
        let feed = feeds::parse(&bytes, None, None).with_context(|| format!("{name} gives no feed"))?;
        if self.json {
            return out.json(&feed);
        }
        let title = feed.title.map(|title| plain(&title.value)).unwrap_or_default();
        let format = feed.format.as_str().to_uppercase();
        writeln!(out, "{format} · {title} · {}", counted_entries(feed.entries.len()))?;
        let mut table = Table::default();
        for entry in &feed.entries {
            let headline = entry.title.as_ref().map_or("–", |title| title.value.trim());
            table.row([
                maybe_utc(entry.published).into(),
                headline.into(),
                entry.url.as_deref().unwrap_or("no page").into(),
            ]);
        }
        table.write(out)
    }
}

fn counted_entries(many: usize) -> String {
    if many == 1 { counted(1, "entry") } else { format!("{many} entries") }
}
