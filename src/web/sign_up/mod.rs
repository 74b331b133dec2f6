//! Signing up: the form, what keeps it from being misused (rule W), and the answer, which is the same whoever the
//! address belongs to.

mod form;
mod limits;
mod link;
mod ticket;

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::client::Client;
use super::failure::Failure;
use super::fields::Fields;
use super::frame::Frame;
use super::site::Site;
use super::speaker::Speaker;
use super::told::Told;
use crate::address::EmailAddress;
use crate::catalogue::Catalogue;
use crate::composition::Plain;
use crate::config::Disposable;
use crate::publishing::SignUp;
use crate::web::page::page;
use limits::Limits;
use ticket::{Obstacle, Ticket, Used};

pub(super) use form::{Form, offered};
pub(super) use link::{ask as ask_link, send as send_link};

/// Every answer to a form takes so long at least: longer than the store needs, so that time does not tell what it found.
const ANSWER_AFTER: Duration = Duration::from_millis(250);
/// Characters of a name, and of the address of a page, that are kept.
const NAME_LIMIT: usize = super::preferences::NAME_LIMIT;
const PAGE_LIMIT: usize = 200;

/// What signing up remembers while the process lives.
#[derive(Debug)]
pub(super) struct Reception {
    limits: Limits,
    used: Used,
}

page! {
    "pages/sign_up.html" => struct SignUpPage {
        frame: Frame,
        headline: String,
        /// The headline is the publisher's own.
        is_tagline: bool,
        form: Form,
        link_page: String,
    }
}

