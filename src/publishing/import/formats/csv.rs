use super::super::cells::Cells;
use super::super::columns;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Setting, Source, Told};
use crate::store::Evidence;

const STATUS: &[&str] = &["status", "subscriptionstatus", "emailstatus", "subscribed", "state"];
const LEFT: &[&str] = &["unsubscribedat", "unsubtime", "unsubscribed", "endedat", "leftat", "optoutat"];
const CLEANED: &[&str] = &["cleanedat", "cleantime", "bouncedat"];
const SINCE: &[&str] =
    &["subscribedat", "createdat", "created", "signupdate", "subscriptiondate", "datesubscribed", "joinedat", "date"];

/// A list that no known program wrote. Where it says nothing of how a reader stands, the operator does.
pub fn told(cells: &Cells<'_>, setting: &Setting<'_>) -> Result<Told, Reason> {
    let vouched = if setting.is_confirmed { Word::Subscribed } else { Word::Pending };
    let word = if !cells.get(CLEANED).is_empty() {
        Word::Cleaned("bounced for good")
    } else if cells.when(LEFT).is_some() || cells.truth(&["unsubscribed", "optout", "optedout"]) == Some(true) {
        Word::Unsubscribed
    } else {
        match meaning(cells.get(STATUS), &[]) {
            Ok(Word::Subscribed) => vouched,
            Ok(Word::Pending) if cells.get(STATUS).is_empty() => vouched,
            // A state may be one of a federation.
            Err(_) if !cells.has(&STATUS[..4]) => vouched,
            other => other?,
        }
    };
    let since = cells.when(SINCE);
    let asked_at =
        cells.when(&["optintime", "optinat", "optindate", "consentat", "consentdate", "consenttime", "askedat"]);
    Ok(Told {
        name: cells.name(&columns::NAME, &columns::FIRST_NAME, &columns::LAST_NAME),
        language: cells.get(&["language", "lang", "locale", "preferredlanguage"]).to_owned(),
        zone: cells.get(&columns::TIMEZONE).to_owned(),
        standing: standing(word, "the file", cells.when(CLEANED).or_else(|| cells.when(LEFT)), String::new())?,
        since: since.or(asked_at),
        evidence: Evidence {
            wording: Source::Csv.wording(),
            page: cells.get(&["optinsource", "consentsource", "signupsource", "source", "form"]).to_owned(),
            asked_at,
            asked_from: cells.ip(&["optinip", "consentip", "signupip", "ipaddress", "ip"]),
            confirmed_at: cells.when(&["confirmtime", "confirmedat", "confirmationtime", "confirmdate"]),
            confirmed_from: cells.ip(&["confirmip", "confirmationip"]),
        },
        lists: cells.lists(&["tags", "lists", "list", "segments", "groups"]),
        source: None,
        kept: None,
    })
}
