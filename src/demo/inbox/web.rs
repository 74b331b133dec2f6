//! The pages below `/inbox`: a list, and each message as HTML, text, headers, source and file.
//!
//! A message's HTML is a stranger here: it is framed without scripts, forms or our origin, under a policy that lets it
//! fetch pictures and fonts and nothing else. Its links open in a new tab.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::shown::Shown;
use super::{Inbox, Message};
use crate::demo::page::{missing, page};

/// For the framed HTML of a message. `sandbox` is there too, for those who open the address without the frame.
const MESSAGE_POLICY: &str = "default-src 'none'; img-src http: https: data:; font-src http: https: data:; \
                              style-src 'unsafe-inline' http: https:; form-action 'none'; frame-ancestors 'self'; \
                              sandbox allow-popups allow-popups-to-escape-sandbox";

#[derive(Template)]
#[template(path = "demo/inbox.html")]
struct ListPage {
    messages: Vec<Shown>,
}

/// One way to look at a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Html,
    Text,
    Headers,
    Source,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Html, Self::Text, Self::Headers, Self::Source];

    fn label(&self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Text => "Text",
            Self::Headers => "Headers",
            Self::Source => "Source",
        }
    }

    /// What follows `/inbox/N` in its address.
    fn suffix(&self) -> &'static str {
        match self {
            Self::Html => "",
            Self::Text => "/text",
            Self::Headers => "/headers",
            Self::Source => "/source",
        }
    }
}

#[derive(Template)]
#[template(path = "demo/message.html")]
struct MessagePage {
    message: Shown,
    tab: Tab,
    source: String,
    /// Numbers of the neighbours in the list.
    newer: Option<u64>,
    older: Option<u64>,
}

/// The inbox's pages.
pub fn router(inbox: Inbox) -> Router {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/{number}", get(async |inbox, path| show(inbox, path, Tab::Html)))
        .route("/inbox/{number}/text", get(async |inbox, path| show(inbox, path, Tab::Text)))
        .route("/inbox/{number}/headers", get(async |inbox, path| show(inbox, path, Tab::Headers)))
        .route("/inbox/{number}/source", get(async |inbox, path| show(inbox, path, Tab::Source)))
        .route("/inbox/{number}/html", get(html))
        .route("/inbox/{number}/message.eml", get(raw))
        .with_state(inbox)
}

async fn list(State(inbox): State<Inbox>) -> Response {
    let messages = inbox.messages();
    page(&ListPage { messages: messages.iter().map(|message| Shown::of(message)).collect() })
}

fn show(State(inbox): State<Inbox>, Path(number): Path<String>, tab: Tab) -> Response {
    let Some(message) = find(&inbox, &number) else {
        return missing("No message of this number is kept.");
    };
    let neighbour = |number: u64| inbox.message(number).map(|message| message.number);
    page(&MessagePage {
        tab,
        source: if tab == Tab::Source { String::from_utf8_lossy(&message.bytes).into_owned() } else { String::new() },
        newer: neighbour(message.number + 1),
        older: neighbour(message.number - 1),
        message: Shown::of(&message),
    })
}

async fn html(State(inbox): State<Inbox>, Path(number): Path<String>) -> Response {
    let Some(html) = find(&inbox, &number).and_then(|message| Shown::of(&message).html) else {
        return missing("The message has no HTML.");
    };
    let headers = [(header::CONTENT_SECURITY_POLICY, MESSAGE_POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (headers, Html(with_links_in_new_tabs(&html))).into_response()
}

/// The message as it came, byte for byte, for a mail program to open.
async fn raw(State(inbox): State<Inbox>, Path(number): Path<String>) -> Response {
    let Some(message) = find(&inbox, &number) else {
        return missing("No message of this number is kept.");
    };
    ([(header::CONTENT_TYPE, "message/rfc822")], message.bytes.clone()).into_response()
}

fn find(inbox: &Inbox, number: &str) -> Option<std::sync::Arc<Message>> {
    inbox.message(number.parse().ok()?)
}

/// A link followed inside the sandbox would be caught there; `<base>` opens it outside without touching the links.
fn with_links_in_new_tabs(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    // `<header>` is no head.
    let head =
        lower.match_indices("<head").find(|(at, _)| !lower[at + 5..].starts_with(|c: char| c.is_ascii_alphanumeric()));
    let at = head.and_then(|(at, _)| Some(at + lower[at..].find('>')? + 1)).unwrap_or(0);
    format!("{}<base target=\"_blank\">{}", &html[..at], &html[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_open_in_new_tabs_wherever_the_head_is() {
        let base = "<base target=\"_blank\">";
        assert_eq!(with_links_in_new_tabs("<html><HEAD lang=en><p>"), format!("<html><HEAD lang=en>{base}<p>"));
        assert_eq!(with_links_in_new_tabs("<header>a</header>"), format!("{base}<header>a</header>"));
        assert_eq!(with_links_in_new_tabs("é"), format!("{base}é"));
    }
}
