use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] = &[
    &["subscribertype"],
    &["secondaryid"],
    &["unsubscriptiondate"],
    &["creationdate", "type"],
    &["creationdate", "source"],
    &["referrerurl", "metadata"],
    &["notes", "metadata", "tags"],
];

const TYPE: &[&str] = &["subscribertype", "type", "status"];
/// Most types tell who pays; all of those get the mails.
const TYPES: &[(Word, &[&str])] = &[
    (
        Word::Subscribed,
        &[
            "regular", "premium", "trial", "trialed", "unpaid", "gift", "gifted", "churning", "churned", "paused",
            "pastdue", "comped", "upcoming",
        ],
    ),
    (Word::Cleaned("found to be spam"), &["spammy"]),
];

pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let fields = cells.fields(&["metadata"]);
    let left_at = cells.when(&["unsubscriptiondate", "unsubscribedat"]);
    let dead_at = cells.when(&["undeliverabilitydate"]);
    let word = match cells.get(TYPE) {
        "" if left_at.is_some() => Word::Unsubscribed,
        "" if !cells.has(TYPE) => Word::Subscribed,
        word => meaning(word, TYPES)?,
    };
    let since = cells.when(&["creationdate", "date", "created", "createdat", "subscriptiondate"]);
    let or = |cell: &str, field: String| if cell.is_empty() { field } else { cell.to_owned() };
    let at = if matches!(word, Word::Unsubscribed) { left_at } else { dead_at.or(left_at) };
    Ok(Told {
        name: or(&cells.name(&["name", "fullname"], &["firstname"], &["lastname"]), {
            let whole = fields.get(&["name", "fullname"]);
            let parts = format!("{} {}", fields.get(&["firstname"]), fields.get(&["lastname"]));
            crate::sheet::folded(if whole.is_empty() { &parts } else { &whole })
        }),
        language: or(cells.get(&["language", "locale"]), fields.get(&["language", "lang", "locale"])),
        zone: or(cells.get(&["timezone"]), fields.get(&["timezone", "tz"])),
        standing: standing(word, Source::Buttondown.name(), at, cells.get(&["unsubscriptionreason"]).to_owned())?,
        since,
        evidence: Evidence {
            wording: Source::Buttondown.wording(),
            page: cells.get(&["source", "referrerurl", "utmsource"]).to_owned(),
            asked_at: since,
            asked_from: cells.ip(&["ipaddress", "ip"]),
            confirmed_at: cells.when(&["confirmationdate", "confirmedat", "activationdate"]),
            confirmed_from: cells.ip(&["confirmationip"]),
        },
        lists: cells.lists(&["tags"]),
        source: None,
        kept: None,
    })
}
