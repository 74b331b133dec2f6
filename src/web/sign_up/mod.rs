//! Signing up: the form, what keeps it from being misused (rule W), and the answer, which is the same whoever the
//! address belongs to.

mod answer;
mod form;
mod limits;
mod link;
mod ticket;

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tokio::time::Instant;

use super::client::Client;
use super::embed;
use super::failure::Failure;
use super::fields::Fields;
use super::site::Site;
use super::speaker::Speaker;
use crate::address::EmailAddress;
use crate::catalogue::Catalogue;
use crate::composition::Plain;
use crate::config::Disposable;
use crate::publishing::SignUp;
use crate::templates::Sample;
use answer::{SignUpPage, Stand};
use limits::Limits;
use ticket::{Obstacle, Ticket, Used};

pub(super) use form::Form;
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

#[derive(Debug, Deserialize)]
pub(super) struct CameFor {
    pub newsletter: Option<String>,
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
    let form = Form::new(&site, &words, came_for.newsletter.as_deref(), "/").with_samples(&site).await?;
    Ok(shown(&site, &words, form, Stand::Page))
}

/// The same in a frame on somebody's page.
pub(super) async fn show_framed(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Query(came_for): Query<CameFor>,
) -> Result<Response, Failure> {
    let form = Form::new(&site, &words, came_for.newsletter.as_deref(), "/embed").with_samples(&site).await?;
    Ok(shown(&site, &words, form, Stand::Frame))
}

fn shown(site: &Site, words: &Catalogue, form: Form, stand: Stand) -> Response {
    // A ticket that asks for work is used up by one sign-up, so no two readers may get the same page.
    let is_for_one = !form.challenge.is_empty();
    let page = SignUpPage::new(site, words, form, stand);
    if is_for_one { site.page(StatusCode::OK, &page) } else { site.public_page(words, &page) }
}

/// Takes the form: the page's own, or that of the script, which asks for an answer in JSON.
pub(super) async fn subscribe(
    State(site): State<Site>,
    Speaker(words): Speaker,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let (form, outcome) = take_in_time(&site, &words, client, &fields).await?;
    let wants_json = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    Ok(if wants_json {
        answer::in_json(&words, &fields, &outcome)
    } else {
        answer::in_html(&site, &words, &fields, form, outcome, Stand::Page)
    })
}

/// Takes the form of the frame.
pub(super) async fn subscribe_framed(
    State(site): State<Site>,
    Speaker(words): Speaker,
    client: Client,
    fields: Fields,
) -> Result<Response, Failure> {
    let (form, outcome) = take_in_time(&site, &words, client, &fields).await?;
    Ok(answer::in_html(&site, &words, &fields, form, outcome, Stand::Frame))
}

/// Whatever comes of it takes as long.
async fn take_in_time(
    site: &Site,
    words: &Catalogue,
    client: Client,
    fields: &Fields,
) -> Result<(Form, Outcome), Failure> {
    let ready_at = Instant::now() + ANSWER_AFTER;
    let mut form = Form::new(site, words, None, "/");
    let outcome = take(site, words, client, fields, &form).await?;
    if let Outcome::Wrong(_) = outcome {
        // It is shown again.
        form = form.with_samples(site).await?;
    }
    tokio::time::sleep_until(ready_at).await;
    Ok((form, outcome))
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
    let ids = form::offered(site).into_iter().map(|newsletter| newsletter.id.as_str());
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
    let is_embedded = fields.get("form").is_some();
    let headline = if is_embedded { embed::headline(site, words) } else { headline(site, words) };
    let sign_up = SignUp {
        email,
        name: line("name", NAME_LIMIT).trim_end().to_owned(),
        newsletters,
        wording: form.wording(words, &headline),
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
    let ticket = Ticket::open(fields.get("ticket").unwrap_or_default(), &keys).ok_or(Obstacle::NoTicket)?;
    let number = fields.get("work").and_then(|number| number.parse().ok());
    let work = config.proof_of_work.then_some((number, &site.reception().used));
    ticket.check(config.min_time.delta(), work, &keys, site.press().now())
}

/// The publisher's promise.
fn headline(site: &Site, words: &Catalogue) -> String {
    site.publisher().tagline.as_ref().map_or_else(|| words.say("sign-up-title"), ToString::to_string)
}

pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let mut samples = answer::samples(words);
    samples.push(link::sample(words));
    samples
}
