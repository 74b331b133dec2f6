//! The Atom feed of a newsletter (RFC 4287).

use std::collections::HashMap;

use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::composition::{Plain, WebUrl};
use crate::config::Newsletter;
use crate::store::{EditionId, Headline, PastEdition};
use crate::templates::Sample;
use crate::templates::page;
use crate::web::answer::public;
use crate::web::failure::Failure;
use crate::web::site::Site;

const ENTRIES: usize = 30;

page! {
    #[derive(askama::Template)]
    "pages/atom.xml" => struct Atom {
        /// Of all that stands in it.
        language: String,
        id: String,
        page: String,
        name: String,
        /// May be empty.
        description: String,
        publisher: String,
        website: String,
        updated: String,
        entries: Vec<Entry>,
    }
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    title: String,
    updated: String,
    summary: String,
    /// HTML.
    content: String,
}

page! {
    /// An edition as feed readers show it: its headlines, which lead to the stories.
    #[derive(askama::Template)]
    "pages/atom_content.html" => struct Content {
        stories: Vec<Story>,
        url: String,
        read_online: String,
    }
}

#[derive(Debug, Serialize)]
struct Story {
    headline: String,
    standfirst: String,
    url: String,
}

pub(super) async fn show(site: &Site, newsletter: &Newsletter) -> Result<Response, Failure> {
    let id = newsletter.id.as_str().to_owned();
    let (past, mut headlines) = site
        .ask(move |store, _| {
            store.read(|db| {
                let past = PastEdition::list(db, &id, ENTRIES)?;
                let headlines = PastEdition::headlines(db, &past)?;
                Ok((past, headlines))
            })
        })
        .await?;
    let page = site.link(&format!("/archive/{}", newsletter.id));
    // A feed without entries was updated too (§4.2.15): today, so that it does not change at every request.
    let today = || site.press().now().date_naive().and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    let updated = past.iter().map(|past| past.dated_at).max().or_else(today).unwrap_or_default();
    let feed = Atom {
        language: site.language_of(newsletter).as_str().to_owned(),
        id: format!("{page}.atom"),
        page,
        name: text(&newsletter.name),
        description: newsletter.description.as_ref().map(|line| text(line)).unwrap_or_default(),
        publisher: text(&site.publisher().name),
        website: site.publisher().website.as_str().to_owned(),
        updated: instant(updated),
        entries: past.iter().map(|past| entry(site, newsletter, past, &mut headlines)).collect(),
    };
    Ok(public("application/atom+xml; charset=utf-8", site.press().templates().render(&feed)))
}

fn entry(
    site: &Site,
    newsletter: &Newsletter,
    past: &PastEdition,
    headlines: &mut HashMap<EditionId, Vec<Headline>>,
) -> Entry {
    let words = site.press().catalogues().of(site.language_of(newsletter));
    let stories: Vec<Story> = headlines
        .remove(&past.id)
        .unwrap_or_default()
        .into_iter()
        // Whatever got into the store: where a link leads is http or https.
        .filter_map(|story| {
            let url = WebUrl::parse(&story.url).ok()?.to_string();
            Some(Story { headline: text(&story.headline), standfirst: text(&story.standfirst), url })
        })
        .collect();
    let summary = match stories.first() {
        Some(lead) if !lead.standfirst.is_empty() => lead.standfirst.clone(),
        _ => stories.iter().map(|story| story.headline.as_str()).collect::<Vec<_>>().join(" · "),
    };
    let url = site.press().permalink(&past.name);
    let content = Content { stories, url: url.clone(), read_online: words.say("archive-read-online") };
    Entry {
        title: text(&past.subject),
        updated: instant(past.dated_at),
        summary: if summary.is_empty() { text(&past.subject) } else { summary },
        content: site.press().templates().render(&content),
        id: url,
    }
}

/// RFC 3339, in UTC.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One line of what XML can carry (XML 1.0 §2.2).
fn text(line: &str) -> String {
    Plain::new(line).as_str().chars().filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect()
}

pub(super) fn samples() -> Vec<Sample> {
    let url = |path: &str| format!("https://brief.example/archive/weekly-brief{path}");
    let story = |standfirst: &str| Story {
        headline: "The <strike> & the \"market\"".to_owned(),
        standfirst: standfirst.to_owned(),
        url: "https://example.org/strike?a=1&b=2".to_owned(),
    };
    let stories = vec![story("Ten days <on>."), story("")];
    let content = Content { stories, url: url("/2"), read_online: "Read the whole edition".to_owned() };
    let entry = Entry {
        id: url("/2"),
        title: "The <strike> & the \"market\"".to_owned(),
        updated: "2026-11-23T12:00:00Z".to_owned(),
        summary: "Ten days <on>.".to_owned(),
        content: "<ul><li>The &lt;strike></li></ul>".to_owned(),
    };
    let feed = Atom {
        language: "en".to_owned(),
        id: url(".atom"),
        page: url(""),
        name: "The <Weekly> Brief".to_owned(),
        description: "The week's \"top\" stories.".to_owned(),
        publisher: "Harmattan & Sons".to_owned(),
        website: "https://www.harmattan.example/?a=1&b=2".to_owned(),
        updated: "2026-11-23T12:00:00Z".to_owned(),
        entries: vec![entry],
    };
    let mut samples = vec![Sample::of(&content), Sample::of(&feed)];
    samples.push(Sample::of(&Atom { description: String::new(), entries: Vec::new(), ..feed }));
    samples
}
