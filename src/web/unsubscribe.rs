use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::answer::page;
use super::failure::Failure;
use super::fields::Fields;
use super::site::Site;
use crate::store::{Edition, EditionId, EndedBy, SubscriberId, Subscription, SubscriptionState};
use crate::token::Purpose;

#[derive(Template)]
#[template(path = "pages/unsubscribe.html")]
struct Ask<'a> {
    site: &'a Site,
    title: String,
    preferences: String,
}

#[derive(Template)]
#[template(path = "pages/left.html")]
struct Left<'a> {
    site: &'a Site,
    title: String,
    what_stays: String,
    preferences: String,
}

/// One button. Nothing changes here, whoever or whatever opens it (RFC 8058 §1, §3.2).
pub(super) async fn ask(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let token = site.open(Purpose::Unsubscribe, &token)?;
    let newsletter = site.newsletter(token.newsletter).await?;
    let title = format!("Leave {}?", site.name_of(newsletter));
    let preferences = site.press().preferences_url(SubscriberId(token.subscriber));
    Ok(page(StatusCode::OK, &Ask { site: &site, title, preferences }))
}

/// Ends the subscription: by a mail program's one-click (RFC 8058 §3.2) or by the page's button.
///
/// Answers 200 with the same words however often it comes, and where there is nothing left to end: an erased reader, a
/// newsletter that is no longer configured.
pub(super) async fn leave(
    State(site): State<Site>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Unsubscribe, &token)?;
    let by = if fields.has("List-Unsubscribe", "One-Click") {
        EndedBy::OneClick
    } else if fields.has("confirm", "yes") {
        EndedBy::Page
    } else {
        return Err(Failure::NothingChosen);
    };
    let subscriber = SubscriberId(token.subscriber);
    let subscriptions = site
        .ask(move |store, press| {
            store.write(|db| {
                // Without its row, as in a store that was restored, the edition can't be put on record.
                let edition = token.edition.map(|edition| EditionId(edition.into()));
                let edition = edition.map(|id| Edition::find(db, id)).transpose()?.flatten().map(|edition| edition.id);
                Subscription::end(db, token.newsletter, subscriber, by, edition, press.now())?;
                Subscription::of(db, subscriber)
            })
        })
        .await?;
    let name = site.name_of(site.newsletter(token.newsletter).await?);
    let title = format!("You have left {name}");
    if by == EndedBy::OneClick {
        return Ok(format!("{title}.\n").into_response());
    }
    let what_stays = what_stays(&site, &subscriptions);
    let preferences = site.press().preferences_url(subscriber);
    Ok(page(StatusCode::OK, &Left { site: &site, title, what_stays, preferences }))
}

fn what_stays(site: &Site, subscriptions: &[Subscription]) -> String {
    let still = subscriptions.iter().filter(|subscription| subscription.state == SubscriptionState::Confirmed);
    let newsletters = still.filter_map(|subscription| site.press().config().newsletter(&subscription.newsletter));
    let names: Vec<&str> = newsletters.map(|newsletter| newsletter.name.as_str()).collect();
    match names.as_slice() {
        [] => "You won't hear from us again.".to_owned(),
        [one] => format!("You won't get it again. {one} still comes."),
        [most @ .., last] => format!("You won't get it again. {} and {last} still come.", most.join(", ")),
    }
}
