//! The record of a front page: `editors.csv` says how long its items stood where, `front-page.csv.gz` shows it look by
//! look, `weeks/*.jsonl.gz` holds what the feeds had.
//!
//! A week's items are the candidates, the feeds are signal feeds, and the ten with most minutes in the first three places are
//! the picks. Of `editors.csv` only title, address and first sight are used: its summary and tag are what the page
//! showed at the item's best place, and so tell the answer. A lead comes from the outlet's own feed, which is no
//! signal feed: it is the one that links to the candidates.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::folder::{open, week_name};
use super::learnt::written;
use super::week::{Item, Week};
use crate::selection::{Candidate, Orders, Sighting, SignalStory, Signals};
use crate::store::StoryId;

/// How many stories the editors are taken to have picked.
const PICKS: usize = 10;
/// A feed with this share of links to candidates is the outlet's own.
const OWN_SHARE: f64 = 0.1;
/// A place is not believed for longer than this without another look, in minutes.
const LONGEST_LOOK: f64 = 60.0;

#[derive(Debug, Deserialize)]
struct Editors {
    week: String,
    key: String,
    href: String,
    title: String,
    first_seen: DateTime<Utc>,
    min_top3: f64,
}

#[derive(Debug, Deserialize)]
struct Look {
    captured_at: DateTime<Utc>,
    position: u32,
    href: String,
}

#[derive(Debug, Deserialize)]
struct FeedItem {
    source: String,
    published: DateTime<Utc>,
    title: String,
    link: String,
    #[serde(default)]
    description: String,
}

pub fn read(folder: &Path) -> Result<Vec<Week>> {
    let mut editors: BTreeMap<String, Vec<Editors>> = BTreeMap::new();
    for row in rows::<Editors>(&folder.join("editors.csv"))? {
        editors.entry(row.week.clone()).or_default().push(row);
    }
    let mut looks: BTreeMap<String, Vec<Look>> = BTreeMap::new();
    let page = folder.join("front-page.csv.gz");
    if page.exists() {
        for look in rows::<Look>(&page)? {
            looks.entry(look.captured_at.format("%G-W%V").to_string()).or_default().push(look);
        }
    }
    let weeks = folder.join("weeks");
    let mut read = Vec::new();
    for entry in std::fs::read_dir(&weeks).with_context(|| format!("listing {}", weeks.display()))? {
        let path = entry.with_context(|| format!("listing {}", weeks.display()))?.path();
        let Some(name) = week_name(&path) else { continue };
        let rows = editors.remove(&name).with_context(|| format!("editors.csv says nothing of the week {name}"))?;
        read.push(week(name.clone(), rows, feed_items(&path)?, looks.get(&name).map_or(&[], Vec::as_slice)));
    }
    ensure!(!read.is_empty(), "{} has no weeks; a week is a file NAME.jsonl.gz", weeks.display());
    read.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(read)
}

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    reader.deserialize().map(|row| row.with_context(|| format!("reading {}", path.display()))).collect()
}

fn feed_items(path: &Path) -> Result<Vec<FeedItem>> {
    let mut items = Vec::new();
    for (number, line) in open(path)?.lines().enumerate() {
        let line = line.with_context(|| format!("reading {}", path.display()))?;
        let mut item: FeedItem =
            serde_json::from_str(&line).with_context(|| format!("line {} of {}", number + 1, path.display()))?;
        item.title = unescaped(item.title);
        item.description = unescaped(item.description);
        items.push(item);
    }
    Ok(items)
}

