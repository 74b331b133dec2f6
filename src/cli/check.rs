use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use serde_json::json;

use super::table::Table;
use super::{Output, Station};
use crate::config::{Approval, Config, Newsletter, Relay, Tls};
use crate::publishing::keep;
use crate::saying::time;
use crate::store::{Location, Store};

/// How many runs of each newsletter are shown.
const RUNS: usize = 3;

/// Read the configuration, and show what it comes to and the next three runs of every newsletter
#[derive(Debug, Args)]
pub struct Check {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let config = station.config()?;
        let now = station.now();
        if self.json {
            return out.json(&as_json(&config, now));
        }
        write_summary(&config, out)?;
        for newsletter in &config.newsletters {
            writeln!(out)?;
            write_newsletter(newsletter, config.relays.len(), now, out)?;
        }
        if !Store::is_there(&config.store) {
            writeln!(out, "\nThe store {} is not there yet; `griot init` makes it.", Location::from(&config.store))?;
        }
        Ok(())
    }
}

fn write_summary(config: &Config, out: &mut Output) -> Result<()> {
    let mut summary = Table::default();
    let publisher = &config.publisher;
    summary.row(["publisher".into(), format!("{}, {}", publisher.name, publisher.website).into()]);
    summary.row(["address".into(), publisher.address.as_str().into()]);
    summary.row(["store".into(), Location::from(&config.store).to_string().into()]);
    summary.row(["copies".into(), copies(config).into()]);
    let are_several = config.relays.len() > 1;
    for (index, smtp) in config.relays.iter().enumerate() {
        let label = if are_several { "relays" } else { "relay" };
        let label = if index == 0 { label } else { "" };
        let shown = relay(&smtp.relay);
        let shown = if are_several { format!("{}: {shown}, weight {}", smtp.id, smtp.weight) } else { shown };
        summary.row([label.into(), shown.into()]);
    }
    summary.row(["pages".into(), format!("{}, on {}", config.web.public_url, config.web.listen).into()]);
    for (index, platform) in config.platforms.iter().enumerate() {
        let label = if index == 0 { "platforms" } else { "" };
        let feeds = counted(platform.feeds.len(), "feed");
        summary.row([label.into(), format!("{}: {}, {feeds}", platform.id, platform.name).into()]);
    }
    for (index, calendar) in config.calendars.iter().enumerate() {
        let label = if index == 0 { "calendars" } else { "" };
        summary.row([label.into(), calendar.url.as_str().into()]);
    }
    summary.write(out)
}

/// What is promised to who is erased is told with it.
fn copies(config: &Config) -> String {
    let days = keep(&config.backup).longest_days();
    if days == 0 {
        return "none are made".to_owned();
    }
    let (at, folder) = (config.backup.at.format("%H:%M"), config.backup.folder.display());
    let days = counted(days as usize, "day");
    format!("every night at {at} into {folder}; whoever is erased is out of all of them after {days}")
}

fn write_newsletter(newsletter: &Newsletter, relays: usize, now: DateTime<Utc>, out: &mut Output) -> Result<()> {
    writeln!(out, "{}: {}, from {}", newsletter.id, newsletter.name, newsletter.from)?;
    let approval = match newsletter.approval {
        Approval::Automatic => "goes out by itself",
        Approval::Editor => "waits for an editor",
    };
    writeln!(
        out,
        "  {} to {} stories of {}, {approval}, at {} in {}",
        newsletter.min_stories, newsletter.stories, newsletter.window, newsletter.schedule, newsletter.timezone
    )?;
    let zone = newsletter.timezone.zone();
    let mut runs = Table::default();
    let mut before = now;
    for run in newsletter.schedule.upcoming(now, zone).take(RUNS) {
        let local = run.with_timezone(&zone).format("%a %-d %b %Y %H:%M").to_string();
        runs.row(["  next".into(), local.into(), offset_note(before, run, zone).into()]);
        before = run;
    }
    if let Some(local) = newsletter.local_hour {
        let local = local.format("%H:%M").to_string();
        runs.row(["  local hour".into(), local.into(), "at the first such time where the reader is".into()]);
    }
    if let Some(quiet) = newsletter.quiet {
        runs.row(["  quiet".into(), quiet.to_string().into(), "nothing is sent in these hours of the reader".into()]);
    }
    if let Some(deadline) = newsletter.deadline {
        runs.row(["  deadline".into(), deadline.to_string().into(), "after the release, no more is sent".into()]);
    }
    if newsletter.relays.len() < relays {
        let ids: Vec<&str> = newsletter.relays.iter().map(|id| id.as_str()).collect();
        runs.row(["  relays".into(), ids.join(", ").into()]);
    }
    runs.write(out)
}

