use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, standing};
use super::{Source, Told};
use crate::store::Evidence;

pub const MARKS: &[&[&str]] = &[&["subscribedtoemails"], &["complimentaryplan"], &["stripecustomerid", "labels"]];

pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let deleted_at = cells.when(&["deletedat"]);
    let gets_emails = cells.truth(&["subscribedtoemails", "subscribed"]);
    let word = match gets_emails {
        _ if deleted_at.is_some() => Word::Unsubscribed,
        Some(true) => Word::Subscribed,
        Some(false) => Word::Unsubscribed,
        None if cells.has(&["subscribedtoemails", "subscribed"]) => Word::Pending,
        None => Word::Subscribed,
    };
    let since = cells.when(&["createdat"]);
    Ok(Told {
        name: cells.name(&["name"], &["firstname"], &["lastname"]),
        language: cells.get(&["language", "locale"]).to_owned(),
        zone: cells.get(&["timezone"]).to_owned(),
        standing: standing(word, Source::Ghost.name(), deleted_at, String::new())?,
        since,
        evidence: Evidence {
            wording: Source::Ghost.wording(),
            page: cells.get(&["attributionurl", "referrersource", "source"]).to_owned(),
            asked_at: since,
            ..Evidence::default()
        },
        lists: cells.lists(&["labels", "tiers", "products", "newsletters"]),
        source: None,
        kept: None,
    })
}
