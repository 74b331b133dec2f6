//! Stories: the latest, found by their words; one with all that is known of it, what an editor says of it for each
//! newsletter, and one that no feed brings.

mod add;
mod decide;
mod list;
mod one;

pub(super) use add::{add, ask_add, look};
pub(super) use decide::{decide, edit};
pub(super) use list::list;
pub(super) use one::show;

use super::failure::Failure;
use super::room::Room;
use crate::store::{Story, StoryId};

const PART: &str = "/desk/stories";

/// The address of a story's page.
fn address(id: StoryId) -> String {
    format!("{PART}/{}", id.0)
}

/// The story of a path.
async fn story(room: &Room, id: &str) -> Result<Story, Failure> {
    let id = StoryId(id.parse().map_err(|_| Failure::NoSuchPage)?);
    let found = room.ask(move |store, _| store.read(|db| Story::find(db, id))).await?;
    found.ok_or(Failure::NoSuchPage)
}

/// The name of a platform, or its id where it left the configuration.
fn platform_name(room: &Room, id: &str) -> String {
    room.press().config().platform(id).map_or_else(|| id.to_owned(), |platform| platform.name.to_string())
}
