use anyhow::Result;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde::Deserialize;

use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::Signed;
use super::room::Room;
use crate::saying::time::utc;
use crate::sheet::guarded;
use crate::store::AuditEntry;

const PAGE: u32 = 100;

/// Who did what.
#[derive(Debug, Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    frame: Frame,
    people: Vec<String>,
    /// Whose entries are shown; empty for everybody's.
    who: String,
    rows: Vec<Row>,
    /// The address of the page with those before; empty on the last.
    older: String,
    is_first: bool,
    newest: String,
    download: String,
}

#[derive(Debug)]
struct Row {
    at: String,
    who: String,
    what: String,
    detail: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// A name; empty for everybody.
    #[serde(default)]
    who: String,
    /// Those before this entry.
    #[serde(default)]
    before: Option<i64>,
}

impl Wanted {
    fn who(&self) -> Option<&str> {
        (!self.who.is_empty()).then_some(self.who.as_str())
    }

    /// This page of the desk, for the same person.
    fn address(&self, page: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(who) = self.who() {
            query.append_pair("who", who);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let (who, before) = (wanted.who.clone(), wanted.before.unwrap_or(i64::MAX));
    let (mut entries, people) = room
        .ask(move |store, _| {
            store.read(|db| {
                let who = (!who.is_empty()).then_some(who.as_str());
                // One more than is shown, to know whether there are more.
                Ok((AuditEntry::before(db, before, who, PAGE + 1)?, AuditEntry::people(db)?))
            })
        })
        .await?;
    let has_older = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let last = entries.last().map(|entry| entry.id).filter(|_| has_older);
    let row = |entry: AuditEntry| Row {
        at: utc(entry.at),
        what: format!("{} {}", entry.action, entry.subject).trim_end().to_owned(),
        who: entry.who,
        detail: entry.detail,
    };
    let audit = AuditPage {
        frame: Frame::new(&room, &signed, "/desk/staff", "Who did what"),
        people,
        older: last.map_or_else(String::new, |id| wanted.address("/desk/audit", Some(id))),
        is_first: wanted.before.is_none(),
        newest: wanted.address("/desk/audit", None),
        download: wanted.address("/desk/audit.csv", None),
        rows: entries.into_iter().map(row).collect(),
        who: wanted.who,
    };
    Ok(page(StatusCode::OK, &audit))
}

/// The whole record, for a spreadsheet.
pub(super) async fn download(State(room): State<Room>, Query(wanted): Query<Wanted>) -> Result<Response, Failure> {
    let sheet = room
        .ask(move |store, _| {
            let entries = store.read(|db| AuditEntry::latest(db, wanted.who(), u32::MAX))?;
            sheet(&entries)
        })
        .await?;
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"record.csv\"")];
    Ok((headers, sheet).into_response())
}

fn sheet(entries: &[AuditEntry]) -> Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(["at", "who", "action", "subject", "detail"])?;
    for AuditEntry { at, who, action, subject, detail, .. } in entries {
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let cells = [who, action, subject, detail].map(|cell| guarded(cell).into_owned());
        sheet.write_record(std::iter::once(at).chain(cells))?;
    }
    Ok(sheet.into_inner()?)
}
