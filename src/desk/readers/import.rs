use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::{Choice, PART, newsletters};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::desk::upload::Sent;
use crate::publishing::{Foreseen, ForeseenRow, Totals};
use crate::saying::number::grouped;
use crate::sheet::{guarded, plain_error, writer};
use crate::store::{AuditEntry, Upload};

/// Rows that are shown of what an import would do.
const SHOWN: usize = 200;

#[derive(Debug, Template)]
#[template(path = "desk/reader_file.html")]
struct FileForm<'a> {
    frame: Frame,
    problem: &'a str,
    /// What the last import did; may be empty.
    done: String,
    newsletters: Vec<Choice>,
    is_confirmed: bool,
}

#[derive(Debug, Template)]
#[template(path = "desk/reader_import.html")]
struct ForeseenPage {
    frame: Frame,
    address: String,
    file_name: String,
    newsletter: String,
    is_confirmed: bool,
    totals: Vec<(&'static str, String)>,
    without_timezone: u64,
    rows: Vec<ForeseenRow>,
    /// How many rows there are besides.
    others: String,
    button: String,
}

#[derive(Debug, Default, Deserialize)]
pub(in crate::desk) struct Outcome {
    added: Option<u64>,
    updated: Option<u64>,
    unchanged: Option<u64>,
    refused: Option<u64>,
    /// Only where it was another program's export.
    ended: Option<u64>,
    suppressed: Option<u64>,
}

pub(in crate::desk) async fn ask_file(
    State(room): State<Room>,
    signed: Signed,
    Query(outcome): Query<Outcome>,
) -> Response {
    form(&room, &signed, "", told(&outcome), &Sent::default())
}

/// What an import did, in a sentence; empty where none is told of.
fn told(outcome: &Outcome) -> String {
    let counts = [
        (outcome.added, "added"),
        (outcome.updated, "updated"),
        (outcome.unchanged, "unchanged"),
        (outcome.refused, "refused"),
        (outcome.ended, "left there"),
        (outcome.suppressed, "never mailed"),
    ];
    let told: Vec<String> =
        counts.iter().filter_map(|(many, word)| many.map(|many| format!("{} {word}", grouped(many)))).collect();
    if told.is_empty() { String::new() } else { format!("{}.", told.join(", ")) }
}

fn form(room: &Room, signed: &Signed, problem: &str, done: String, sent: &Sent) -> Response {
    let frame = Frame::new(room, signed, PART, "Import readers");
    let newsletters = newsletters(room.press().config(), sent.get("newsletter"));
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_confirmed = sent.get("confirmed") == "yes";
    page(status, &FileForm { frame, problem, done, newsletters, is_confirmed })
}

/// Keeps a file that can be read, and leads to what it would do.
pub(in crate::desk) async fn take_file(
    State(room): State<Room>,
    signed: Signed,
    mut sent: Sent,
) -> Result<Response, Failure> {
    let newsletter = room.press().config().newsletter(sent.get("newsletter")).ok_or(Failure::Incomplete)?;
    if sent.bytes.is_empty() {
        return Ok(form(&room, &signed, "Choose a file that is not empty.", String::new(), &sent));
    }
    let upload = Upload {
        member: signed.member.id,
        newsletter: newsletter.id.to_string(),
        is_confirmed: sent.get("confirmed") == "yes",
        file_name: sent.file_name.clone(),
        bytes: std::mem::take(&mut sent.bytes),
    };
    let kept = room
        .ask(move |store, press| match press.foresee_import(&upload) {
            Err(error) if crate::store::is_of_store(&error) => Err(error),
            // The file is to be mended, which is for who sent it.
            Err(error) => Ok(Err(format!("{error:#}"))),
            Ok(_) => store.write(|db| upload.keep(db, press.now())).map(Ok),
        })
        .await?;
    match kept {
        Ok(digest) => Ok(see_other(&format!("{PART}/import/{}", HEXLOWER.encode(&digest)))),
        Err(error) => {
            let problem = format!("{} can't be read: {error}.", sent.file_name);
            Ok(form(&room, &signed, &problem, String::new(), &sent))
        }
    }
}

async fn kept(room: &Room, signed: &Signed, digest: &str) -> Result<(Vec<u8>, Upload), Failure> {
    let digest = HEXLOWER.decode(digest.as_bytes()).map_err(|_| Failure::NoSuchPage)?;
    let (member, now) = (signed.member.id, room.press().now());
    room.ask(move |store, _| {
        let found = store.read(|db| Upload::find(db, &digest, member, now))?;
        Ok(found.map(|found| (digest, found)))
    })
    .await?
    .ok_or_else(|| {
        Failure::Refused(
            "the file is not here any more: it is kept for an hour, and until it is imported. Send it \
                          again"
                .to_owned(),
        )
    })
}

async fn foreseen(room: &Room, upload: Upload) -> Result<Foreseen, Failure> {
    room.ask(move |_, press| press.foresee_import(&upload)).await
}

/// What the file would do, and the button that does it.
pub(in crate::desk) async fn foresee(
    State(room): State<Room>,
    signed: Signed,
    Path(digest): Path<String>,
) -> Result<Response, Failure> {
    let (_, upload) = kept(&room, &signed, &digest).await?;
    let (file_name, newsletter) = (upload.file_name.clone(), upload.newsletter.clone());
    let is_confirmed = upload.is_confirmed;
    let Foreseen { mut rows, totals } = foreseen(&room, upload).await?;
    let others = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    let Totals { added, updated, unchanged, refused, ended, suppressed, without_timezone } = totals;
    let name = room.press().config().newsletter(&newsletter).map_or(newsletter, |found| found.name.to_string());
    let page_of = ForeseenPage {
        frame: Frame::new(&room, &signed, PART, format!("Import into {name}?")),
        address: format!("{PART}/import/{digest}"),
        file_name,
        newsletter: name,
        is_confirmed,
        totals: [("rows", totals.rows()), ("added", added), ("updated", updated), ("unchanged", unchanged)]
            .into_iter()
            .chain([("refused", refused), ("left there", ended), ("never mailed", suppressed)])
            .filter(|(word, many)| *many > 0 || !["left there", "never mailed"].contains(word))
            .map(|(word, many)| (word, grouped(many)))
            .collect(),
        without_timezone,
        rows,
        others: if others == 0 { String::new() } else { grouped(others as u64) },
        button: match added + updated + ended + suppressed {
            0 => String::new(),
            1 => "Import 1 reader".to_owned(),
            many => format!("Import {} readers", grouped(many)),
        },
    };
    Ok(page(StatusCode::OK, &page_of))
}

/// All of what it would do, as CSV.
pub(in crate::desk) async fn foreseen_rows(
    State(room): State<Room>,
    signed: Signed,
    Path(digest): Path<String>,
) -> Result<Response, Failure> {
    let (_, upload) = kept(&room, &signed, &digest).await?;
    let foreseen = foreseen(&room, upload).await?;
    let written = move || -> anyhow::Result<Vec<u8>> {
        let mut csv = writer(Vec::new());
        csv.write_record(["line", "value", "name", "what", "reason"]).map_err(plain_error)?;
        for row in &foreseen.rows {
            let line = row.line.to_string();
            let cells = [&*line, &*guarded(&row.value), &*guarded(&row.name), row.word, &*guarded(&row.reason)];
            csv.write_record(cells).map_err(plain_error)?;
        }
        Ok(csv.into_inner()?)
    };
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"import.csv\"")];
    Ok((headers, written().map_err(Failure::of)?).into_response())
}

