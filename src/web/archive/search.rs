use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::{Past, public_newsletters};
use crate::catalogue::Catalogue;
use crate::store::{Found, Stretch};
use crate::templates::Sample;
use crate::templates::page;
use crate::web::failure::Failure;
use crate::web::frame::Frame;
use crate::web::site::Site;

/// Editions that are shown of what is found.
const SHOWN: usize = 50;
/// Characters of a question that are said back.
const SAID: usize = 200;

page! {
    #[derive(askama::Template)]
    "pages/found.html" => struct Results {
        frame: Frame,
        search: String,
        question: String,
        /// How many were found, or that none was.
        summary: String,
        /// What helps where nothing was found.
        advice: Vec<String>,
        hits: Vec<Hit>,
        all: String,
    }
}

/// An edition in which something was found.
#[derive(Debug, Serialize)]
struct Hit {
    edition: Past,
    newsletter: String,
    subject: Vec<Piece>,
    excerpt: Vec<Piece>,
}

#[derive(Debug, Serialize)]
struct Piece {
    text: String,
    is_found: bool,
}

pub(super) async fn show(site: &Site, words: &Catalogue, question: String) -> Result<Response, Failure> {
    let asked = question.clone();
    let found = site
        .ask(move |store, press| {
            let newsletters = press.config().newsletters.iter().filter(|newsletter| newsletter.archive);
            let ids: Vec<&str> = newsletters.map(|newsletter| newsletter.id.as_str()).collect();
            store.read(|db| Found::search(db, &ids, &asked, SHOWN))
        })
        .await?;
    let hits: Vec<Hit> = found.into_iter().filter_map(|found| hit(site, words, found)).collect();
    let question: String = question.chars().filter(|c| !c.is_control()).take(SAID).collect();
    let summary = if hits.is_empty() {
        words.tell("search-nothing", &[("question", question.as_str().into())])
    } else {
        words.tell("search-found", &[("count", hits.len().into()), ("question", question.as_str().into())])
    };
    let page = Results {
        frame: Frame::new(site, words, words.say("search-title")),
        search: site.link("/archive"),
        question,
        summary,
        advice: if hits.is_empty() {
            ["search-advice-fewer", "search-advice-beginnings"].map(|id| words.say(id)).into()
        } else {
            Vec::new()
        },
        hits,
        all: site.link("/archive"),
    };
    let mut response = site.page(StatusCode::OK, &page);
    // There are as many of these pages as there are questions.
    response.headers_mut().insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    Ok(response)
}

fn hit(site: &Site, words: &Catalogue, found: Found) -> Option<Hit> {
    let newsletter = public_newsletters(site).find(|one| one.id.as_str() == found.edition.name.newsletter)?;
    Some(Hit {
        edition: Past::new(site, words, newsletter, &found.edition),
        newsletter: newsletter.name.to_string(),
        subject: pieces(found.subject),
        excerpt: pieces(found.excerpt),
    })
}

fn pieces(stretches: Vec<Stretch>) -> Vec<Piece> {
    stretches.into_iter().map(|Stretch { text, is_found }| Piece { text, is_found }).collect()
}

pub(super) fn sample(words: &Catalogue, has_found: bool) -> Sample {
    let piece = |text: &str, is_found: bool| Piece { text: text.to_owned(), is_found };
    let hit = || Hit {
        edition: Past::sample(2),
        newsletter: "The <Weekly> Brief".to_owned(),
        subject: vec![piece("The ", false), piece("<strike>", true)],
        excerpt: vec![piece("Ten days of ", false), piece("strike", true), piece(" & more", false)],
    };
    Sample::of(&Results {
        frame: Frame::sample(words, false),
        search: "https://brief.example/archive".to_owned(),
        question: "\"strike\" & <more>".to_owned(),
        summary: "There is no edition with “strike”.".to_owned(),
        advice: if has_found { Vec::new() } else { vec!["Fewer words find more.".to_owned()] },
        hits: if has_found { vec![hit(), hit()] } else { Vec::new() },
        all: "https://brief.example/archive".to_owned(),
    })
}
