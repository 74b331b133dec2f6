//! What is said to a form that was sent: as a page, in a frame, or to the script of the pop-up.

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::form::{self, Form};
use super::ticket::{Obstacle, Ticket};
use super::{Outcome, Wrong, headline};
use crate::catalogue::Catalogue;
use crate::templates::Sample;
use crate::templates::page;
use crate::web::fields::Fields;
use crate::web::frame::Frame;
use crate::web::site::Site;
use crate::web::told::Told;

page! {
    #[derive(askama::Template)]
    "pages/sign_up.html" => pub(super) struct SignUpPage {
        frame: Frame,
        headline: String,
        /// The headline is the publisher's own.
        is_tagline: bool,
        form: Form,
        link_page: String,
        /// The script that does the work.
        work: String,
    }
}

page! {
    #[derive(askama::Template)]
    "pages/once_more.html" => struct OnceMore {
        frame: Frame,
        text: String,
        action: String,
        hidden: Vec<Hidden>,
        challenge: String,
        most_work: u32,
        work: String,
        buttons: Vec<Button>,
    }
}

#[derive(Debug, Serialize)]
struct Hidden {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct Button {
    name: &'static str,
    value: String,
    label: String,
    is_quiet: bool,
}

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// On a page of its own.
    Page,
    /// In a frame on a page of the publisher's.
    Frame,
}

impl Stand {
    fn path(self) -> &'static str {
        match self {
            Self::Page => "/subscribe",
            Self::Frame => "/embed",
        }
    }

    fn frame(self, site: &Site, words: &Catalogue, title: &str) -> Frame {
        Frame { is_bare: self == Self::Frame, ..Frame::new(site, words, words.say(title)) }
    }
}

impl SignUpPage {
    pub fn new(site: &Site, words: &Catalogue, form: Form, stand: Stand) -> Self {
        Self {
            frame: stand.frame(site, words, "sign-up-title"),
            headline: headline(site, words),
            is_tagline: site.publisher().tagline.is_some(),
            form: Form { action: site.link(stand.path()), ..form },
            link_page: site.link("/preferences"),
            work: site.link("/work.js"),
        }
    }
}

pub(super) fn in_html(
    site: &Site,
    words: &Catalogue,
    fields: &Fields,
    form: Form,
    outcome: Outcome,
    stand: Stand,
) -> Response {
    match outcome {
        Outcome::Taken => told(site, words, stand, "taken-title", &["taken-text", "taken-spam"])
            .with_link(words.say("taken-wrong"), words.say("taken-again"), site.link("/"))
            .answer(site, StatusCode::OK),
        Outcome::TooMany => too_many(site, words, stand),
        Outcome::OnceMore(obstacle) => {
            let (value, label) = ("yes".to_owned(), words.say("sign-up-button"));
            let buttons = vec![Button { name: "again", value, label, is_quiet: false }];
            let page = OnceMore {
                text: words.say(obstacle.said()),
                ..OnceMore::new(site, words, fields, "once-more-title", obstacle, buttons, stand)
            };
            site.page(StatusCode::OK, &page)
        }
        Outcome::DidYouMean(meant) => {
            let typed = fields.get("email").unwrap_or_default();
            let label = |message: &str, address: &str| words.tell(message, &[("address", address.into())]);
            let button = |message: &str, address: &str, is_quiet: bool| {
                let (value, label) = (address.to_owned(), label(message, address));
                Button { name: "email", value, label, is_quiet }
            };
            let buttons = vec![button("respelt-yes", meant.as_str(), false), button("respelt-no", typed, true)];
            let page = OnceMore {
                text: label("respelt-text", typed),
                ..OnceMore::new(site, words, fields, "respelt-title", Obstacle::TooSoon, buttons, stand)
            };
            site.page(StatusCode::OK, &page)
        }
        Outcome::Wrong(wrong) => {
            let form = Form {
                problem: words.say(wrong.said()),
                email_problem: wrong.field() == "email",
                newsletter_problem: wrong.field() == "newsletter",
                ..form.filled_in(fields)
            };
            site.page(StatusCode::UNPROCESSABLE_ENTITY, &SignUpPage::new(site, words, form, stand))
        }
    }
}

pub(super) fn too_many(site: &Site, words: &Catalogue, stand: Stand) -> Response {
    told(site, words, stand, "too-many-title", &["too-many-text"]).answer(site, StatusCode::TOO_MANY_REQUESTS)
}

fn told(site: &Site, words: &Catalogue, stand: Stand, title: &str, texts: &[&str]) -> Told {
    let texts = texts.iter().map(|text| words.say(text)).collect();
    Told { frame: stand.frame(site, words, title), ..Told::new(site, words, String::new(), texts) }
}

