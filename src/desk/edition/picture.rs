use axum::extract::{Path, State};
use axum::response::Response;

use super::address;
use super::change::revise;
use crate::desk::failure::Failure;
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::desk::upload::Sent;
use crate::publishing::{Focus, Revised, Revision, Shown};
use crate::store::StoryId;

/// Takes a picture for a story, cut to the shape of the brief, with the alt text that it needs.
pub(in crate::desk) async fn take_picture(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, number, story)): Path<(String, u32, i64)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let (story, alt) = (StoryId(story), sent.get("alt").to_owned());
    if sent.bytes.is_empty() {
        return Err(Failure::Unfit(
            "no picture came with that; go back, and choose a file that is not empty".to_owned(),
        ));
    }
    if alt.is_empty() {
        let needed = "a picture needs an alt text; go back, and say in a few words what it shows";
        return Err(Failure::Unfit(needed.to_owned()));
    }
    let focus = match sent.get("focus") {
        "start" => Focus::Start,
        "end" => Focus::End,
        _ => Focus::Middle,
    };
    let (who, file) = (signed.member.name.clone(), sent.bytes);
    let added = room.ask_slowly(move |_, press| press.add_picture(&who, &file, focus)).await?;
    let image_url = added.map_err(|unfit| Failure::Unfit(unfit.advice().to_owned()))?;
    let seen = room.ask(move |_, press| press.shown(story)).await?;
    let shown = Shown { image_url, image_alt: alt, ..seen.clone() };
    match revise(&room, &signed, &edition, Revision::Story { story, shown, seen }).await? {
        Revised::Done => Ok(see_other(&address(&edition.name))),
        Revised::Clash(_) => Err(Failure::Refused(
            "somebody else edited this story at the same moment; send the picture again".to_owned(),
        )),
    }
}
