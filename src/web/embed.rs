//! The form on the publisher's own pages: by a script, as a pop-up or in place, or in a frame.

use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, VARY};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::public;
use super::failure::Failure;
use super::sign_up::{CameFor, Form};
use super::site::Site;
use super::speaker::Speaker;
use crate::catalogue::Catalogue;
use crate::composition::Palette;

const SCRIPT: &str = include_str!("../../templates/pages/embed.js");
/// What does the work that a form may ask for.
const WORK: &str = include_str!("../../templates/pages/work.js");

/// `/embed.js`: the same for everybody; what it shows it asks of `/embed.json`.
pub(super) async fn script() -> Response {
    public("text/javascript; charset=utf-8", tightened(SCRIPT))
}

/// `/work.js`, for forms on pages of ours.
pub(super) async fn work() -> Response {
    public("text/javascript; charset=utf-8", tightened(WORK))
}

/// Without indentation and comments: every reader of the publisher's pages loads it.
fn tightened(script: &str) -> String {
    let lines = script.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::with_capacity(script.len()), |text, line| text + line + "\n")
}

/// `/embed.json`: what the form says and looks like, and a ticket for it. Any page may ask.
pub(super) async fn offer(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Query(came_for): Query<CameFor>,
) -> Result<Response, Failure> {
    let form = Form::new(&site, &words, came_for.newsletter.as_deref(), "");
    if form.offers.is_empty() {
        return Err(Failure::NoSuchPage);
    }
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (VARY, HeaderValue::from_static("Accept-Language")),
    ];
    Ok((headers, axum::Json(said(&site, &words, &form))).into_response())
}

fn said(site: &Site, words: &Catalogue, form: &Form) -> Value {
    let popup = &site.press().config().popup;
    let newsletters: Vec<Value> = form
        .offers
        .iter()
        .map(|offer| {
            json!({ "id": offer.named.id, "name": offer.named.name, "lang": offer.named.language, "ticked": offer.is_ticked })
        })
        .collect();
    // What the publisher wrote is in the publisher's language, what it says beside that in the reader's.
    let theirs = site.publisher().language.as_str();
    let ticked = form.offers.iter().find(|offer| offer.is_ticked).or(form.offers.first()).map(|offer| &offer.named);
    let (text, text_language, cadence) = match (&popup.text, ticked) {
        (Some(text), _) => (text.to_string(), theirs, ""),
        (None, Some(named)) => (named.description.clone(), named.language.as_str(), named.cadence.as_str()),
        (None, None) => Default::default(),
    };
    let is_theirs = popup.headline.is_some() || site.publisher().tagline.is_some();
    let own = |line: &Option<crate::config::Line>, message: &str| {
        line.as_ref().map_or_else(|| words.say(message), ToString::to_string)
    };
    let (day, night) = (colours(&site.style().day), colours(&site.style().night));
    json!({
        "lang": words.language().as_str(),
        "dir": form.direction,
        "headline": headline(site, words),
        "headlineLang": if is_theirs { theirs } else { words.language().as_str() },
        "text": text,
        "textLang": text_language,
        "cadence": cadence,
        "label": words.say("sign-up-email"),
        "button": own(&popup.button, "sign-up-button"),
        "refuse": own(&popup.refuse, "popup-refuse"),
        "close": words.say("popup-close"),
        "promise": form.promise,
        "privacy": site.link("/privacy"),
        "privacyLabel": words.say("privacy"),
        "newsletters": newsletters,
        "ticket": form.ticket,
        "challenge": form.challenge,
        "most": form.most_work,
        "after": popup.after.as_secs(),
        "scroll": popup.scroll.share(),
        "leaving": popup.leaving,
        "remember": popup.remember.as_secs().div_ceil(86_400),
        "colours": { "day": day, "night": night },
    })
}

/// What stands over the form.
pub(super) fn headline(site: &Site, words: &Catalogue) -> String {
    let popup = site.press().config().popup.headline.as_ref();
    popup.or(site.publisher().tagline.as_ref()).map_or_else(|| words.say("sign-up-title"), ToString::to_string)
}

fn colours(palette: &Palette) -> Value {
    json!({
        "paper": palette.paper.to_string(),
        "ink": palette.ink.to_string(),
        "soft": palette.soft.to_string(),
        "accent": palette.accent.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_less_than_10_kilobytes() {
        assert!(tightened(SCRIPT).len() < 10_000, "{}", tightened(SCRIPT).len());
        assert!(!tightened(SCRIPT).contains("document.cookie"));
    }
}