impl OnceMore {
    /// With all that was filled in. The ticket stays, so that time goes on; one that can't be used any more is made anew.
    fn new(
        site: &Site,
        words: &Catalogue,
        fields: &Fields,
        title: &str,
        obstacle: Obstacle,
        buttons: Vec<Button>,
        stand: Stand,
    ) -> Self {
        let keys = site.press().keys();
        let known = Ticket::open(fields.get("ticket").unwrap_or_default(), &keys);
        let known = known.filter(|_| obstacle != Obstacle::NoTicket);
        let ticket = known.unwrap_or_else(|| Ticket::new(site.press().now()));
        let asks_for_address = buttons.iter().any(|button| button.name == "email");
        let kept = ["newsletter", "name", "opens", "page", "form"].into_iter();
        let kept = kept.flat_map(|name| fields.all(name).map(move |value| (name, value.to_owned())));
        let mut hidden: Vec<(&str, String)> = kept.chain([("ticket", ticket.seal(&keys))]).collect();
        if asks_for_address || fields.has("keep", "yes") {
            // Whoever sees the question about the domain has answered it by either button.
            hidden.push(("keep", "yes".to_owned()));
        }
        if !asks_for_address {
            hidden.push(("email", fields.get("email").unwrap_or_default().to_owned()));
        }
        Self {
            frame: stand.frame(site, words, title),
            text: String::new(),
            action: site.link(stand.path()),
            hidden: hidden.into_iter().map(|(name, value)| Hidden { name: name.to_owned(), value }).collect(),
            challenge: form::challenge(site, ticket),
            most_work: Ticket::most_work(),
            work: site.link("/work.js"),
            buttons,
        }
    }
}

/// What the pop-up reads. Any page may ask: no cookie and no login is behind it.
pub(super) fn in_json(words: &Catalogue, fields: &Fields, outcome: &Outcome) -> Response {
    let (status, body) = match outcome {
        Outcome::Taken => {
            let body = json!({ "taken": true, "title": words.say("taken-title"), "text": words.say("taken-text") });
            (StatusCode::OK, body)
        }
        Outcome::OnceMore(obstacle) => (StatusCode::OK, json!({ "again": true, "text": words.say(obstacle.said()) })),
        Outcome::DidYouMean(meant) => {
            let label = |message, address: &str| words.tell(message, &[("address", address.into())]);
            let body = json!({
                "meant": meant.as_str(),
                "question": words.say("respelt-title"),
                "text": label("respelt-yes", meant.as_str()),
                "keep": label("respelt-no", fields.get("email").unwrap_or_default()),
            });
            (StatusCode::OK, body)
        }
        Outcome::Wrong(wrong) => {
            let body = json!({ "problem": words.say(wrong.said()), "field": wrong.field() });
            (StatusCode::UNPROCESSABLE_ENTITY, body)
        }
        Outcome::TooMany => (StatusCode::TOO_MANY_REQUESTS, json!({ "problem": words.say("too-many-text") })),
    };
    let any = HeaderValue::from_static("*");
    let headers = [(ACCESS_CONTROL_ALLOW_ORIGIN, any), (VARY, HeaderValue::from_static("Accept, Accept-Language"))];
    (status, headers, axum::Json(body)).into_response()
}

impl Obstacle {
    fn said(self) -> &'static str {
        match self {
            Self::NoWork => "once-more-wait",
            Self::NoTicket | Self::TooSoon => "once-more-text",
        }
    }
}

impl Wrong {
    fn said(self) -> &'static str {
        match self {
            Self::NoAddress => "sign-up-no-address",
            Self::NoNewsletter => "sign-up-no-newsletter",
            Self::Refused => "sign-up-refused",
        }
    }

    /// What has to be mended.
    fn field(self) -> &'static str {
        match self {
            Self::NoAddress | Self::Refused => "email",
            Self::NoNewsletter => "newsletter",
        }
    }
}

pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let page = |is_bare| SignUpPage {
        frame: Frame::sample(words, is_bare),
        headline: "News that <travels>".to_owned(),
        is_tagline: !is_bare,
        form: Form::sample(is_bare),
        link_page: "https://brief.example/preferences".to_owned(),
        work: "https://brief.example/work.js".to_owned(),
    };
    let once_more = OnceMore {
        frame: Frame::sample(words, false),
        text: "You typed <this>.".to_owned(),
        action: "https://brief.example/subscribe".to_owned(),
        hidden: vec![Hidden { name: "name".to_owned(), value: "\"Ada\"".to_owned() }],
        challenge: "00ff".to_owned(),
        most_work: 60_000,
        work: "https://brief.example/work.js".to_owned(),
        buttons: vec![Button {
            name: "email",
            value: "a@b.c".to_owned(),
            label: "I meant a@b.c".to_owned(),
            is_quiet: true,
        }],
    };
    vec![Sample::of(&page(false)), Sample::of(&page(true)), Sample::of(&once_more)]
}
