use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] = &[&["cid", "status"], &["hashemail"], &["optincountry"], &["cid", "optinip"]];

const STATUS: &[&str] = &["status", "subscriptionstatus"];
/// As its database numbers them; the export of today writes them out.
const NUMBERS: &[(Word, &[&str])] = &[
    (Word::Subscribed, &["1"]),
    (Word::Unsubscribed, &["2"]),
    (Word::Cleaned("bounced for good"), &["3"]),
    (Word::Complained, &["4"]),
];

pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let word = if cells.has(STATUS) { meaning(cells.get(STATUS), NUMBERS)? } else { Word::Subscribed };
    let since = cells.when(&["created", "createdat", "subscribed"]);
    Ok(Told {
        name: cells.name(
            &["name", "fullname", "mergename"],
            &["firstname", "mergefirstname"],
            &["lastname", "mergelastname"],
        ),
        language: cells.get(&["language", "mergelanguage", "locale"]).to_owned(),
        zone: cells.get(&["tz", "timezone", "mergetimezone"]).to_owned(),
        standing: standing(
            word,
            Source::Mailtrain.name(),
            cells.when(&["unsubscribed", "unsubscribedat", "statuschange", "statuschanged", "updated"]),
            String::new(),
        )?,
        since,
        evidence: Evidence {
            wording: Source::Mailtrain.wording(),
            page: cells.get(&["source"]).to_owned(),
            asked_at: cells.when(&["optintime", "optinat"]).or(since),
            asked_from: cells.ip(&["optinip"]),
            confirmed_at: cells.when(&["confirmed", "confirmedat"]),
            confirmed_from: cells.ip(&["confirmip"]),
        },
        lists: cells.lists(&["tags", "groups", "list", "lists"]),
        source: None,
        kept: None,
    })
}
