//! Everything that is to be chosen from: clustered, measured, scored.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::candidate::{Candidate, SignalStory};
use super::cluster::{Marks, clusters};
use super::coverage::{Documents, NEAR, coverage};
use super::evidence::Evidence;
use super::index::Index;
use super::prior::{Prior, traits};
use super::score::{Features, OtherCount};
use super::signals::{Compared, Counted, Usual};
use super::simhash::{hash, shingles, simhash};
use super::text::Words;
use super::{Knowledge, Rule};

/// A front page's first places, which count as its top.
const TOP: u32 = 3;

/// Bytes of a lead that are more than is compared of it.
const BEGINNING: usize = 400;

/// Bytes of a text that are compared with others', some 150 words.
const COMPARED: usize = 900;

/// A cluster of candidates: one story, perhaps on several platforms.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Which stands for it: a pinned one, else the fullest, else the first.
    pub story: &'a Candidate,
    /// The others of its cluster, in the order of time.
    pub others: Vec<&'a Candidate>,
    pub features: Features,
    pub score: f64,
    /// Its document in the index.
    pub document: usize,
    /// Feeds and platforms that ran it too, by name.
    pub also: Vec<String>,
}

/// The entries, best first, and the index of their texts.
#[derive(Debug)]
pub struct Pool<'a> {
    pub entries: Vec<Entry<'a>>,
    pub index: Index,
}

enum Document<'a> {
    Candidate(&'a Candidate),
    Signal(&'a SignalStory),
}

impl Document<'_> {
    /// Time first; then whatever tells two apart, so that the order of the input never matters.
    fn key(&self) -> (DateTime<Utc>, &str, &str, &str, i64) {
        match self {
            Self::Candidate(story) => (story.published_at, &story.platform, &story.url, &story.title, story.story.0),
            Self::Signal(story) => (story.published_at, &story.feed, &story.url, &story.title, i64::MIN),
        }
    }
}

