//! "Send me my link": for readers who have lost the way to their preferences.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::time::Instant;

use super::answer::{Stand, too_many};
use super::{ANSWER_AFTER, check_ticket};
use crate::address::EmailAddress;
use crate::catalogue::Catalogue;
use crate::templates::Sample;
use crate::templates::page;
use crate::web::client::Client;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::frame::Frame;
use crate::web::site::Site;
use crate::web::speaker::Speaker;
use crate::web::told::Told;

use super::ticket::{Obstacle, Ticket};

page! {
    #[derive(askama::Template)]
    "pages/link.html" => struct LinkPage {
        frame: Frame,
        problem: String,
        email: String,
        ticket: String,
    }
}

pub(in crate::web) async fn ask(State(site): State<Site>, Speaker(words): Speaker) -> Response {
    site.public_page(&words, &link_page(&site, &words, String::new(), ""))
}

/// The same answer whoever the address belongs to, and after the same time.
pub(in crate::web) async fn send(
    State(site): State<Site>,
    Speaker(words): Speaker,
    client: Client,
    fields: Fields,
) -> Result<Response, Failure> {
    let ready_at = Instant::now() + ANSWER_AFTER;
    let typed = fields.get("email").unwrap_or_default();
    let Ok(email) = EmailAddress::parse(typed) else {
        let page = link_page(&site, &words, words.say("sign-up-no-address"), typed);
        return Ok(site.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    // Without a form that was shown nothing is sent; how long somebody took over one field says little.
    if check_ticket(&site, &fields) == Err(Obstacle::NoTicket) {
        let page = link_page(&site, &words, words.say("once-more-text"), typed);
        return Ok(site.page(StatusCode::OK, &page));
    }
    if !site.reception().limits.take(client, &email) {
        return Ok(too_many(&site, &words, Stand::Page));
    }
    site.change(move |db, press| press.send_link(db, &email)).await?;
    site.press().wake_post();
    tokio::time::sleep_until(ready_at).await;
    let texts = vec![words.say("link-sent-text"), words.say("taken-spam")];
    Ok(Told::new(&site, &words, words.say("link-sent-title"), texts).answer(&site, StatusCode::OK))
}

fn link_page(site: &Site, words: &Catalogue, problem: String, email: &str) -> LinkPage {
    LinkPage {
        frame: Frame::new(site, words, words.say("link-title")),
        problem,
        email: email.to_owned(),
        ticket: Ticket::new(site.press().now()).seal(&site.press().keys()),
    }
}

pub(super) fn sample(words: &Catalogue) -> Sample {
    Sample::of(&LinkPage {
        frame: Frame::sample(words, false),
        problem: "This is no <complete> address.".to_owned(),
        email: "\"ada".to_owned(),
        ticket: "AAAA".to_owned(),
    })
}
