use axum::extract::{Path, State};
use axum::response::Response;

use super::one::story;
use super::{address, reader};
use crate::config::Newsletter;
use crate::desk::failure::Failure;
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::{Joined, Joining};
use crate::store::{
    AuditEntry, Db, EndedBy, NewsletterNumber, Store, Subscriber, Subscription, Suppressed, Suppression,
    newsletter_number,
};
use crate::web::Fields;

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 200;

/// What is done for one reader, by its word in the path.
pub(in crate::desk) async fn act(
    State(room): State<Room>,
    signed: Signed,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let found = reader(&room, &id).await?;
    let outcome = match act.as_str() {
        "add" => add(&room, &signed, &found, &fields).await?,
        "end" | "confirm" => change(&room, &signed, &found, &act, &fields).await?,
        "suppress" | "unsuppress" => suppress(&room, &signed, &found, act == "suppress", &fields).await?,
        _ => return Err(Failure::NoSuchPage),
    };
    match outcome {
        Ok(done) => Ok(see_other(&format!("{}?done={done}", address(found.id)))),
        Err(problem) => story(&room, &signed, found, "", problem).await,
    }
}

/// The word for what was done, or why it was not.
type Outcome = Result<&'static str, String>;

fn newsletter<'a>(room: &'a Room, fields: &Fields) -> Result<&'a Newsletter, Failure> {
    let id = fields.get("newsletter").ok_or(Failure::Incomplete)?;
    room.press().config().newsletter(id).ok_or(Failure::Incomplete)
}

async fn add(room: &Room, signed: &Signed, reader: &Subscriber, fields: &Fields) -> Result<Outcome, Failure> {
    let newsletter = newsletter(room, fields)?;
    let joining = Joining {
        email: reader.email.clone(),
        name: String::new(),
        timezone: None,
        is_confirmed: fields.has("confirmed", "yes"),
        source: "desk",
    };
    Ok(join(room, signed, newsletter, joining).await?.map(|(done, _)| done))
}

/// Subscribes somebody, and asks them where they have to be asked.
pub(super) async fn join(
    room: &Room,
    signed: &Signed,
    newsletter: &Newsletter,
    joining: Joining,
) -> Result<Result<(&'static str, Subscriber), String>, Failure> {
    let (id, who) = (newsletter.id.to_string(), signed.member.name.clone());
    let email = joining.email.clone();
    let (joined, known) = room
        .ask(move |store, press| {
            let joined = press.join(press.newsletter(&id)?, &joining)?;
            if let Joined::Confirmed(reader) | Joined::Pending(reader) = &joined {
                let (now, reader) = (press.now(), reader.id.to_string());
                store.write(|db| AuditEntry::add(db, &who, "subscribed", &reader, &format!("to {id}"), now))?;
            }
            Ok((joined, store.read(|db| Subscriber::find_by_email(db, &joining.email))?))
        })
        .await?;
    Ok(match joined {
        Joined::Already => Ok(("already", known.ok_or(Failure::NoSuchPage)?)),
        Joined::Confirmed(reader) => Ok(("added", reader)),
        Joined::Pending(reader) => match room.press().send_confirmation(newsletter, &reader).await {
            Ok(()) => Ok(("asked", reader)),
            Err(error) => {
                let name = &newsletter.name;
                Err(format!("{email} is pending for {name}, but could not be asked: {error:#}. Add them again to ask."))
            }
        },
        Joined::Suppressed(reason) => Err(format!("{email} is suppressed ({reason}) and is never mailed.")),
        Joined::Went(went) => Err(format!("{email} {went}. Only they can come back: let them be asked by a letter.")),
    })
}

async fn change(
    room: &Room,
    signed: &Signed,
    reader: &Subscriber,
    act: &str,
    fields: &Fields,
) -> Result<Outcome, Failure> {
    // A newsletter that left the configuration can still be left.
    let newsletter = fields.get("newsletter").ok_or(Failure::Incomplete)?.to_owned();
    let (id, is_end, who) = (reader.id, act == "end", signed.member.name.clone());
    let is_done = room
        .ask(move |store: &Store, press| {
            let now = press.now();
            store.write(|db| {
                let number = number_of(db, &newsletter, id)?;
                let Some(number) = number else { return Ok(false) };
                let is_done = if is_end {
                    Subscription::end(db, number, id, EndedBy::Desk, None, now)?
                } else {
                    Subscription::confirm(db, number, id, "desk", now)?
                };
                if is_done {
                    let word = if is_end { "ended the subscription of" } else { "confirmed" };
                    AuditEntry::add(db, &who, word, &id.to_string(), &format!("to {newsletter}"), now)?;
                }
                Ok(is_done)
            })
        })
        .await?;
    Ok(match (is_done, is_end) {
        (true, true) => Ok("ended"),
        (true, false) => Ok("confirmed"),
        (false, true) => Err("That subscription had ended already.".to_owned()),
        (false, false) => Err("That subscription does not wait to be confirmed.".to_owned()),
    })
}

/// The number of a newsletter the reader has a tie to.
fn number_of(db: &Db, newsletter: &str, id: crate::store::SubscriberId) -> anyhow::Result<Option<NewsletterNumber>> {
    let has = Subscription::of(db, id)?.iter().any(|tie| tie.newsletter == newsletter);
    if has { newsletter_number(db, newsletter).map(Some) } else { Ok(None) }
}

async fn suppress(
    room: &Room,
    signed: &Signed,
    reader: &Subscriber,
    is_added: bool,
    fields: &Fields,
) -> Result<Outcome, Failure> {
    let given = fields.get("reason").ok_or(Failure::Incomplete)?;
    let reason: String = given.replace(char::is_control, " ").chars().take(MAX_REASON).collect();
    if reason.is_empty() {
        return Ok(Err("Say why in a few words: somebody will ask.".to_owned()));
    }
    let (id, who, suppressed) = (reader.id, signed.member.name.clone(), Suppressed::from(&reader.email));
    let domain = reader.email.domain().to_owned();
    let is_done = room
        .ask(move |store, press| {
            let now = press.now();
            store.write(|db| {
                let is_done = if is_added {
                    Suppression { who: suppressed, reason: reason.clone(), created_at: now }.add(db)?
                } else {
                    Suppression::remove(db, &suppressed, &reason, now)?
                };
                if is_done {
                    let word = if is_added { "suppressed" } else { "let be mailed again" };
                    AuditEntry::add(db, &who, word, &id.to_string(), &reason, now)?;
                }
                Ok(is_done)
            })
        })
        .await?;
    Ok(match (is_done, is_added) {
        (true, true) => Ok("suppressed"),
        (true, false) => Ok("unsuppressed"),
        (false, true) => Err("This address was suppressed already.".to_owned()),
        (false, false) => Err(format!(
            "This address itself is not suppressed. Where all of @{domain} is, `griot suppressions remove @{domain}` \
             takes it back."
        )),
    })
}
