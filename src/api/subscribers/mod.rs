//! Readers and their subscriptions.

mod change;
mod shape;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Asked, Limit, Place, Text, number};
use super::problem::Problem;
use super::room::Room;
use crate::address::EmailAddress;
use crate::store::{self, SubscriberFilter, SubscriberId, Subscription};
use shape::{Subscriber, Subscribers};

pub(super) use change::{__path_add, __path_end, __path_erase, __path_rename, add, end, erase, rename};

/// The subscriber of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// The subscriber's number.
    #[param(example = 1, minimum = 1, maximum = 9007199254740991i64)]
    id: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Only the one with this address.
    #[param(value_type = Option<String>, max_length = 320, example = "ada@example.com")]
    email: Option<Text<0, 320>>,
    /// Only those tied to this newsletter.
    #[param(example = "weekly-brief")]
    newsletter: Option<String>,
    /// Only those with a subscription in this state.
    state: Option<shape::State>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 9007199254740991i64, example = 7)]
    cursor: Option<i64>,
    /// How many a page holds.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 50)]
    limit: Limit,
}

/// List subscribers in the order they came.
#[utoipa::path(
    get, path = "/api/v1/subscribers", operation_id = "list_subscribers", tag = "subscribers", params(Filter),
    responses((status = 200, description = "A page of subscribers", body = Subscribers))
)]
pub(super) async fn list(State(room): State<Room>, Asked(filter): Asked<Filter>) -> Result<Json<Subscribers>, Problem> {
    let page = room.ask(move |store, _| {
        store.read(|db| {
            if let Some(email) = &filter.email {
                // What is no address is nobody's.
                let found = match EmailAddress::parse(email) {
                    Ok(email) => store::Subscriber::find_by_email(db, &email)?,
                    Err(_) => None,
                };
                let ties = found.as_ref().map(|found| Subscription::of(db, found.id)).transpose()?;
                let is_wanted = ties.iter().flatten().any(|tie| filter.takes(tie));
                let is_any = filter.newsletter.is_none() && filter.state.is_none();
                let found = found.filter(|_| is_wanted || is_any);
                let subscribers = found.iter().map(|one| Subscriber::of(one, ties.as_deref().unwrap_or_default()));
                return Ok(Subscribers { subscribers: subscribers.collect(), next: None });
            }
            let asked = SubscriberFilter {
                newsletter: filter.newsletter.as_deref(),
                state: filter.state.map(Into::into),
                after: SubscriberId(filter.cursor.unwrap_or(0)),
                limit: filter.limit.0 + 1,
            };
            let mut found = store::Subscriber::list(db, &asked)?;
            let has_more = found.len() > filter.limit.0;
            found.truncate(filter.limit.0);
            let next = found.last().filter(|_| has_more).map(|(last, _)| last.id.0);
            let subscribers = found.iter().map(|(one, ties)| Subscriber::of(one, ties)).collect();
            Ok(Subscribers { subscribers, next })
        })
    });
    Ok(Json(page.await?))
}

impl Filter {
    fn takes(&self, tie: &Subscription) -> bool {
        self.newsletter.as_ref().is_none_or(|id| *id == tie.newsletter)
            && self.state.is_none_or(|state| tie.state == state.into())
    }
}

/// Show a subscriber with their subscriptions.
#[utoipa::path(
    get, path = "/api/v1/subscribers/{id}", operation_id = "get_subscriber", tag = "subscribers", params(Which),
    responses((status = 200, description = "The subscriber", body = Subscriber))
)]
pub(super) async fn show(
    State(room): State<Room>,
    Place(Which { id }): Place<Which>,
) -> Result<Json<Subscriber>, Problem> {
    Ok(Json(subscriber(&room, id).await?.1))
}

/// The subscriber of a path.
async fn subscriber(room: &Room, id: i64) -> Result<(store::Subscriber, Subscriber), Problem> {
    let found = room.ask(move |store, _| {
        store.read(|db| {
            let found = store::Subscriber::find(db, SubscriberId(id))?;
            found.map(|found| Ok((Subscription::of(db, found.id)?, found))).transpose()
        })
    });
    let (ties, found) = found.await?.ok_or_else(|| Problem::not_found(format!("There is no subscriber {id}.")))?;
    let told = Subscriber::of(&found, &ties);
    Ok((found, told))
}
