use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] =
    &[&["uuid", "attributes"], &["attributes", "status"], &["uuid", "status", "updatedat"], &["attribs"]];

const STATUS: &[&str] = &["status", "subscriptionstatus"];

/// A subscriber there is `enabled`, `disabled` or `blocklisted`. When one came to be so, only the last change of the row
/// tells.
pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let fields = cells.fields(&["attributes", "attribs"]);
    let word = if cells.has(STATUS) { meaning(cells.get(STATUS), &[])? } else { Word::Subscribed };
    let since = cells.when(&["createdat"]);
    let mut lists = cells.lists(&["lists", "tags"]);
    lists.extend(fields.lists(&["lists", "tags", "segments"]));
    let or = |cell: &str, field: String| if cell.is_empty() { field } else { cell.to_owned() };
    Ok(Told {
        name: cells.name(&["name"], &["firstname"], &["lastname"]),
        language: or(cells.get(&["language", "lang"]), fields.get(&["language", "lang", "locale"])),
        zone: or(cells.get(&["timezone"]), fields.get(&["timezone", "tz"])),
        standing: standing(word, Source::Listmonk.name(), cells.when(&["updatedat"]), String::new())?,
        since,
        evidence: Evidence {
            wording: Source::Listmonk.wording(),
            page: fields.get(&["source", "optinsource", "form", "signupsource"]),
            asked_at: fields.when(&["optintime", "optinat", "consentat"]).or(since),
            asked_from: fields.ip(&["optinip", "signupip", "ip"]),
            confirmed_at: fields.when(&["confirmtime", "confirmedat", "confirmat"]),
            confirmed_from: fields.ip(&["confirmip", "confirmedip"]),
        },
        lists,
        source: None,
        kept: None,
    })
}
