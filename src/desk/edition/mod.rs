//! One edition: the stories it has and could have, the brief as it will look, and what is done with it.

mod change;
mod links;
mod live;
mod page;
mod picture;
mod preview;
mod progress;
mod pulse;
mod steps;

pub(super) use change::{change, draft, edit_story, edit_words, undo};
pub(super) use links::look_at_links;
pub(super) use live::live;
pub(super) use page::show;
pub(super) use picture::take_picture;
pub(super) use preview::{brief_in_frame, preview};
pub(super) use pulse::Pulses;
pub(super) use steps::{ask_step, send_test, take_step};

use serde::Deserialize;

use crate::store::EditionName;

/// Which edition a path names.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    pub newsletter: String,
    pub number: u32,
}

/// The address of an edition's page.
pub(super) fn address(name: &EditionName) -> String {
    format!("/desk/editions/{}/{}", name.newsletter, name.number)
}