fn week(name: String, mut rows: Vec<Editors>, feed_items: Vec<FeedItem>, looks: &[Look]) -> Week {
    rows.sort_by(|a, b| b.min_top3.total_cmp(&a.min_top3).then(a.key.cmp(&b.key)));
    let paths: HashMap<String, usize> =
        rows.iter().enumerate().map(|(number, row)| (path_of(&row.href), number)).collect();
    let keys: HashMap<&str, usize> = rows.iter().enumerate().map(|(number, row)| (row.key.as_str(), number)).collect();
    let find = |href: &str| -> Option<usize> {
        let path = path_of(href);
        let by_number = || keys.get(trailing_number(&path)?).copied();
        paths.get(&path).copied().or_else(|| keys.get(path.as_str()).copied()).or_else(by_number)
    };
    let mut sightings = sightings(looks, find);
    let mut of_feed: HashMap<&str, (f64, f64)> = HashMap::new();
    let mut leads: HashMap<usize, &str> = HashMap::new();
    let mut links: Vec<Option<usize>> = Vec::new();
    for item in &feed_items {
        let found = find(&item.link);
        links.push(found);
        let shares = of_feed.entry(&item.source).or_default();
        shares.0 += 1.0;
        shares.1 += f64::from(u8::from(found.is_some()));
    }
    let own: HashSet<&str> =
        of_feed.iter().filter(|(_, (all, linked))| linked / all >= OWN_SHARE).map(|(feed, _)| *feed).collect();
    for (item, link) in feed_items.iter().zip(&links) {
        if let Some(number) = link.filter(|_| own.contains(item.source.as_str())) {
            leads.entry(number).or_insert(&item.description);
        }
    }
    let items = rows.iter().enumerate().map(|(number, row)| Item {
        first_seen_at: row.first_seen,
        success: f64::from(u8::from(row.min_top3 > 0.0)),
        top_minutes: row.min_top3,
        written: [0.0; 3],
        candidate: Candidate {
            story: StoryId(number as i64),
            platform: "front page".into(),
            url: row.href.clone(),
            guid: String::new(),
            title: unescaped(row.title.clone()),
            lead: leads.get(&number).map_or_else(String::new, |lead| (*lead).to_owned()),
            body: String::new(),
            section: section(&path_of(&row.href)),
            tags: Vec::new(),
            authors: Vec::new(),
            published_at: row.first_seen,
            signals: Signals { sightings: sightings.remove(&number).unwrap_or_default(), ..Signals::default() },
            orders: Orders::default(),
        },
    });
    let mut items: Vec<Item> = items.collect();
    let mut seen: HashSet<(String, &str)> = HashSet::new();
    let others = feed_items.iter().filter(|item| !own.contains(item.source.as_str()));
    let signal_stories: Vec<SignalStory> = others
        .filter(|item| seen.insert((outlet(&item.source), item.link.split('?').next().unwrap_or_default())))
        .map(|item| SignalStory {
            feed: outlet(&item.source),
            url: item.link.clone(),
            title: item.title.clone(),
            lead: item.description.clone(),
            published_at: item.published,
        })
        .collect();
    let candidates: Vec<Candidate> = items.iter().map(|item| item.candidate.clone()).collect();
    for (item, written) in items.iter_mut().zip(written(&candidates, &signal_stories)) {
        item.written = written;
    }
    let picks = (0..items.len().min(PICKS)).collect();
    Week { name, items, signal_stories, picks, is_front_page: true }
}

/// Each look lasts until the next.
fn sightings(looks: &[Look], find: impl Fn(&str) -> Option<usize>) -> HashMap<usize, Vec<Sighting>> {
    let mut times: Vec<DateTime<Utc>> = looks.iter().map(|look| look.captured_at).collect();
    times.sort_unstable();
    times.dedup();
    let lasts = |at: DateTime<Utc>| {
        let next = times.get(times.partition_point(|time| *time <= at));
        next.map_or(LONGEST_LOOK, |next| ((*next - at).num_seconds() as f64 / 60.0).min(LONGEST_LOOK))
    };
    let mut found: HashMap<usize, Vec<Sighting>> = HashMap::new();
    for look in looks {
        if let Some(number) = find(&look.href) {
            let sightings = found.entry(number).or_default();
            // A page may show an item twice; the higher place comes first.
            if sightings.last().is_none_or(|last| last.at != look.captured_at) {
                sightings.push(Sighting {
                    at: look.captured_at,
                    place: look.position,
                    minutes: lasts(look.captured_at),
                });
            }
        }
    }
    found
}

/// `/news/world-1` of an address with or without a host.
fn path_of(href: &str) -> String {
    Url::parse(href)
        .map_or_else(|_| href.split(['?', '#']).next().unwrap_or_default().to_owned(), |url| url.path().to_owned())
}

fn trailing_number(path: &str) -> Option<&str> {
    let last = path.trim_end_matches('/').rsplit(['/', '-']).next()?;
    Some(last).filter(|last| last.len() >= 7 && last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What the address says of the section: its first two parts without numbers.
fn section(path: &str) -> String {
    let part = |part: &str| part.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-').to_owned();
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).take(2).map(part).collect();
    parts.join(" ")
}

/// The part of a feed's host that names the outlet.
fn outlet(source: &str) -> String {
    let host = Url::parse(source).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    // A short label before the last belongs to the suffix: co.uk.
    let named = labels.iter().rev().skip(1).find(|label| label.len() > 3 || labels.len() == 2);
    named.map_or(host.clone(), |label| (*label).to_owned())
}

fn unescaped(text: String) -> String {
    quick_xml::escape::unescape_with(&text, quick_xml::escape::resolve_html5_entity)
        .map_or_else(|_| text.clone(), |plain| plain.into_owned())
}
