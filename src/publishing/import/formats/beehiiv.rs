use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::store::Evidence;

/// Its columns are chosen when it is exported, so no few of them are sure to be there.
pub const MARKS: &[&[&str]] = &[
    &["subscriptiontier"],
    &["subscriptionpremiumtiernames"],
    &["beehiivid"],
    &["status", "utmsource"],
    &["status", "utmmedium"],
    &["status", "referringsite"],
    &["status", "acquisitionsource"],
    &["status", "referralcode"],
    &["status", "subscribedat"],
    &["status", "createdat"],
];

const STATUS: &[&str] = &["status", "subscriptionstatus"];
const SINCE: &[&str] = &["subscribedat", "createdat", "created", "subscribedon", "signupdate", "subscribedate"];
/// Needing attention is to wait for somebody's look at it, as validating is.
const WORDS: &[(Word, &[&str])] = &[(Word::Pending, &["needsattention", "validating", "review"])];

pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let word = if cells.has(STATUS) { meaning(cells.get(STATUS), WORDS)? } else { Word::Subscribed };
    let since = cells.when(SINCE);
    let at = cells.when(&["unsubscribedat", "unsubscribedon", "unsubscribedate", "inactiveat"]);
    Ok(Told {
        name: cells.name(&["name", "fullname"], &["firstname"], &["lastname"]),
        language: cells.get(&["language", "locale", "lang"]).to_owned(),
        zone: cells.get(&["timezone", "tz"]).to_owned(),
        standing: standing(word, Source::Beehiiv.name(), at, cells.get(&["unsubscribereason"]).to_owned())?,
        since,
        evidence: Evidence {
            wording: Source::Beehiiv.wording(),
            page: cells.get(&["acquisitionsource", "referringsite", "utmsource", "source"]).to_owned(),
            asked_at: since,
            asked_from: cells.ip(&["ip", "ipaddress", "optinip"]),
            confirmed_at: cells.when(&["confirmedat", "doubleoptinat"]),
            confirmed_from: cells.ip(&["confirmip"]),
        },
        lists: cells.lists(&["tags", "subscriptiontier", "subscriptionpremiumtiernames", "premiumtiers", "tier"]),
        source: None,
        kept: None,
    })
}
