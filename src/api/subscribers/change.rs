use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shape::Subscriber;
use super::{Which, subscriber};
use crate::address::EmailAddress;
use crate::api::guard::Caller;
use crate::api::input::{Input, Place, Text};
use crate::api::problem::Problem;
use crate::api::room::Room;
use crate::publishing::{Joined, Joining};
use crate::sheet::folded;
use crate::store::{self, EndedBy, SubscriberId, Subscription, newsletter_number};

/// Somebody who is to get a newsletter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
         example = json!({"email": "ada@example.com", "name": "Ada", "newsletter": "weekly-brief"}))]
pub(in crate::api) struct NewSubscriber {
    #[schema(value_type = String, format = "email", min_length = 3, max_length = 320)]
    email: Text<3, 320>,
    /// Takes the place of an empty one only.
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Text<0, 200>>,
    /// Its id.
    newsletter: String,
    /// They have agreed to be mailed, and you can show it. Else they are asked by a letter.
    #[serde(default)]
    confirmed: bool,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"outcome": "pending", "asked": true, "subscriber": {
    "id": 7, "email": "ada@example.com", "name": "Ada", "subscriptions": {"weekly-brief": "pending"},
    "timezone": "", "language": "", "created_at": "2026-11-23T08:00:00Z"
}}))]
pub(in crate::api) struct Added {
    outcome: Outcome,
    /// Whether a letter that asks them to confirm went out. Where they are pending without it, add them again.
    asked: bool,
    subscriber: Subscriber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::api) enum Outcome {
    /// They get it from now on.
    Confirmed,
    /// They get it once they have confirmed.
    Pending,
    /// They got it before.
    Already,
}

/// Add a reader to a newsletter.
#[utoipa::path(
    post, path = "/api/v1/subscribers", operation_id = "add_subscriber", tag = "subscribers",
    request_body = NewSubscriber,
    responses((status = 200, description = "They got it before", body = Added),
              (status = 201, description = "They are added", body = Added),
              (status = 409, description = "The address is never mailed, or only the reader can come back"))
)]
pub(in crate::api) async fn add(
    State(room): State<Room>,
    caller: Caller,
    Input(given): Input<NewSubscriber>,
) -> Result<(StatusCode, Json<Added>), Problem> {
    let email = EmailAddress::parse(&given.email).map_err(|error| Problem::invalid("email", error.to_string()))?;
    let newsletter = room.newsletter("newsletter", &given.newsletter)?;
    let joining = Joining {
        email,
        name: given.name.map(|name| folded(&name)).unwrap_or_default(),
        timezone: None,
        is_confirmed: given.confirmed,
        source: "api",
    };
    let id = newsletter.id.to_string();
    let (joined, known) = room
        .ask(move |store, press| {
            let joined = press.join(press.newsletter(&id)?, &joining)?;
            if let Joined::Confirmed(reader) | Joined::Pending(reader) = &joined {
                let (now, reader) = (press.now(), reader.id.to_string());
                store.write(|db| caller.did(db, "subscribed", &reader, &format!("to {id}"), now))?;
            }
            Ok((joined, store.read(|db| store::Subscriber::find_by_email(db, &joining.email))?))
        })
        .await?;
    let (outcome, asked) = match &joined {
        Joined::Already => (Outcome::Already, false),
        Joined::Confirmed(_) => (Outcome::Confirmed, false),
        Joined::Pending(reader) => {
            let sent = room.press().send_confirmation(newsletter, reader).await;
            if let Err(error) = &sent {
                tracing::warn!(reader = %reader.email.masked(), "could not be asked to confirm: {error:#}");
            }
            (Outcome::Pending, sent.is_ok())
        }
        Joined::Suppressed(reason) => {
            return Err(Problem::conflict(format!("The address is suppressed ({reason}) and is never mailed.")));
        }
        Joined::Went(went) => {
            return Err(Problem::conflict(format!(
                "The reader {went}. Only they can come back: add them without `confirmed`, so that they are asked."
            )));
        }
    };
    let status = if outcome == Outcome::Already { StatusCode::OK } else { StatusCode::CREATED };
    let id = known.ok_or_else(|| Problem::conflict("The reader was erased meanwhile."))?.id;
    let subscriber = subscriber(&room, id.0).await?.1;
    Ok((status, Json(Added { outcome, asked, subscriber })))
}

/// A reader's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace"}))]
pub(in crate::api) struct NewName {
    /// Empty for none.
    #[schema(value_type = String, max_length = 200)]
    name: Text<0, 200>,
}

/// Change a subscriber's name.
#[utoipa::path(
    patch, path = "/api/v1/subscribers/{id}", operation_id = "rename_subscriber", tag = "subscribers", params(Which),
    request_body = NewName,
    responses((status = 200, description = "The subscriber as they are now", body = Subscriber))
)]
pub(in crate::api) async fn rename(
    State(room): State<Room>,
    caller: Caller,
    Place(Which { id }): Place<Which>,
    Input(given): Input<NewName>,
) -> Result<Json<Subscriber>, Problem> {
    subscriber(&room, id).await?;
    let name = folded(&given.name);
    room.ask(move |store, press| {
        store.write(|db| {
            store::Subscriber::rename(db, SubscriberId(id), &name)?;
            caller.did(db, "renamed", &SubscriberId(id).to_string(), "", press.now())
        })
    })
    .await?;
    Ok(Json(subscriber(&room, id).await?.1))
}

/// A subscription of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::api) struct Tie {
    /// The subscriber's number.
    #[param(example = 1, minimum = 1, maximum = 9007199254740991i64)]
    id: i64,
    /// The newsletter's id.
    #[param(example = "weekly-brief", min_length = 1)]
    newsletter: String,
}

/// End a subscription. One that has ended stays so, with what ended it first.
#[utoipa::path(
    delete, path = "/api/v1/subscribers/{id}/subscriptions/{newsletter}", operation_id = "end_subscription",
    tag = "subscribers", params(Tie),
    responses((status = 204, description = "It has ended"))
)]
pub(in crate::api) async fn end(
    State(room): State<Room>,
    caller: Caller,
    Place(Tie { id, newsletter }): Place<Tie>,
) -> Result<StatusCode, Problem> {
    let told = format!("Subscriber {id} has no subscription to {newsletter:?}.");
    let is_known = room.ask(move |store, press| {
        let (reader, now) = (SubscriberId(id), press.now());
        store.write(|db| {
            if !Subscription::of(db, reader)?.iter().any(|tie| tie.newsletter == newsletter) {
                return Ok(false);
            }
            let number = newsletter_number(db, &newsletter)?;
            if Subscription::end(db, number, reader, EndedBy::Api, None, now)? {
                let detail = format!("to {newsletter}");
                caller.did(db, "ended the subscription of", &reader.to_string(), &detail, now)?;
            }
            Ok(true)
        })
    });
    if is_known.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(told)) }
}

/// Erase a reader. Nothing of them is left but a digest of the address, so that no import brings it back.
#[utoipa::path(
    delete, path = "/api/v1/subscribers/{id}", operation_id = "erase_subscriber", tag = "subscribers", params(Which),
    responses((status = 204, description = "The reader is erased"))
)]
pub(in crate::api) async fn erase(
    State(room): State<Room>,
    caller: Caller,
    Place(Which { id }): Place<Which>,
) -> Result<StatusCode, Problem> {
    let (reader, _) = subscriber(&room, id).await?;
    room.ask(move |store, press| {
        let now = press.now();
        store.write(|db| {
            reader.erase(db, now)?;
            caller.did(db, "erased", &reader.id.to_string(), "", now)
        })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
