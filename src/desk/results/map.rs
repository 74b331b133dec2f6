use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::edition::begun;
use crate::composition::{Palette, Theme};
use crate::desk::edition::{Which, brief_in_frame};
use crate::desk::failure::Failure;
use crate::desk::room::Room;
use crate::saying::number::grouped;
use crate::store::{Followed, LinkId};

/// What stands beside a link: its share of the readers' clicks.
#[derive(Debug, Template)]
#[template(path = "desk/results_mark.html")]
struct Mark<'a> {
    day: &'a Palette,
    share: String,
    readers: String,
    /// It was followed most.
    is_first: bool,
}

/// The brief as it went out, each link with its share of the clicks: to stand in a frame of the results.
pub(in crate::desk) async fn show(
    State(room): State<Room>,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Response, Failure> {
    let edition = begun(&room, newsletter, number).await?;
    let html = room
        .ask(move |store, press| {
            let followed = store.read(|db| Followed::in_editions(db, &[edition.id]))?;
            let total: u64 = followed.iter().map(|link| link.readers).sum();
            let most = followed.iter().map(|link| link.readers).max().unwrap_or_default();
            let clicks: HashMap<LinkId, u64> = followed.iter().map(|link| (link.link, link.readers)).collect();
            let day = Theme::of(&press.config().publisher).day;
            press.marked_html(&edition, |link| {
                let readers = clicks.get(&link).copied().unwrap_or_default();
                let share = if total == 0 { 0.0 } else { readers as f64 * 100.0 / total as f64 };
                let is_first = readers > 0 && readers == most;
                let mark = Mark { day: &day, share: format!("{share:.1} %"), readers: grouped(readers), is_first };
                Ok(mark.render()?)
            })
        })
        .await?;
    Ok(brief_in_frame(&room, &html))
}