pub(in crate::desk) async fn import(
    State(room): State<Room>,
    signed: Signed,
    Path(digest): Path<String>,
) -> Result<Response, Failure> {
    let (digest, upload) = kept(&room, &signed, &digest).await?;
    let who = signed.member.name;
    let totals = room
        .ask(move |store, press| {
            let totals = press.import_upload(&upload)?;
            let Totals { added, updated, unchanged, refused, ended, suppressed, .. } = totals;
            let mut detail = format!("{added} added, {updated} updated, {unchanged} unchanged, {refused} refused");
            if ended + suppressed > 0 {
                detail = format!("{detail}, {ended} left there, {suppressed} never mailed");
            }
            store.write(|db| {
                Upload::remove(db, &digest)?;
                AuditEntry::add(db, &who, "imported readers of", &upload.newsletter, &detail, press.now())
            })?;
            Ok(totals)
        })
        .await?;
    let Totals { added, updated, unchanged, refused, ended, suppressed, .. } = totals;
    let more = if ended + suppressed > 0 { format!("&ended={ended}&suppressed={suppressed}") } else { String::new() };
    let counts = format!("added={added}&updated={updated}&unchanged={unchanged}&refused={refused}{more}");
    Ok(see_other(&format!("{PART}/import?{counts}")))
}
