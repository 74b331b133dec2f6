use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use url::Url;

use super::canonical_url::canonical_url;
use super::html::{paragraphs, sanitised};
use super::lead_image::lead_image;
use super::markup::escaped;
use super::prose::{MAX_STANDFIRST, count_words, folded, opening, shortened};
use super::{Author, Entry, Image, Text, TextKind};

/// Longest headline, in characters; only mistakes are longer.
const MAX_HEADLINE: usize = 250;
/// Longest headline made of a text, in characters.
const MAX_MADE_HEADLINE: usize = 110;
/// Longest byline or tag, in characters.
const MAX_NAME: usize = 100;
/// Longest identity, in bytes.
const MAX_GUID: usize = 1_000;
/// How far a feed's clock may be ahead of ours.
const TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// How paragraphs begin that are no part of the story's own text.
const ASIDES: [&str; 6] = ["read also", "also read", "read more", "must read", "related:", "advertisement"];

/// An entry made presentable: everything a story is stored with, but for its platform and its place in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryDraft {
    /// The feed's identity of the entry, else its canonical URL. Never empty.
    pub guid: String,
    /// Canonical: http or https, without tracking parameters and fragment.
    pub url: Url,
    /// Plain text on one line, never empty, at most 250 characters.
    pub headline: String,
    /// One or two sentences of plain text, at most 300 characters; may be empty.
    pub standfirst: String,
    /// Names, plain text.
    pub bylines: Vec<String>,
    /// The first of the tags.
    pub section: Option<String>,
    pub tags: Vec<String>,
    /// Never later than an hour after `now`; `None` where the feed does not say.
    pub published_at: Option<DateTime<Utc>>,
    /// Never before `published_at`.
    pub updated_at: Option<DateTime<Utc>>,
    pub image: Option<Image>,
    /// Number of comments.
    pub comments: Option<u32>,
    /// Sanitised HTML (rule H), URLs absolute: the content, else the summary.
    pub body: String,
    /// Words in `body`.
    pub words: u32,
}

/// Why an entry can't become a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it has no link")]
    NoLink,
    #[error("its link is not an http or https URL")]
    BadLink,
    #[error("it has neither title nor text")]
    NoText,
}

/// Makes a story of an entry (rule H: feed HTML).
///
/// Dates more than an hour after `now` count as missing, and so do those before 1995, which are zeroes of some kind.
pub fn clean(entry: &Entry, now: DateTime<Utc>) -> Result<StoryDraft, Unusable> {
    let url = canonical_url(entry.url.as_deref().ok_or(Unusable::NoLink)?)?;
    let summary = entry.summary.as_ref().map(|text| html_of(text, &url)).unwrap_or_default();
    let body = entry.content.as_ref().map(|text| html_of(text, &url)).unwrap_or_default();
    let body = if body.is_empty() { summary.clone() } else { body };
    let body_paragraphs = paragraphs(&body);
    let title = entry.title.as_ref().map(|text| plain(text, &url)).unwrap_or_default();
    let standfirst = standfirst(&paragraphs(&summary), &body_paragraphs, &title);
    let headline = match title.as_str() {
        "" => shortened(&opening(&standfirst, MAX_MADE_HEADLINE), MAX_MADE_HEADLINE),
        title => shortened(title, MAX_HEADLINE),
    };
    if headline.is_empty() {
        return Err(Unusable::NoText);
    }
    let tags: Vec<String> = names(entry.tags.iter().map(|tag| folded(tag)).filter(|tag| tag != "Uncategorized"));
    let published_at = entry.published.or(entry.updated).and_then(|date| believable(date, now));
    let updated_at = entry.updated.and_then(|date| believable(date, now));
    let guid = entry.guid.as_deref().map(folded).filter(|guid| !guid.is_empty() && guid.len() <= MAX_GUID);
    Ok(StoryDraft {
        guid: guid.unwrap_or_else(|| url.to_string()),
        headline,
        standfirst,
        bylines: names(entry.authors.iter().filter_map(|author| byline(author, &url))),
        section: tags.first().cloned(),
        tags,
        published_at,
        updated_at: updated_at.filter(|updated| published_at.is_none_or(|published| *updated >= published)),
        image: lead_image(entry.image.as_ref(), &body),
        comments: entry.comments,
        words: body_paragraphs.iter().map(|paragraph| count_words(paragraph)).sum(),
        body,
        url,
    })
}

fn html_of(text: &Text, base: &Url) -> String {
    match text.kind {
        TextKind::Html => sanitised(&text.value, base).trim().to_owned(),
        TextKind::Plain => {
            let lines = text.value.lines().map(folded).filter(|line| !line.is_empty());
            lines.map(|line| format!("<p>{}</p>", escaped(&line))).collect()
        }
    }
}

fn plain(text: &Text, base: &Url) -> String {
    match text.kind {
        TextKind::Html => paragraphs(&sanitised(&text.value, base)).join(" "),
        TextKind::Plain => folded(&text.value),
    }
}

/// The opening of the summary, else of the body, without what repeats the title or leads away from the story.
fn standfirst(summary: &[String], body: &[String], title: &str) -> String {
    let opening_of = |paragraphs: &[String]| {
        let own = paragraphs.iter().map(|paragraph| without_feed_notes(paragraph));
        let text: Vec<&str> =
            own.filter(|paragraph| !paragraph.is_empty() && *paragraph != title && !is_aside(paragraph)).collect();
        opening(&text.join(" "), MAX_STANDFIRST)
    };
    let from_summary = opening_of(summary);
    if from_summary.is_empty() { opening_of(body) } else { from_summary }
}

/// A paragraph without what WordPress adds to a feed: `The post … appeared first on …`, `[…]`, `Continue reading`.
fn without_feed_notes(paragraph: &str) -> &str {
    let end = match paragraph.rfind("The post ") {
        Some(at)
            if paragraph[at..].contains(" appeared first on ") || paragraph[at..].contains(" first appeared on ") =>
        {
            at
        }
        _ => paragraph.len(),
    };
    let own = paragraph[..end].trim_end();
    let own = own.find("Continue reading").map_or(own, |at| &own[..at]).trim_end();
    ["[…]", "[...]", "(more…)"].iter().find_map(|note| own.strip_suffix(note)).unwrap_or(own).trim_end()
}

fn is_aside(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    ASIDES.iter().any(|aside| lower.starts_with(aside))
}

/// An author's name as it is printed; nothing for addresses and for the accounts that software makes.
fn byline(author: &Author, base: &Url) -> Option<String> {
    let name = plain(&Text::html(author.name.as_deref()?), base);
    let name = name.strip_prefix("By ").or_else(|| name.strip_prefix("by ")).unwrap_or(&name).trim();
    let is_account =
        matches!(name.to_lowercase().as_str(), "" | "admin" | "administrator" | "webmaster" | "editor" | "wordpress");
    (!is_account && !name.contains('@')).then(|| name.to_owned())
}

/// Each name once, in order, none too long.
fn names(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        let name = shortened(&name, MAX_NAME);
        if !name.is_empty() && !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

fn believable(date: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const FIRST_OF_1995: i64 = 788_918_400;
    (date <= now + TOLERANCE && date.timestamp() >= FIRST_OF_1995).then_some(date)
}
