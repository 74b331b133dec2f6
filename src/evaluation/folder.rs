//! The documented format: for each week `NAME.jsonl` or `NAME.jsonl.gz`, and its picks in `NAME.picks`, a URL a line.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde::Deserialize;

use super::front_pages;
use super::week::{Item, Week};
use crate::selection::{Candidate, Count, Orders, Sighting, SignalStory, Signals};
use crate::store::StoryId;

/// A line of a week.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: Kind,
    url: String,
    title: String,
    #[serde(default)]
    lead: String,
    /// The platform of a candidate, the feed of a signal.
    #[serde(alias = "feed")]
    platform: String,
    #[serde(default)]
    section: String,
    #[serde(default)]
    authors: Vec<String>,
    published_at: DateTime<Utc>,
    first_seen_at: Option<DateTime<Utc>>,
    comments: Option<CountLine>,
    views: Option<CountLine>,
    shares: Option<CountLine>,
    #[serde(default)]
    sightings: Vec<SightingLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Candidate,
    Signal,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountLine {
    total: f64,
    at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SightingLine {
    at: DateTime<Utc>,
    place: u32,
    minutes: f64,
}

/// The weeks of a folder, in the order of their names.
pub fn read(folder: &Path) -> Result<Vec<Week>> {
    if folder.join("editors.csv").exists() {
        return front_pages::read(folder);
    }
    let listed = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut weeks = Vec::new();
    for entry in listed {
        let path = entry.with_context(|| format!("listing {}", folder.display()))?.path();
        if let Some(name) = week_name(&path) {
            weeks.push(read_week(&path, &name, &folder.join(format!("{name}.picks")))?);
        }
    }
    weeks.sort_by(|a, b| a.name.cmp(&b.name));
    if weeks.is_empty() {
        bail!("{} has no weeks; a week is a file NAME.jsonl with NAME.picks beside it", folder.display());
    }
    Ok(weeks)
}

/// `2023-W36` of `2023-W36.jsonl.gz`.
pub(super) fn week_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".jsonl.gz")).map(str::to_owned)
}

/// A file, unpacked where its name says that it is packed.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let is_packed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> = if is_packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(BufReader::new(bytes)))
}

fn read_week(path: &Path, name: &str, picks: &Path) -> Result<Week> {
    let (mut items, mut signal_stories) = (Vec::new(), Vec::new());
    for (number, line) in open(path)?.lines().enumerate() {
        let line = line.with_context(|| format!("reading {}", path.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line =
            serde_json::from_str(&line).with_context(|| format!("line {} of {}", number + 1, path.display()))?;
        match line.kind {
            Kind::Candidate => items.push(item(line, items.len())),
            Kind::Signal => signal_stories.push(SignalStory {
                feed: line.platform,
                url: line.url,
                title: line.title,
                lead: line.lead,
                published_at: line.published_at,
            }),
        }
    }
    let numbers: HashMap<&str, usize> =
        items.iter().enumerate().map(|(number, item)| (item.candidate.url.as_str(), number)).collect();
    let text =
        fs::read_to_string(picks).with_context(|| format!("reading the picks of {name}, {}", picks.display()))?;
    let mut picked = Vec::new();
    for url in text.lines().map(str::trim).filter(|url| !url.is_empty()) {
        let number = numbers.get(url);
        picked.push(
            *number.with_context(|| format!("{} names {url}, which is no candidate of {name}", picks.display()))?,
        );
    }
    ensure!(!picked.is_empty(), "{} names no pick; it is a list of URLs, one a line", picks.display());
    for number in &picked {
        items[*number].success = 1.0;
    }
    Ok(Week { name: name.to_owned(), items, signal_stories, picks: picked, is_front_page: false })
}

fn item(line: Line, number: usize) -> Item {
    let count = |line: Option<CountLine>| line.map(|line| Count { total: line.total, counted_at: line.at });
    let sighting = |line: &SightingLine| Sighting { at: line.at, place: line.place, minutes: line.minutes };
    let mut sightings: Vec<Sighting> = line.sightings.iter().map(sighting).collect();
    sightings.sort_by_key(|sighting| sighting.at);
    let signals = Signals {
        comments: count(line.comments),
        views: count(line.views),
        shares: count(line.shares),
        sightings,
        ..Signals::default()
    };
    Item {
        first_seen_at: line.first_seen_at.unwrap_or(line.published_at),
        success: 0.0,
        top_minutes: 0.0,
        written: [0.0; 3],
        candidate: Candidate {
            story: StoryId(number as i64),
            platform: line.platform,
            url: line.url,
            guid: String::new(),
            title: line.title,
            lead: line.lead,
            body: String::new(),
            section: line.section,
            tags: Vec::new(),
            authors: line.authors,
            published_at: line.published_at,
            signals,
            orders: Orders::default(),
        },
    }
}
