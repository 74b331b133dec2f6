use anyhow::Result;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::edition_sheets::sheets;
use super::figures::{COMPARED, Figure, figures};
use super::sheet::{Sheet, file};
use super::{PART, edition_address, newsletter_address};
use crate::desk::edition::{Which, address};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::saying::time::in_zone;
use crate::store::{Edition, EditionFigures, Store};

/// What readers wrote of why they left that is shown.
const PARTING_WORDS: u32 = 20;

#[derive(Debug, Template)]
#[template(path = "desk/results_edition.html")]
struct ResultsPage {
    frame: Frame,
    address: String,
    edition: String,
    newsletter: String,
    newsletter_name: String,
    subject: String,
    when: String,
    is_sending: bool,
    is_followed: bool,
    figures: Vec<Figure>,
    sheets: Vec<Sheet>,
    parting_words: Vec<String>,
}

pub(in crate::desk) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Response, Failure> {
    let edition = begun(&room, newsletter, number).await?;
    let settings = room.press().newsletter(&edition.name.newsletter).map_err(Failure::of)?;
    let title = format!("{} No. {}: results", settings.name, edition.name.number);
    let when = edition.started_at.map_or_else(String::new, |at| {
        format!("It went out {}.", in_zone(at, settings.timezone.zone(), room.press().now()))
    });
    let mut shown = ResultsPage {
        frame: Frame::new(&room, &signed, PART, title),
        address: edition_address(&edition.name),
        edition: address(&edition.name),
        newsletter: newsletter_address(&edition.name.newsletter),
        newsletter_name: settings.name.to_string(),
        subject: edition.subject.clone(),
        when,
        is_sending: !edition.state.is_final(),
        is_followed: false,
        figures: Vec::new(),
        sheets: Vec::new(),
        parting_words: Vec::new(),
    };
    let shown = room
        .ask(move |store, press| {
            let (this, before) = looked_at(store, &edition)?;
            shown.is_followed = this.is_followed;
            shown.figures = figures(&this, &before);
            shown.sheets = store.read(|db| sheets(db, press, &edition))?;
            let words = store.read(|db| edition.parting_words(db, PARTING_WORDS))?;
            shown.parting_words = words.iter().map(|words| without_addresses(words)).collect();
            Ok(shown)
        })
        .await?;
    Ok(page(StatusCode::OK, &shown))
}

/// One of its tables as a file.
pub(in crate::desk) async fn csv(
    State(room): State<Room>,
    Path((newsletter, number, table)): Path<(String, u32, String)>,
) -> Result<Response, Failure> {
    let edition = begun(&room, newsletter, number).await?;
    let of = format!("{}-{}", edition.name.newsletter, edition.name.number);
    let sheets = room.ask(move |store, press| store.read(|db| sheets(db, press, &edition))).await?;
    file(&sheets, &table, &of)
}

/// The edition of a path, if it has begun to go to readers: else there is nothing to tell.
pub(super) async fn begun(room: &Room, newsletter: String, number: u32) -> Result<Edition, Failure> {
    let edition = room.edition(newsletter, number).await?;
    if edition.started_at.is_some() { Ok(edition) } else { Err(Failure::NoSuchPage) }
}

/// Its own figures, and those of the editions before it.
fn looked_at(store: &Store, edition: &Edition) -> Result<(EditionFigures, Vec<EditionFigures>)> {
    let find = |db: &_| EditionFigures::latest(db, edition.newsletter, edition.name.number, COMPARED + 1);
    let mut editions = store.read(find)?;
    // The first of them is itself: it has begun.
    let this = editions.remove(0);
    Ok((this, editions))
}

/// What a reader wrote, without what could be an address: those are for operators.
fn without_addresses(words: &str) -> String {
    let shown = words.split_whitespace().map(|word| if word.contains('@') { "[address]" } else { word });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_readers_words_is_not_shown() {
        assert_eq!(without_addresses("write to <ada@example.org>,\n please"), "write to [address] please");
    }
}
