use anyhow::Result;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{PART, newsletter_address};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::saying::number::grouped;
use crate::saying::time::day_in_zone;
use crate::store::{EditionFigures, SubscriptionDay, known_newsletter_number};

#[derive(Debug, Template)]
#[template(path = "desk/results.html")]
struct ListPage {
    frame: Frame,
    newsletters: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    address: String,
    name: String,
    told: String,
}

/// The newsletters; where there is but one, its results.
pub(in crate::desk) async fn show(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    if let [only] = room.press().config().newsletters.as_slice() {
        return Ok(see_other(&newsletter_address(only.id.as_str())));
    }
    let newsletters = room
        .ask(|store, press| {
            let newsletters = press.config().newsletters.iter();
            store.read(|db| {
                let rows = newsletters.map(|newsletter| {
                    let id = newsletter.id.as_str();
                    let mut told = "No edition of it was sent yet.".to_owned();
                    if let Some(number) = known_newsletter_number(db, id)?
                        && let Some(last) = EditionFigures::latest(db, number, u32::MAX, 1)?.first()
                    {
                        let readers = grouped(SubscriptionDay::confirmed(db, number)?);
                        let when = day_in_zone(last.started_at, newsletter.timezone.zone(), press.now());
                        let delivered = grouped(last.delivered());
                        told = format!("{readers} readers. No. {}, {when}: {delivered} delivered", last.number);
                        if last.is_followed {
                            told.push_str(&format!(", {} clicks by readers", grouped(last.clicks)));
                        }
                        told.push('.');
                    }
                    Ok(Row { address: newsletter_address(id), name: newsletter.name.to_string(), told })
                });
                rows.collect::<Result<Vec<_>>>()
            })
        })
        .await?;
    Ok(page(StatusCode::OK, &ListPage { frame: Frame::new(&room, &signed, PART, "Results"), newsletters }))
}
