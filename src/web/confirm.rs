use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::client::Client;
use super::failure::Failure;
use super::fields::Fields;
use super::frame::{Frame, Named};
use super::site::Site;
use super::speaker::Speaker;
use super::told::{Ask, Told};
use crate::catalogue::Catalogue;
use crate::config::Newsletter;
use crate::store::{NewsletterNumber, SubscriberId, Subscription, SubscriptionState};
use crate::token::{Purpose, Token};

/// What a confirmation is about, as the store has it now.
struct Waiting<'a> {
    pending: Vec<&'a Newsletter>,
    confirmed: Vec<&'a Newsletter>,
}

/// One button (C: confirmed by POST, so that a scanner which opens every link confirms nothing).
pub(super) async fn ask(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Confirm, &token)?;
    let waiting = Waiting::find(&site, token).await?;
    let title = match waiting.pending.as_slice() {
        [] if waiting.confirmed.is_empty() => return Err(Failure::NothingKept),
        [] => return Ok(confirmed(&site, &words, token, &waiting.confirmed)),
        [one] => words.tell("confirm-title", &[("newsletter", one.name.as_str().into())]),
        _ => words.say("confirm-title-several"),
    };
    Ok(site.page(
        StatusCode::OK,
        &Ask {
            frame: Frame::new(&site, &words, title),
            texts: Vec::new(),
            newsletters: waiting.pending.iter().map(|newsletter| Named::new(&site, &words, newsletter)).collect(),
            button: words.say("confirm-button"),
            after: words.say("confirm-page-not-you"),
            link: String::new(),
            link_text: String::new(),
        },
    ))
}

/// Confirms; pressing the button twice does no more than once.
pub(super) async fn confirm(
    State(site): State<Site>,
    Speaker(words): Speaker,
    client: Client,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Confirm, &token)?;
    if !fields.has("confirm", "yes") {
        return Err(Failure::NothingChosen);
    }
    let subscriber = SubscriberId(token.subscriber);
    site.change(move |db, press| press.confirm(db, named(token), subscriber, Some(client.0))).await?;
    site.press().wake_post();
    let waiting = Waiting::find(&site, token).await?;
    if waiting.confirmed.is_empty() {
        // The link is no way back in after leaving.
        return Err(Failure::NothingKept);
    }
    Ok(confirmed(&site, &words, token, &waiting.confirmed))
}

fn confirmed(site: &Site, words: &Catalogue, token: Token, newsletters: &[&Newsletter]) -> Response {
    let names: Vec<&str> = newsletters.iter().map(|newsletter| newsletter.name.as_str()).collect();
    let mut texts = vec![words.tell("confirmed-what", &[("newsletters", words.listed(&names).into())])];
    let now = site.press().now();
    let next = |newsletter: &&Newsletter| {
        let zone = newsletter.timezone.zone();
        newsletter.schedule.next_after(now, zone).map(|slot| (slot, zone))
    };
    if let Some((slot, zone)) = newsletters.iter().filter_map(next).min_by_key(|(slot, _)| *slot) {
        let date = words.full_date(slot.with_timezone(&zone).date_naive());
        texts.push(words.tell("confirmed-next", &[("date", date.into())]));
    }
    Told::new(site, words, words.say("confirmed-title"), texts)
        .with_link(
            words.say("confirmed-leave"),
            words.say("see-everything"),
            site.press().preferences_url(SubscriberId(token.subscriber)),
        )
        .answer(site, StatusCode::OK)
}

impl<'a> Waiting<'a> {
    async fn find(site: &'a Site, token: Token) -> Result<Self, Failure> {
        let subscriber = SubscriberId(token.subscriber);
        let ties = site.ask(move |store, _| store.read(|db| Subscription::named(db, named(token), subscriber))).await?;
        let of_state = |state| {
            let ties = ties.iter().filter(move |tie| tie.state == state);
            ties.filter_map(|tie| site.press().config().newsletter(&tie.newsletter)).collect()
        };
        Ok(Self { pending: of_state(SubscriptionState::Pending), confirmed: of_state(SubscriptionState::Confirmed) })
    }
}

/// The newsletter a confirmation is about; all that wait where it names none.
fn named(token: Token) -> Option<NewsletterNumber> {
    Some(token.newsletter).filter(|number| *number != 0)
}
