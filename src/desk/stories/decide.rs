use axum::extract::{Path, State};
use axum::response::Response;

use super::one::story_page;
use super::{address, story};
use crate::desk::failure::Failure;
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::{Revised, Shown, Wish};
use crate::saying::time::moment;
use crate::store::{AuditEntry, is_of_store};
use crate::web::Fields;

/// Gives a story words and a picture of the editor's, in every newsletter.
pub(in crate::desk) async fn edit(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let found = story(&room, &id).await?;
    let (Some(meant), Some(seen)) = (shown(&fields, ""), shown(&fields, "seen-")) else {
        return Err(Failure::Incomplete);
    };
    let (story_id, who, written) = (found.id, signed.member.name.clone(), meant.clone());
    let revised = room.ask(move |_, press| press.rewrite(story_id, &who, &meant, &seen)).await;
    let problem = match revised {
        Ok(Revised::Done) => return Ok(see_other(&format!("{}?done=edited", address(found.id)))),
        Ok(Revised::Clash(clash)) => {
            let stands = clash.fields.iter().map(|(name, stands, _)| format!("the {name} is now “{stands}”"));
            format!(
                "Somebody else edited it meanwhile: {}. What you wrote is still in the fields; save again to keep it.",
                stands.collect::<Vec<_>>().join(", ")
            )
        }
        Err(Failure::Refused(reason)) => format!("It is not kept: {reason}."),
        Err(failure) => return Err(failure),
    };
    story_page(&room, &signed, found, "", problem, Some(written)).await
}

fn shown(fields: &Fields, prefix: &str) -> Option<Shown> {
    let field = |name: &str| fields.get(&format!("{prefix}{name}")).map(ToOwned::to_owned);
    Some(Shown {
        headline: field("headline")?,
        standfirst: field("standfirst")?,
        kicker: field("kicker")?,
        image_url: field("image")?,
        image_alt: field("alt")?,
    })
}

/// What an editor wants of a story in one newsletter.
pub(in crate::desk) async fn decide(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let found = story(&room, &id).await?;
    let (Some(newsletter), Some(what)) = (fields.get("newsletter"), fields.get("do")) else {
        return Err(Failure::Incomplete);
    };
    let newsletter = room.press().config().newsletter(newsletter).ok_or(Failure::Incomplete)?;
    let zone = newsletter.timezone.zone();
    let at = |name: &str| match fields.get(name).unwrap_or_default() {
        "" => Ok(None),
        text => moment(text, zone).map(Some),
    };
    let wishes = match what {
        "pin" => Ok(vec![Wish::Pin]),
        "unpin" => Ok(vec![Wish::Unpin]),
        "drop" => Ok(vec![Wish::Drop]),
        "undrop" => Ok(vec![Wish::Undrop]),
        // The old expiry may lie before the new embargo.
        "times" => at("embargo")
            .and_then(|embargo| Ok(vec![Wish::Expire(None), Wish::Embargo(embargo), Wish::Expire(at("expiry")?)])),
        _ => return Err(Failure::Incomplete),
    };
    let told = format!("{what}, in {}", newsletter.id);
    let (id, who, decided) = (newsletter.id.to_string(), signed.member.name.clone(), found.clone());
    let done = room
        .ask(move |store, press| {
            let newsletter = press.newsletter(&id)?;
            let decided = wishes.and_then(|wishes| press.decide_all(newsletter, &decided, &wishes));
            match decided {
                Err(error) if is_of_store(&error) => Err(error),
                Err(error) => Ok(Err(format!("Nothing was changed: {error:#}."))),
                Ok(story) => {
                    let (now, story) = (press.now(), format!("story {}", story.0));
                    store.write(|db| AuditEntry::add(db, &who, "decided on", &story, &told, now)).map(Ok)
                }
            }
        })
        .await?;
    match done {
        Ok(()) => Ok(see_other(&format!("{}?done=decided", address(found.id)))),
        Err(problem) => story_page(&room, &signed, found, "", problem, None).await,
    }
}
