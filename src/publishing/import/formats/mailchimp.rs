use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Setting, Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] = &[
    &["memberrating"],
    &["optintime", "confirmtime"],
    &["optintime", "leid"],
    &["leid", "euid"],
    &["unsubtime"],
    &["cleantime"],
];

const STATUS: &[&str] = &["emailmarketingstatus", "marketingstatus", "status", "subscriptionstatus"];
const LEFT: &[&str] = &["unsubtime"];
const CLEANED: &[&str] = &["cleantime"];

/// An audience is exported as a file for each standing. Which one it is say its columns (UNSUB_TIME, CLEAN_TIME), and where
/// they are the same, its name.
pub fn told(cells: &Cells<'_>, setting: &Setting<'_>) -> Result<Told, Reason> {
    let evidence = Evidence {
        wording: Source::Mailchimp.wording(),
        page: cells.get(&["optinsource", "signupsource", "source"]).to_owned(),
        asked_at: cells.when(&["optintime"]),
        asked_from: cells.ip(&["optinip"]),
        confirmed_at: cells.when(&["confirmtime"]),
        confirmed_from: cells.ip(&["confirmip"]),
    };
    let at = cells.when(CLEANED).or_else(|| cells.when(LEFT));
    let reason = match (cells.get(&["unsubreason"]), cells.get(&["unsubreasonother"])) {
        (reason, "") => reason.to_owned(),
        ("", other) => other.to_owned(),
        (reason, other) => format!("{reason}: {other}"),
    };
    Ok(Told {
        name: cells.name(
            &["name", "fullname"],
            &["firstname", "fname", "vorname", "prenom", "nombre"],
            &["lastname", "lname", "nachname", "nom", "apellido"],
        ),
        language: cells.get(&["language", "preferredlanguage", "lang"]).to_owned(),
        zone: cells.get(&["timezone"]).to_owned(),
        standing: standing(word(cells, setting)?, Source::Mailchimp.name(), at, reason)?,
        since: evidence.asked_at.or(evidence.confirmed_at),
        evidence,
        lists: cells.lists(&["tags", "segments", "groups", "interests"]),
        source: None,
        kept: None,
    })
}

fn word(cells: &Cells<'_>, setting: &Setting<'_>) -> Result<Word, Reason> {
    let cleaned = Word::Cleaned("bounced for good");
    if !cells.get(CLEANED).is_empty() {
        return Ok(cleaned);
    }
    if !cells.get(LEFT).is_empty() {
        // Where the reader told their provider that it is spam.
        let has_complained = cells.get(&["unsubreason"]).to_lowercase().contains("abuse");
        return Ok(if has_complained { Word::Complained } else { Word::Unsubscribed });
    }
    if !cells.get(STATUS).is_empty() {
        return meaning(cells.get(STATUS), &[]);
    }
    let file = setting.file.rsplit('/').next().unwrap_or_default();
    // A subscriber's row has LAST_CHANGED where the others have the time they left.
    let is_for = |columns: &[&str]| cells.has(columns) && !cells.has(&["lastchanged"]);
    Ok(
        if ["nonsubscribed", "non-subscribed", "non_subscribed", "transactional"].iter().any(|word| file.contains(word))
        {
            Word::Outside
        } else if file.contains("unsubscribed") || is_for(LEFT) {
            Word::Unsubscribed
        } else if file.starts_with("cleaned") || is_for(CLEANED) {
            cleaned
        } else {
            Word::Subscribed
        },
    )
}
