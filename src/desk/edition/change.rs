use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{Which, address};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::{Clash, Drafted, Revised, Revision, Shown, Wish};
use crate::saying::time::distance;
use crate::store::{Edition, EditionWords, EventId, StoryId};
use crate::web::Fields;

/// Makes a newsletter's draft, or makes it again with what has come since.
pub(in crate::desk) async fn draft(
    State(room): State<Room>,
    Path(newsletter): Path<String>,
) -> Result<Response, Failure> {
    let drafted = room.ask(move |_, press| {
        let newsletter = press.newsletter(&newsletter)?;
        press.draft(newsletter, None)
    });
    let (Drafted::Ready(edition) | Drafted::TooFew { edition, .. }) = drafted.await?;
    Ok(see_other(&address(&edition.name)))
}

/// One button of a story or an event: `do` is what, a colon, and which of them.
pub(in crate::desk) async fn change(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
    fields: Fields,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let revision = asked(&fields).ok_or(Failure::Incomplete)?;
    match revise(&room, &signed, &edition, revision).await? {
        Revised::Done => Ok(see_other(&address(&edition.name))),
        Revised::Clash(clash) => {
            let text = "The order was changed meanwhile, so the story was not moved. This is how it stands now; move it \
                        again if it should still be elsewhere.";
            Ok(clashed(&room, &signed, &edition, &clash, text, Vec::new()))
        }
    }
}

fn asked(fields: &Fields) -> Option<Revision> {
    let mut words = fields.get("do")?.split(':');
    let (what, number) = (words.next()?, words.next()?.parse().ok()?);
    let story = StoryId(number);
    let wish = |wish| Some(Revision::Wish { story, wish });
    match what {
        "pin" => wish(Wish::Pin),
        "unpin" => wish(Wish::Unpin),
        "drop" => wish(Wish::Drop),
        "undrop" => wish(Wish::Undrop),
        "drop-event" => Some(Revision::Event { event: EventId(number), is_in: false }),
        "undrop-event" => Some(Revision::Event { event: EventId(number), is_in: true }),
        "move" => {
            let to = words.next()?.parse().ok()?;
            let seen: Option<Vec<StoryId>> =
                fields.get("seen")?.split(',').map(|id| id.parse().ok().map(StoryId)).collect();
            Some(Revision::Move { story, to, seen: seen? })
        }
        _ => None,
    }
}

pub(in crate::desk) async fn edit_words(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
    fields: Fields,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let words = |prefix: &str| {
        let field = |name: &str| fields.get(&format!("{prefix}{name}")).map(ToOwned::to_owned);
        Some(EditionWords { subject: field("subject")?, preheader: field("preheader")?, intro: field("intro")? })
    };
    let (Some(meant), Some(seen)) = (words(""), words("seen-")) else { return Err(Failure::Incomplete) };
    match revise(&room, &signed, &edition, Revision::Words { words: meant.clone(), seen }).await? {
        Revised::Done => Ok(see_other(&address(&edition.name))),
        Revised::Clash(clash) => {
            let text = "Somebody else wrote here meanwhile. Nothing of yours is lost: it stands below, and either can be \
                        kept.";
            let stands = room.edition(edition.name.newsletter.clone(), edition.name.number).await?.words();
            let again = vec![
                ("subject", meant.subject),
                ("preheader", meant.preheader),
                ("intro", meant.intro),
                ("seen-subject", stands.subject),
                ("seen-preheader", stands.preheader),
                ("seen-intro", stands.intro),
            ];
            Ok(clashed(&room, &signed, &edition, &clash, text, again))
        }
    }
}

pub(in crate::desk) async fn edit_story(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, story)): Path<(String, u32, i64)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let shown = |prefix: &str| {
        let field = |name: &str| fields.get(&format!("{prefix}{name}")).map(ToOwned::to_owned);
        Some(Shown {
            headline: field("headline")?,
            standfirst: field("standfirst")?,
            kicker: field("kicker")?,
            image_url: field("image")?,
            image_alt: field("alt")?,
        })
    };
    let (Some(meant), Some(seen)) = (shown(""), shown("seen-")) else { return Err(Failure::Incomplete) };
    let story = StoryId(story);
    match revise(&room, &signed, &edition, Revision::Story { story, shown: meant.clone(), seen }).await? {
        Revised::Done => Ok(see_other(&address(&edition.name))),
        Revised::Clash(clash) => {
            let text = "Somebody else edited this story meanwhile. Nothing of yours is lost: it stands below, and either \
                        can be kept.";
            let stands = room.ask(move |_, press| press.shown(story)).await?;
            let again = [("", meant), ("seen-", stands)].into_iter().flat_map(|(prefix, shown)| {
                let Shown { headline, standfirst, kicker, image_url, image_alt } = shown;
                [
                    (prefix, "headline", headline),
                    (prefix, "standfirst", standfirst),
                    (prefix, "kicker", kicker),
                    (prefix, "image", image_url),
                    (prefix, "alt", image_alt),
                ]
            });
            let named: Vec<(String, String)> =
                again.map(|(prefix, name, value)| (format!("{prefix}{name}"), value)).collect();
            let named = named.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            Ok(clashed(&room, &signed, &edition, &clash, text, named))
        }
    }
}

pub(in crate::desk) async fn undo(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let (who, back) = (signed.member.name, address(&edition.name));
    match room.ask(move |_, press| press.undo(&edition, &who)).await? {
        Some(_) => Ok(see_other(&format!("{back}?done=undo"))),
        None => Ok(see_other(&back)),
    }
}

pub(super) async fn revise(
    room: &Room,
    signed: &Signed,
    edition: &Edition,
    revision: Revision,
) -> Result<Revised, Failure> {
    let (edition, who) = (edition.clone(), signed.member.name.clone());
    room.ask(move |_, press| press.revise(&edition, &who, &revision)).await
}

/// Two hands on one thing: what stands there, what was meant, and a button for either.
#[derive(Debug, Template)]
#[template(path = "desk/clash.html")]
struct ClashPage<'a> {
    frame: Frame,
    address: String,
    text: &'a str,
    /// Who changed it last and when; empty where that is not known.
    who: String,
    fields: Vec<(&'static str, String, String)>,
    /// The fields of the form that puts what was meant in the place of what stands there.
    again: Vec<(&'a str, String)>,
}

fn clashed(
    room: &Room,
    signed: &Signed,
    edition: &Edition,
    clash: &Clash,
    text: &str,
    again: Vec<(&str, String)>,
) -> Response {
    let now = room.press().now();
    let who = clash.who.as_ref().map_or_else(String::new, |change| {
        format!("{} · {} · {}", change.who, change.what, distance(change.changed_at, now))
    });
    let frame = Frame::new(room, signed, "/desk", "Two hands on one thing");
    let address = address(&edition.name);
    page(StatusCode::CONFLICT, &ClashPage { frame, address, text, who, fields: clash.fields.clone(), again })
}
