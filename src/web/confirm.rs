use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::answer::page;
use super::cadence;
use super::failure::Failure;
use super::fields::Fields;
use super::site::Site;
use crate::composition::words;
use crate::config::{Line, Newsletter};
use crate::store::{SubscriberId, Subscription, SubscriptionState};
use crate::token::{Purpose, Token};

#[derive(Template)]
#[template(path = "pages/confirm.html")]
struct Ask<'a> {
    site: &'a Site,
    title: String,
    description: Option<&'a Line>,
    cadence: String,
}

#[derive(Template)]
#[template(path = "pages/confirmed.html")]
struct Confirmed<'a> {
    site: &'a Site,
    title: String,
    what_comes: String,
    preferences: String,
}

/// One button (C: confirmed by POST, so that a scanner which opens every link confirms nothing).
pub(super) async fn ask(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let token = site.open(Purpose::Confirm, &token)?;
    let state = state_of(&site, token).await?;
    let newsletter = site.newsletter(token.newsletter).await?;
    match state {
        Some(SubscriptionState::Pending) => {
            let title = format!("Get {}?", site.name_of(newsletter));
            let description = newsletter.and_then(|newsletter| newsletter.description.as_ref());
            let cadence = newsletter.map(|newsletter| site.cadence(newsletter)).unwrap_or_default();
            Ok(page(StatusCode::OK, &Ask { site: &site, title, description, cadence }))
        }
        Some(SubscriptionState::Confirmed) => Ok(confirmed(&site, token, newsletter)),
        Some(SubscriptionState::Ended) | None => Err(Failure::NothingKept),
    }
}

/// Confirms; pressing the button twice does no more than once.
pub(super) async fn confirm(
    State(site): State<Site>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Confirm, &token)?;
    if !fields.has("confirm", "yes") {
        return Err(Failure::NothingChosen);
    }
    site.ask(move |store, press| {
        let subscriber = SubscriberId(token.subscriber);
        store.write(|db| Subscription::confirm(db, token.newsletter, subscriber, "form", press.now()))
    })
    .await?;
    match state_of(&site, token).await? {
        Some(SubscriptionState::Confirmed) => Ok(confirmed(&site, token, site.newsletter(token.newsletter).await?)),
        // The link is no way back in after leaving.
        Some(SubscriptionState::Pending | SubscriptionState::Ended) | None => Err(Failure::NothingKept),
    }
}

fn confirmed(site: &Site, token: Token, newsletter: Option<&Newsletter>) -> Response {
    let title = "Your subscription is confirmed".to_owned();
    let next = newsletter.and_then(|newsletter| {
        cadence::next_date(&newsletter.schedule, newsletter.timezone.zone(), site.press().now())
    });
    let name = site.name_of(newsletter);
    let what_comes = match next {
        Some(date) => format!("You get {name}. The next one is due on {}.", words::full_date(date)),
        None => format!("You get {name}."),
    };
    let preferences = site.press().preferences_url(SubscriberId(token.subscriber));
    page(StatusCode::OK, &Confirmed { site, title, what_comes, preferences })
}

async fn state_of(site: &Site, token: Token) -> Result<Option<SubscriptionState>, Failure> {
    let subscriber = SubscriberId(token.subscriber);
    let found = site.ask(move |store, _| store.read(|db| Subscription::find(db, token.newsletter, subscriber))).await?;
    Ok(found.map(|subscription| subscription.state))
}
