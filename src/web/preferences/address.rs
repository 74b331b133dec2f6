//! A change of address, confirmed at the new one.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::store::{AddressChange, SubscriberId};
use crate::token::{Purpose, Token};
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::frame::Frame;
use crate::web::site::Site;
use crate::web::speaker::Speaker;
use crate::web::told::{Ask, Told};

/// One button: whoever opens the link is asked before anything changes.
pub(in crate::web) async fn ask(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let change = asked_for(&site, site.open(Purpose::Address, &token)?).await?;
    let text = words.tell("address-text", &[("address", change.email.as_str().into())]);
    Ok(site.page(
        StatusCode::OK,
        &Ask {
            frame: Frame::new(&site, &words, words.say("address-title")),
            texts: vec![text],
            newsletters: Vec::new(),
            button: words.say("address-button"),
            after: words.say("address-not-you"),
            link: String::new(),
            link_text: String::new(),
        },
    ))
}

pub(in crate::web) async fn take(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Address, &token)?;
    if !fields.has("confirm", "yes") {
        return Err(Failure::NothingChosen);
    }
    let change = asked_for(&site, token).await?;
    let subscriber = change.subscriber;
    let taken = site.change(move |db, press| press.take_new_address(db, subscriber, change.asked_at)).await?;
    site.press().wake_post();
    let (title, text) = match taken {
        None => return Err(Failure::NothingKept),
        Some(true) => ("address-done-title", "address-done"),
        Some(false) => ("address-taken-title", "address-taken"),
    };
    let preferences = site.press().preferences_url(subscriber);
    Ok(Told::new(&site, &words, words.say(title), vec![words.say(text)])
        .with_link(String::new(), words.say("see-everything"), preferences)
        .answer(&site, StatusCode::OK))
}

/// The change the link is about; a later one has taken its place where the times differ.
async fn asked_for(site: &Site, token: Token) -> Result<AddressChange, Failure> {
    let subscriber = SubscriberId(token.subscriber);
    let change = site.ask(move |store, _| store.read(|db| AddressChange::of(db, subscriber))).await?;
    let is_meant = |change: &AddressChange| token.expires_at == Some(change.expires_at());
    change.filter(is_meant).ok_or(Failure::NothingKept)
}