/// The offset of a run and, where the clocks change before it, the one before.
fn offset_note(before: DateTime<Utc>, run: DateTime<Utc>, zone: Tz) -> String {
    let (old, new) = (time::offset(before, zone), time::offset(run, zone));
    if old == new {
        format!("UTC{new}")
    } else {
        format!("UTC{new}, the clocks change before it (UTC{old} until then)")
    }
}

fn relay(relay: &Relay) -> String {
    match relay {
        Relay::Directory(_) => format!("{relay}: messages become files there, nothing is sent"),
        Relay::Smtp { tls, user, .. } => {
            let tls = match tls {
                Tls::Implicit | Tls::Required => "with TLS",
                Tls::None => "in plain text",
            };
            let user = user.as_ref().map_or_else(|| "without a password".to_owned(), |user| format!("as {user}"));
            format!("{relay} {tls}, {user}")
        }
    }
}

/// `1 feed`, `2 feeds`.
pub fn counted(many: usize, noun: &str) -> String {
    format!("{many} {noun}{}", if many == 1 { "" } else { "s" })
}

fn as_json(config: &Config, now: DateTime<Utc>) -> serde_json::Value {
    let platforms: Vec<_> = config
        .platforms
        .iter()
        .map(|platform| {
            let feeds: Vec<&str> = platform.feeds.iter().map(|feed| feed.as_str()).collect();
            json!({"id": platform.id, "name": platform.name.as_str(), "feeds": feeds})
        })
        .collect();
    let relays: Vec<_> = config
        .relays
        .iter()
        .map(|smtp| json!({"id": smtp.id, "url": smtp.relay.to_string(), "weight": smtp.weight}))
        .collect();
    let newsletters: Vec<_> = config
        .newsletters
        .iter()
        .map(|newsletter| {
            let zone = newsletter.timezone.zone();
            let runs: Vec<String> = newsletter
                .schedule
                .upcoming(now, zone)
                .take(RUNS)
                .map(|run| run.with_timezone(&zone).to_rfc3339())
                .collect();
            json!({
                "id": newsletter.id,
                "name": newsletter.name.as_str(),
                "schedule": newsletter.schedule.as_str(),
                "timezone": newsletter.timezone.to_string(),
                "local_hour": newsletter.local_hour.map(|local| local.format("%H:%M").to_string()),
                "quiet": newsletter.quiet.map(|quiet| quiet.to_string()),
                "deadline": newsletter.deadline.map(|deadline| deadline.to_string()),
                "relays": newsletter.relays,
                "next": runs,
            })
        })
        .collect();
    json!({
        "publisher": config.publisher.name.as_str(),
        "store": Location::from(&config.store).to_string(),
        "relays": relays,
        "public_url": config.web.public_url.as_str(),
        "platforms": platforms,
        "calendars": config.calendars.iter().map(|calendar| calendar.url.as_str()).collect::<Vec<_>>(),
        "newsletters": newsletters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn notes_a_run_before_which_the_clocks_change() {
        let zone = chrono_tz::Europe::Berlin;
        let friday = |day| Utc.with_ymd_and_hms(2026, 10, day, 6, 0, 0).unwrap();
        assert_eq!(offset_note(friday(16), friday(23), zone), "UTC+02:00");
        assert_eq!(
            offset_note(friday(23), friday(30), zone),
            "UTC+01:00, the clocks change before it (UTC+02:00 until then)"
        );
    }
}