impl<'a> Pool<'a> {
    pub fn new(candidates: &'a [Candidate], knowledge: &'a Knowledge<'a>, rule: &Rule) -> Self {
        let mut documents: Vec<Document<'a>> = candidates.iter().map(Document::Candidate).collect();
        documents.extend(knowledge.signal_stories.iter().map(Document::Signal));
        documents.sort_by(|a, b| a.key().cmp(&b.key()));
        let texts: Vec<Words> = documents
            .iter()
            .map(|document| match document {
                Document::Candidate(story) => Words::new(&story.title, &beginning(story)),
                Document::Signal(story) => Words::new(&story.title, &story.lead),
            })
            .collect();
        let times: Vec<i64> = documents.iter().map(|document| document.key().0.timestamp()).collect();
        let (names, sources) = sources(&documents);
        let index = Index::new(&texts, times.clone());
        let marks: Vec<Marks> = (0..documents.len())
            .map(|number| {
                let evidence = |shingles: &[u64]| {
                    Evidence::new(&texts[number].title, &index.vectors[number], shingles, &index.rarity)
                };
                marks(&documents[number], sources[number], evidence)
            })
            .collect();
        let neighbours = index.neighbours(rule.likeness.seconds.max(NEAR), |document| !marks[document].stands_alone);
        let groups = clusters(&index, &neighbours, &marks, rule.likeness);
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (document, group) in groups.into_iter().enumerate() {
            if matches!(documents[document], Document::Candidate(_)) {
                members.entry(group).or_default().push(document);
            }
        }
        let own = Usual::among(if knowledge.usual.is_none() { candidates } else { &[] });
        let usual = knowledge.usual.unwrap_or(&own);
        let nothing = Prior::default();
        let prior = knowledge.prior.unwrap_or(&nothing);
        let times_of = || candidates.iter().map(|story| story.published_at);
        let window = rule.window.or_else(|| times_of().min().zip(times_of().max()));
        let freshness = |story: &Candidate| match window {
            Some((from, to)) if to > from => {
                let share = (story.published_at - from).num_seconds() as f64 / (to - from).num_seconds() as f64;
                share.clamp(0.0, 1.0)
            }
            _ => 1.0,
        };
        let all = Documents { index: &index, neighbours: &neighbours, words: &texts, times: &times, sources: &sources };
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for group in members.into_values() {
            let stories: Vec<(usize, &'a Candidate)> = group
                .into_iter()
                .filter_map(|document| match documents[document] {
                    Document::Candidate(story) => Some((document, story)),
                    Document::Signal(_) => None,
                })
                .collect();
            let Some((document, story)) = stories.iter().copied().max_by_key(|(document, story)| {
                let is_pinned = story.orders.pin.is_some() && !story.orders.is_dropped;
                (is_pinned, fullness(story), std::cmp::Reverse(*document))
            }) else {
                continue;
            };
            let others: Vec<&Candidate> =
                stories.iter().filter(|(other, _)| *other != document).map(|(_, other)| *other).collect();
            let mut features =
                Features { prior: prior.of(&traits(story)), freshness: freshness(story), ..Features::default() };
            let mut also: BTreeSet<u32> = BTreeSet::new();
            for (document, story) in &stories {
                let of = coverage(all, *document);
                also.extend(of.sources);
                also.insert(sources[*document]);
                features.likeness = features.likeness.max(of.likeness);
                features.subject = features.subject.max(of.subject);
                let best = |known: Option<Compared>, counted: &Counted| {
                    known.into_iter().chain(usual.compare(counted, story)).max_by(|a, b| a.z().total_cmp(&b.z()))
                };
                features.comments = best(features.comments, &Counted::Comments);
                features.views = best(features.views, &Counted::Views);
                features.shares = best(features.shares, &Counted::Shares);
                for name in story.signals.others.keys() {
                    let at = features.others.iter().position(|other| other.name == *name);
                    let known = at.map(|at| features.others.remove(at).compared);
                    let counted = Counted::Other(name.clone());
                    if let Some(compared) = best(known, &counted) {
                        let factor = rule.counts.get(name).copied().unwrap_or(1.0);
                        features.others.push(OtherCount { name: name.clone(), compared, factor });
                    }
                }
                features.clicks = [features.clicks, story.signals.clicks].into_iter().flatten().max_by(f64::total_cmp);
                let top = story.signals.sightings.iter().filter(|sighting| sighting.place <= TOP);
                features.top_minutes = features.top_minutes.max(top.map(|sighting| sighting.minutes).sum());
            }
            features.others.sort_by(|a, b| a.name.cmp(&b.name));
            also.remove(&sources[document]);
            features.breadth = also.len();
            let also = also.into_iter().map(|source| names[source as usize].clone()).collect();
            let score = features.score(&rule.weights);
            entries.push(Entry { story, others, features, score, document, also });
        }
        entries.sort_by(|a, b| before(a, b));
        Self { entries, index }
    }
}

/// The better score; then the newer; then by platform, URL, title and number.
pub fn before(a: &Entry<'_>, b: &Entry<'_>) -> std::cmp::Ordering {
    let (one, other) = (a.story, b.story);
    b.score
        .total_cmp(&a.score)
        .then(other.published_at.cmp(&one.published_at))
        .then_with(|| Document::Candidate(one).key().cmp(&Document::Candidate(other).key()))
}

fn fullness(story: &Candidate) -> usize {
    story.body.len() + story.lead.len()
}

/// The sources' names in their order, and each document's by number. A signal feed may bear the name of a platform: then
/// they are one source.
fn sources(documents: &[Document<'_>]) -> (Vec<String>, Vec<u32>) {
    let name = |document: &Document<'_>| document.key().1.to_owned();
    let mut names: Vec<String> = documents.iter().map(name).collect();
    names.sort_unstable();
    names.dedup();
    let number: BTreeMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let sources = documents.iter().map(|document| number[document.key().1]).collect();
    (names, sources)
}

/// The lead, and where that is short what follows it.
fn beginning(story: &Candidate) -> Cow<'_, str> {
    if story.lead.len() >= BEGINNING || story.body.is_empty() {
        return Cow::Borrowed(&story.lead);
    }
    Cow::Owned(format!("{} {}", story.lead, first(&story.body, BEGINNING)))
}

/// At most so many bytes of a text.
fn first(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Signal stories stand alone: they are counted, not shown.
fn marks(document: &Document<'_>, source: u32, evidence: impl Fn(&[u64]) -> Evidence) -> Marks {
    let time = document.key().0.timestamp();
    let Document::Candidate(story) = document else {
        return Marks { time, stands_alone: true, ..Marks::default() };
    };
    let mut keys = Vec::new();
    if !story.url.is_empty() {
        keys.push(hash(["url", &story.url]));
    }
    if !story.guid.is_empty() {
        // A bare number is unique within its feed only.
        let is_global = story.guid.contains([':', '/']);
        let feed = if is_global { String::new() } else { source.to_string() };
        keys.push(hash(["guid", &feed, &story.guid]));
    }
    if !story.lead.is_empty() || !story.body.is_empty() {
        keys.push(hash(["content", &story.title, &story.lead, &story.body]));
    }
    let rest = COMPARED.saturating_sub(story.lead.len());
    let shingles = shingles(&format!("{} {}", first(&story.lead, COMPARED), first(&story.body, rest)));
    let evidence = Some(evidence(&shingles));
    Marks { keys, simhash: simhash(&shingles), source: Some(source), time, evidence, stands_alone: false }
}
