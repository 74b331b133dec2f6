use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::feeds::canonical_url;
use crate::store::{AuditEntry, Sponsor};
use crate::web::Fields;

/// Who pays for a block in a newsletter, and when.
#[derive(Debug, Template)]
#[template(path = "desk/sponsors.html")]
struct Sponsors {
    frame: Frame,
    id: String,
    problem: String,
    today: String,
    sponsors: Vec<Sponsor>,
    /// What was sent and is to be mended.
    sent: Vec<(&'static str, String)>,
}

const FIELDS: [&str; 8] = ["name", "headline", "text", "url", "image", "alt", "starts", "ends"];

impl Sponsors {
    fn sent(&self, field: &str) -> &str {
        self.sent.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value.as_str())
    }
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(newsletter): Path<String>,
) -> Result<Response, Failure> {
    form(&room, &signed, newsletter, StatusCode::OK, String::new(), Vec::new()).await
}

async fn form(
    room: &Room,
    signed: &Signed,
    newsletter: String,
    status: StatusCode,
    problem: String,
    sent: Vec<(&'static str, String)>,
) -> Result<Response, Failure> {
    let Some(configured) = room.press().config().newsletter(&newsletter) else { return Err(Failure::NoSuchPage) };
    let today = room.press().now().with_timezone(&configured.timezone.zone()).date_naive();
    let name = configured.name.to_string();
    let id = newsletter.clone();
    let sponsors = room.ask(move |store, _| store.read(|db| Sponsor::coming(db, &newsletter, today))).await?;
    let frame = Frame::new(room, signed, "/desk", format!("Sponsors of {name}"));
    Ok(page(status, &Sponsors { frame, id, problem, today: today.to_string(), sponsors, sent }))
}

pub(super) async fn add(
    State(room): State<Room>,
    signed: Signed,
    Path(newsletter): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    if room.press().config().newsletter(&newsletter).is_none() {
        return Err(Failure::NoSuchPage);
    }
    match read(&fields) {
        Ok(sponsor) => {
            let (who, now, id) = (signed.member.name, room.press().now(), newsletter.clone());
            room.ask(move |store, _| {
                store.write(|db| {
                    sponsor.add(db, &id)?;
                    let days = format!("{} to {}", sponsor.starts_on, sponsor.ends_on);
                    AuditEntry::add(db, &who, "added the sponsor", &sponsor.name, &format!("{id}, {days}"), now)
                })
            })
            .await?;
            Ok(see_other(&format!("/desk/newsletters/{newsletter}/sponsors")))
        }
        Err(problem) => {
            let sent = FIELDS.map(|field| (field, fields.get(field).unwrap_or_default().to_owned())).to_vec();
            form(&room, &signed, newsletter, StatusCode::UNPROCESSABLE_ENTITY, problem.to_owned(), sent).await
        }
    }
}

fn read(fields: &Fields) -> Result<Sponsor, &'static str> {
    let field = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let day = |name: &str| fields.get(name).and_then(|text| text.parse::<NaiveDate>().ok());
    let (Some(starts_on), Some(ends_on)) = (day("starts"), day("ends")) else {
        return Err("Choose the first and the last day.");
    };
    let sponsor = Sponsor {
        id: 0,
        name: field("name"),
        headline: field("headline"),
        text: field("text"),
        url: field("url"),
        image_url: field("image"),
        image_alt: field("alt"),
        starts_on,
        ends_on,
    };
    if sponsor.name.is_empty() || sponsor.headline.is_empty() {
        Err("A sponsor needs a name and a headline.")
    } else if canonical_url(&sponsor.url).is_err() {
        Err("Where it leads is no address of a page; write it with https://")
    } else if !sponsor.image_url.is_empty() && canonical_url(&sponsor.image_url).is_err() {
        Err("The picture's is no address of a picture; write it with https://")
    } else if !sponsor.image_url.is_empty() && sponsor.image_alt.is_empty() {
        Err("A picture needs an alt text: a few words on what it shows.")
    } else if ends_on < starts_on {
        Err("It would end before it begins.")
    } else {
        Ok(sponsor)
    }
}

pub(super) async fn remove(
    State(room): State<Room>,
    signed: Signed,
    Path((newsletter, id)): Path<(String, i64)>,
) -> Result<Response, Failure> {
    let (who, now, slug) = (signed.member.name, room.press().now(), newsletter.clone());
    // One that somebody else removed is removed.
    room.ask(move |store, _| {
        store.write(|db| {
            if Sponsor::remove(db, &slug, id)? {
                AuditEntry::add(db, &who, "removed the sponsor", &id.to_string(), &slug, now)?;
            }
            Ok(())
        })
    })
    .await?;
    Ok(see_other(&format!("/desk/newsletters/{newsletter}/sponsors")))
}