page! {
    "pages/once_more.html" => struct OnceMore {
        frame: Frame,
        text: String,
        action: String,
        hidden: Vec<Hidden>,
        challenge: String,
        most_work: u32,
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

#[derive(Debug, Deserialize)]
pub(super) struct CameFor {
    newsletter: Option<String>,
}

/// What became of a form.
enum Outcome {
    /// Or so it is said.
    Taken,
    /// It is right but for a press of a button.
    OnceMore(Obstacle),
    DidYouMean(EmailAddress),
    Wrong(Wrong),
    TooMany,
}

#[derive(Clone, Copy)]
enum Wrong {
    NoAddress,
    NoNewsletter,
    Refused,
}

impl Reception {
    pub fn new(config: &crate::config::SignUp) -> Self {
        Self { limits: Limits::new(config), used: Used::default() }
    }
}

/// The first page: what the publisher sends, how often, and the form.
pub(super) async fn show(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Query(came_for): Query<CameFor>,
) -> Result<Response, Failure> {
    let form = Form::new(&site, &words, came_for.newsletter.as_deref(), "/").await?;
    Ok(site.public_page(&words, &sign_up_page(&site, &words, form)))
}

/// Takes the form: the page's own, or that of the pop-up, which asks for an answer in JSON.
pub(super) async fn subscribe(
    State(site): State<Site>,
    Speaker(words): Speaker,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let ready_at = Instant::now() + ANSWER_AFTER;
    let form = Form::new(&site, &words, None, "/").await?;
    let outcome = take(&site, &words, client, &fields, &form).await?;
    tokio::time::sleep_until(ready_at).await;
    let wants_json = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    if wants_json { Ok(in_json(&words, &outcome)) } else { Ok(in_html(&site, &words, &fields, form, outcome)) }
}

/// Nothing before the last step looks anything up, so no refusal tells who is known here.
async fn take(
    site: &Site,
    words: &Catalogue,
    client: Client,
    fields: &Fields,
    form: &Form,
) -> Result<Outcome, Failure> {
    let config = &site.press().config().sign_up;
    if fields.get("website").is_some_and(|trap| !trap.is_empty()) {
        return Ok(Outcome::Taken);
    }
    let Ok(email) = EmailAddress::parse(fields.get("email").unwrap_or_default()) else {
        return Ok(Outcome::Wrong(Wrong::NoAddress));
    };
    let is_asked = |id: &str| fields.all("newsletter").any(|asked| asked == id);
    let ids = offered(site).into_iter().map(|newsletter| newsletter.id.as_str());
    let newsletters: Vec<String> = ids.filter(|id| is_asked(id)).map(str::to_owned).collect();
    if newsletters.is_empty() {
        return Ok(Outcome::Wrong(Wrong::NoNewsletter));
    }
    let is_thrown_away = config.disposable == Disposable::Refuse && email.is_disposable();
    if is_thrown_away || config.refuse_domains.iter().any(|domain| domain == email.domain()) {
        return Ok(Outcome::Wrong(Wrong::Refused));
    }
    if !fields.has("keep", "yes")
        && let Some(meant) = email.respelt()
    {
        return Ok(Outcome::DidYouMean(meant));
    }
    if let Err(obstacle) = check_ticket(site, fields) {
        return Ok(Outcome::OnceMore(obstacle));
    }
    if !site.reception().limits.take(client, &email) {
        return Ok(Outcome::TooMany);
    }
    let line = |name: &str, limit: usize| -> String {
        Plain::new(fields.get(name).unwrap_or_default()).as_str().chars().take(limit).collect()
    };
    let sign_up = SignUp {
        email,
        name: line("name", NAME_LIMIT).trim_end().to_owned(),
        newsletters,
        wording: form.wording(words, &headline(site, words)),
        page: line("page", PAGE_LIMIT),
        language: words.language().as_str().to_owned(),
        from: Some(client.0),
        agrees_to_opens: form.asks_for_opens && fields.has("opens", "yes"),
    };
    site.change(move |db, press| press.sign_up(db, &sign_up)).await?;
    site.press().wake_post();
    Ok(Outcome::Taken)
}

fn check_ticket(site: &Site, fields: &Fields) -> Result<(), Obstacle> {
    let (config, keys) = (&site.press().config().sign_up, site.press().keys());
    let ticket = Ticket::open(fields.get("ticket").unwrap_or_default(), keys).ok_or(Obstacle::NoTicket)?;
    let number = fields.get("work").and_then(|number| number.parse().ok());
    let work = config.proof_of_work.then_some((number, &site.reception().used));
    ticket.check(config.min_time.delta(), work, keys, site.press().now())
}

fn in_html(site: &Site, words: &Catalogue, fields: &Fields, form: Form, outcome: Outcome) -> Response {
    match outcome {
        Outcome::Taken => {
            Told::new(site, words, words.say("taken-title"), vec![words.say("taken-text"), words.say("taken-spam")])
                .with_link(words.say("taken-wrong"), words.say("taken-again"), site.link("/"))
                .answer(site, StatusCode::OK)
        }
        Outcome::TooMany => too_many(site, words),
        Outcome::OnceMore(obstacle) => {
            let text = words.say(match obstacle {
                Obstacle::NoWork => "once-more-wait",
                Obstacle::NoTicket | Obstacle::TooSoon => "once-more-text",
            });
            let button =
                Button { name: "again", value: "yes".to_owned(), label: words.say("sign-up-button"), is_quiet: false };
            site.page(StatusCode::OK, &once_more(site, words, fields, "once-more-title", text, obstacle, vec![button]))
        }
        Outcome::DidYouMean(meant) => {
            let typed = fields.get("email").unwrap_or_default().to_owned();
            let text = words.tell("respelt-text", &[("address", typed.as_str().into())]);
            let buttons = vec![
                Button {
                    name: "email",
                    label: words.tell("respelt-yes", &[("address", meant.as_str().into())]),
                    value: meant.to_string(),
                    is_quiet: false,
                },
                Button {
                    name: "email",
                    label: words.tell("respelt-no", &[("address", typed.as_str().into())]),
                    value: typed,
                    is_quiet: true,
                },
            ];
            site.page(
                StatusCode::OK,
                &once_more(site, words, fields, "respelt-title", text, Obstacle::TooSoon, buttons),
            )
        }
        Outcome::Wrong(wrong) => {
            let form = Form {
                problem: wrong.said(words),
                email_problem: !matches!(wrong, Wrong::NoNewsletter),
                newsletter_problem: matches!(wrong, Wrong::NoNewsletter),
                ..form.filled_in(fields)
            };
            site.page(StatusCode::UNPROCESSABLE_ENTITY, &sign_up_page(site, words, form))
        }
    }
}

pub(super) fn too_many(site: &Site, words: &Catalogue) -> Response {
    let told = Told::new(site, words, words.say("too-many-title"), vec![words.say("too-many-text")]);
    told.answer(site, StatusCode::TOO_MANY_REQUESTS)
}

/// The page with what was filled in. The ticket stays, so that time goes on; one that can't be used any more is made
/// anew.
fn once_more(
    site: &Site,
    words: &Catalogue,
    fields: &Fields,
    title: &str,
    text: String,
    obstacle: Obstacle,
    buttons: Vec<Button>,
) -> OnceMore {
    let keys = site.press().keys();
    let known = Ticket::open(fields.get("ticket").unwrap_or_default(), keys);
    let ticket = known.filter(|_| obstacle != Obstacle::NoTicket).unwrap_or_else(|| Ticket::new(site.press().now()));
    // Whoever sees the question about the domain has answered it by either button.
    let answered = if buttons.len() > 1 || fields.has("keep", "yes") { "yes" } else { "" };
    let mut hidden: Vec<Hidden> = ["newsletter", "name", "opens", "page"]
        .into_iter()
        .flat_map(|name| fields.all(name).map(move |value| (name, value.to_owned())))
        .chain([("ticket", ticket.seal(keys)), ("keep", answered.to_owned())])
        .map(|(name, value)| Hidden { name: name.to_owned(), value })
        .collect();
    if buttons.len() == 1 {
        hidden.push(Hidden { name: "email".to_owned(), value: fields.get("email").unwrap_or_default().to_owned() });
    }
    OnceMore {
        frame: Frame::new(site, words, words.say(title)),
        text,
        action: site.link("/subscribe"),
        hidden,
        challenge: form::challenge(site, ticket),
        most_work: Ticket::most_work(),
        buttons,
    }
}

/// What the pop-up reads. Any page may ask: no cookie and no login is behind it.
fn in_json(words: &Catalogue, outcome: &Outcome) -> Response {
    let (status, body) = match outcome {
        Outcome::Taken => (StatusCode::OK, serde_json::json!({ "taken": true, "text": words.say("taken-text") })),
        Outcome::OnceMore(_) => {
            (StatusCode::OK, serde_json::json!({ "again": true, "text": words.say("once-more-text") }))
        }
        Outcome::DidYouMean(meant) => (
            StatusCode::OK,
            serde_json::json!({
                "meant": meant.as_str(),
                "text": words.tell("respelt-yes", &[("address", meant.as_str().into())]),
            }),
        ),
        Outcome::Wrong(wrong) => {
            (StatusCode::UNPROCESSABLE_ENTITY, serde_json::json!({ "problem": wrong.said(words) }))
        }
        Outcome::TooMany => {
            (StatusCode::TOO_MANY_REQUESTS, serde_json::json!({ "problem": words.say("too-many-text") }))
        }
    };
    let headers =
        [(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")), (VARY, HeaderValue::from_static("Accept"))];
    (status, headers, axum::Json(body)).into_response()
}

impl Wrong {
    fn said(self, words: &Catalogue) -> String {
        words.say(match self {
            Self::NoAddress => "sign-up-no-address",
            Self::NoNewsletter => "sign-up-no-newsletter",
            Self::Refused => "sign-up-refused",
        })
    }
}

fn sign_up_page(site: &Site, words: &Catalogue, form: Form) -> SignUpPage {
    let headline = headline(site, words);
    SignUpPage {
        frame: Frame::new(site, words, words.say("sign-up-title")),
        is_tagline: site.publisher().tagline.is_some(),
        headline,
        form,
        link_page: site.link("/preferences"),
    }
}

/// The publisher's promise.
fn headline(site: &Site, words: &Catalogue) -> String {
    site.publisher().tagline.as_ref().map_or_else(|| words.say("sign-up-title"), ToString::to_string)
}
