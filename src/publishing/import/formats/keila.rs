use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] =
    &[&["externalid", "data"], &["externalid", "status"], &["firstname", "lastname", "status", "data"]];

const STATUS: &[&str] = &["status"];

/// A contact is `active`, `unsubscribed` or `unreachable`; whatever else is known of them is JSON in one column.
pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let fields = cells.fields(&["data"]);
    let word = if cells.has(STATUS) { meaning(cells.get(STATUS), &[])? } else { Word::Subscribed };
    let at = cells.when(&["unsubscribedat", "updatedat"]).or_else(|| fields.when(&["unsubscribedat"]));
    let since = cells
        .when(&["insertedat", "createdat", "subscribedat"])
        .or_else(|| fields.when(&["createdat", "subscribedat", "insertedat"]));
    let or = |cell: &str, field: String| if cell.is_empty() { field } else { cell.to_owned() };
    let mut lists = cells.lists(&["tags", "segments"]);
    lists.extend(fields.lists(&["tags"]));
    lists.extend(fields.lists(&["segments"]));
    lists.extend(fields.lists(&["lists"]));
    Ok(Told {
        name: cells.name(&["name"], &["firstname"], &["lastname"]),
        language: or(cells.get(&["language", "locale"]), fields.get(&["language", "lang", "locale"])),
        zone: or(cells.get(&["timezone"]), fields.get(&["timezone", "tz"])),
        standing: standing(word, Source::Keila.name(), at, String::new())?,
        since,
        evidence: Evidence {
            wording: Source::Keila.wording(),
            page: fields.get(&["source", "form", "optinsource"]),
            asked_at: fields.when(&["optintime", "optinat", "consentat"]).or(since),
            asked_from: fields.ip(&["optinip", "signupip", "ip"]),
            confirmed_at: cells
                .when(&["doubleoptinat", "confirmedat"])
                .or_else(|| fields.when(&["doubleoptinat", "confirmedat", "confirmtime"])),
            confirmed_from: fields.ip(&["confirmip", "confirmedip"]),
        },
        lists,
        source: None,
        kept: None,
    })
}
