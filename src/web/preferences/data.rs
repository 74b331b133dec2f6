//! What is kept of a reader: to take away (GDPR art. 15, 20), or to be erased (art. 17).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::publishing::personal_data;
use crate::store::{Subscriber, SubscriberId};
use crate::token::Purpose;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::frame::Frame;
use crate::web::site::Site;
use crate::web::speaker::Speaker;
use crate::web::told::{Ask, Told};

/// Everything that is kept, as a file that programs can read.
pub(in crate::web) async fn download(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    let data = site
        .ask(move |store, _| {
            store.read(|db| {
                let Some(subscriber) = Subscriber::find(db, id)? else { return Ok(None) };
                let data = personal_data(db, &subscriber)?;
                Ok(Some(serde_json::to_string_pretty(&data)? + "\n"))
            })
        })
        .await?;
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
    ];
    Ok((headers, data.ok_or(Failure::NothingKept)?).into_response())
}

pub(in crate::web) async fn ask_erasure(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    Ok(site.page(
        StatusCode::OK,
        &Ask {
            frame: Frame::new(&site, &words, words.say("erase-title")),
            texts: vec![words.say("erase-text")],
            newsletters: Vec::new(),
            button: words.say("erase-button"),
            after: String::new(),
            link: site.press().preferences_url(id),
            link_text: words.say("see-everything"),
        },
    ))
}

pub(in crate::web) async fn erase(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let id = SubscriberId(site.open(Purpose::Preferences, &token)?.subscriber);
    if !fields.has("confirm", "yes") {
        return Err(Failure::NothingChosen);
    }
    site.change(move |db, press| match Subscriber::find(db, id)? {
        Some(subscriber) => subscriber.erase(db, press.now()),
        // Erased before: it is as it should be.
        None => Ok(()),
    })
    .await?;
    Ok(Told::new(&site, &words, words.say("erased-title"), vec![words.say("erased-text")])
        .answer(&site, StatusCode::OK))
}
