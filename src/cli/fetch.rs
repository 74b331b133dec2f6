use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::check::counted;
use super::feeds::platform_of;
use super::output::Tone;
use super::table::{Cell, Table};
use super::{Output, Station};
use crate::publishing::{Poll, PollOutcome, Polled};
use crate::saying::time::utc;
use crate::store::FeedKind;

/// Poll the feeds and calendars now, whether it is their time or not
#[derive(Debug, Args)]
pub struct Fetch {
    /// Only these, as they stand in the configuration
    #[arg(value_name = "FEED")]
    feeds: Vec<String>,
    /// Answer in JSON, a line a feed or calendar
    #[arg(long)]
    json: bool,
}

impl Fetch {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let are_named = !self.feeds.is_empty();
        let polled = press.poll_feeds(if are_named { Poll::Only(self.feeds) } else { Poll::All }).await?;
        if polled.is_empty() {
            writeln!(out, "There are no feeds; add them to a [[platform]] in {}", station.config.display())?;
        }
        let mut table = Table::default();
        for feed in &polled {
            if self.json {
                out.json(&as_json(feed))?;
            } else {
                table.row(row(feed));
            }
        }
        table.write(out)?;
        let failed = polled.iter().filter(|feed| !feed.error.is_empty()).count();
        // One bad feed is everyday life; of a feed that was asked for by name it is the answer.
        if are_named && failed > 0 {
            bail!("{} could not be read", counted(failed, "feed"));
        }
        Ok(())
    }
}

fn row(feed: &Polled) -> [Cell; 4] {
    let word = match feed.outcome {
        PollOutcome::Fresh => Cell::state("read", Tone::Good),
        PollOutcome::NotModified => Cell::state("unchanged", Tone::Good),
        PollOutcome::Failed => Cell::state("failed", Tone::Bad),
        PollOutcome::ToldToWait => Cell::state("told to wait", Tone::Waiting),
        PollOutcome::Disabled => Cell::state("gone", Tone::Bad),
    };
    let mut told = match feed.outcome {
        PollOutcome::Fresh => {
            let removed = if feed.removed > 0 { format!(", {} removed", feed.removed) } else { String::new() };
            format!("{} new, {} changed, {} as before{removed}", feed.added, feed.changed, feed.unchanged)
        }
        PollOutcome::NotModified => "nothing new".to_owned(),
        PollOutcome::Failed | PollOutcome::ToldToWait | PollOutcome::Disabled => feed.error.clone(),
    };
    if !feed.skipped.is_empty() {
        // Of a calendar a zone that was guessed is told too.
        let what = if feed.kind == FeedKind::Feed { "left out" } else { "with a problem" };
        told = format!("{told}, {} {what} ({})", feed.skipped.len(), feed.skipped[0]);
    }
    if let Some(since) = feed.failing_since {
        told = format!("{told} · failing since {}", utc(since));
    }
    if let Some(at) = feed.next_poll_at.filter(|_| !feed.error.is_empty()) {
        told = format!("{told} · next try {}", utc(at));
    }
    [platform_of(feed.kind, &feed.platform).into(), feed.url.as_str().into(), word, told.into()]
}

fn as_json(feed: &Polled) -> serde_json::Value {
    let outcome = match feed.outcome {
        PollOutcome::Fresh => "read",
        PollOutcome::NotModified => "unchanged",
        PollOutcome::Failed => "failed",
        PollOutcome::ToldToWait => "told to wait",
        PollOutcome::Disabled => "gone",
    };
    json!({
        "feed": feed.url, "kind": feed.kind.as_str(), "platform": feed.platform, "outcome": outcome,
        "added": feed.added, "changed": feed.changed, "unchanged": feed.unchanged, "removed": feed.removed,
        "skipped": feed.skipped, "error": feed.error, "failing_since": feed.failing_since,
        "next_poll_at": feed.next_poll_at,
    })
}
