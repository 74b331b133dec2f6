use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Choice, PART, STATES, Tie, address, newsletters};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::saying::time::day_in_zone;
use crate::store::{FoundSubscribers, SubscriberId, SubscriberSearch, Subscription};

/// Readers on a page.
const SHOWN: usize = 50;

#[derive(Debug, Template)]
#[template(path = "desk/readers.html")]
struct Readers {
    frame: Frame,
    question: String,
    newsletters: Vec<Choice>,
    states: Vec<Choice>,
    told: String,
    rows: Vec<Row>,
    /// The address of the next page; empty where there is none.
    more: String,
    /// The address of these readers as a file.
    export: String,
}

#[derive(Debug)]
struct Row {
    link: String,
    email: String,
    name: String,
    since: String,
    ties: Vec<Tie>,
}

#[derive(Debug, Deserialize)]
pub(in crate::desk) struct Asked {
    #[serde(default, rename = "q")]
    question: String,
    #[serde(default)]
    newsletter: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    done: String,
}

pub(in crate::desk) async fn list(
    State(room): State<Room>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let notice = if asked.done == "erased" { "The reader is erased. Nothing of them is left here." } else { "" };
    let config = room.press().config();
    let newsletters = newsletters(config, &asked.newsletter);
    let states = STATES.map(|state| (state.to_string(), state.to_string(), asked.state == state.as_str())).to_vec();
    let export = link("/desk/readers/export", &[("newsletter", &asked.newsletter), ("state", &asked.state)]);
    let is_stateless = asked.newsletter.is_empty() && !asked.state.is_empty();
    let frame = Frame::new(&room, &signed, PART, "Readers").noting(notice);
    let question = asked.question.clone();
    let is_next = !asked.before.is_empty();
    let (mut told, (rows, more)) = room
        .ask(move |store, press| {
            let (config, now) = (press.config(), press.now());
            store.read(|db| {
                let found = SubscriberSearch {
                    question: &asked.question,
                    newsletter: Some(asked.newsletter.as_str()).filter(|id| !id.is_empty()),
                    state: asked.state.parse().ok(),
                    before: asked.before.parse().ok().map(SubscriberId),
                    limit: SHOWN,
                }
                .run(db)?;
                let mut rows = Vec::with_capacity(found.found.len());
                for reader in &found.found {
                    let ties = Subscription::of(db, reader.id)?;
                    rows.push(Row {
                        link: address(reader.id),
                        email: reader.email.as_str().to_owned(),
                        name: reader.name.clone(),
                        since: day_in_zone(reader.created_at, config.home_zone(), now),
                        ties: ties.iter().map(|tie| Tie::of(config, tie)).collect(),
                    });
                }
                let more = found.more.map_or_else(String::new, |last| {
                    let last = last.0.to_string();
                    let fields = [
                        ("q", asked.question.as_str()),
                        ("newsletter", &asked.newsletter),
                        ("state", &asked.state),
                        ("before", &last),
                    ];
                    link(PART, &fields)
                });
                Ok((told(&found, asked.question.trim().is_empty(), is_next), (rows, more)))
            })
        })
        .await?;
    if is_stateless {
        told.push_str(" · choose a newsletter too, to see those in one state");
    }
    Ok(page(StatusCode::OK, &Readers { frame, question, newsletters, states, told, rows, more, export }))
}

fn told(FoundSubscribers { found, more }: &FoundSubscribers, is_everybody: bool, is_next: bool) -> String {
    match (found.len(), more.is_some(), is_everybody) {
        (0, true, _) => "None among those looked at so far; there are more to look through.".to_owned(),
        (0, false, true) if !is_next => "There are no readers here yet.".to_owned(),
        (0, false, _) => {
            "No other reader fits. A word is found by its beginning, in the address or the name.".to_owned()
        }
        (1, false, _) => "1 reader".to_owned(),
        (many, false, _) => format!("{many} readers, the newest first"),
        (many, true, _) => format!("{many} readers, the newest first; there are more"),
    }
}

/// A path with these fields, but for those that are empty.
fn link(path: &str, fields: &[(&str, &str)]) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
