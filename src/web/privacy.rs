//! What is kept of readers and what is counted, as it is on this installation: each paragraph stands or falls with a key
//! of the configuration, so that the page can't promise what is not so.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::frame::Frame;
use super::site::Site;
use super::speaker::Speaker;
use crate::catalogue::Catalogue;
use crate::config::{Clicks, Newsletter};
use crate::publishing::CONFIRM_DAYS;
use crate::templates::Sample;
use crate::templates::page;

page! {
    #[derive(askama::Template)]
    "pages/privacy.html" => struct Privacy {
        frame: Frame,
        parts: Vec<Part>,
        contact: String,
    }
}

#[derive(Debug, Serialize)]
struct Part {
    title: String,
    texts: Vec<String>,
}

pub(super) async fn show(State(site): State<Site>, Speaker(words): Speaker) -> Response {
    let parts = vec![
        part(&words, "privacy-kept", kept(&site, &words)),
        part(&words, "privacy-counted", counted(&site, &words)),
        part(&words, "privacy-cookies", vec![words.say("privacy-cookies-text")]),
        part(&words, "privacy-rights", vec![words.say("privacy-rights-text"), words.say("privacy-left-text")]),
    ];
    let frame = Frame::new(&site, &words, words.say("privacy-title"));
    let contact = site.contact().unwrap_or_default().to_owned();
    site.public_page(&words, &Privacy { frame, parts, contact })
}

fn part(words: &Catalogue, title: &str, texts: Vec<String>) -> Part {
    Part { title: words.say(title), texts }
}

fn kept(site: &Site, words: &Catalogue) -> Vec<String> {
    let days = words.tell("privacy-days", &[("count", CONFIRM_DAYS.into())]);
    let mut texts = vec![words.say("privacy-kept-text"), words.tell("privacy-unconfirmed", &[("days", days.into())])];
    let keep_ip = site.press().config().sign_up.keep_ip;
    texts.push(if keep_ip.is_zero() {
        words.say("privacy-ip-none")
    } else {
        let days = words.tell("privacy-days", &[("count", keep_ip.as_secs().div_ceil(86_400).into())]);
        words.tell("privacy-ip", &[("days", days.into())])
    });
    texts.push(words.say("privacy-sent-text"));
    texts
}

fn counted(site: &Site, words: &Catalogue) -> Vec<String> {
    let newsletters = &site.press().config().newsletters;
    let named = |is_so: fn(&&Newsletter) -> bool| -> String {
        let names: Vec<&str> = newsletters.iter().filter(is_so).map(|newsletter| newsletter.name.as_str()).collect();
        words.listed(&names)
    };
    let of = |message: &str, names: String| {
        (!names.is_empty()).then(|| words.tell(message, &[("newsletters", names.into())]))
    };
    let texts = [
        of("privacy-clicks-aggregate", named(|newsletter| newsletter.clicks == Clicks::Aggregate)),
        of("privacy-clicks-subscriber", named(|newsletter| newsletter.clicks == Clicks::Subscriber)),
        of("privacy-clicks-off", named(|newsletter| newsletter.clicks == Clicks::Off)),
        of("privacy-opens", named(|newsletter| newsletter.opens)),
        Some(words.say("privacy-opens-none")).filter(|_| !newsletters.iter().any(|newsletter| newsletter.opens)),
    ];
    texts.into_iter().flatten().collect()
}

pub(super) fn sample(words: &Catalogue) -> Sample {
    Sample::of(&Privacy {
        frame: Frame::sample(words, false),
        parts: vec![part(words, "privacy-cookies", vec!["No <cookies> & no scripts.".to_owned()])],
        contact: "editors@example.org".to_owned(),
    })
}
