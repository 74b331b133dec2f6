use super::super::cells::Cells;
use super::super::refused::Reason;
use super::Told;
use crate::sheet::folded;
use crate::store::{Evidence, Kept, Standing, SubscriptionState};

/// As `griot subscribers export` writes them; an older griot wrote fewer columns.
pub const MARKS: &[&[&str]] = &[&["email", "newsletter", "state", "source", "createdat"]];

/// A row is a subscription, and comes to be again what it was.
pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let word = cells.get(&["state"]);
    let state: SubscriptionState = word.parse().map_err(|_| Reason::Status(word.chars().take(40).collect()))?;
    let reason = cells.get(&["endedreason"]).to_owned();
    let standing = match state {
        SubscriptionState::Confirmed => Standing::Subscribed,
        SubscriptionState::Pending => Standing::Pending,
        SubscriptionState::Ended => Standing::Unsubscribed { at: cells.when(&["endedat"]), reason },
    };
    let source = cells.get(&["source"]);
    Ok(Told {
        name: cells.name(&["name"], &[], &[]),
        language: cells.get(&["language"]).to_owned(),
        zone: cells.get(&["timezone"]).to_owned(),
        standing,
        since: cells.when(&["createdat"]),
        evidence: Evidence {
            wording: cells.get(&["consentwording"]).to_owned().into(),
            page: cells.get(&["consentpage"]).to_owned(),
            asked_at: cells.when(&["askedat"]),
            asked_from: cells.ip(&["askedfrom"]),
            confirmed_at: cells.when(&["consentconfirmedat"]),
            confirmed_from: cells.ip(&["confirmedfrom"]),
        },
        lists: vec![folded(cells.get(&["newsletter"]))],
        source: Some(if source.is_empty() { "import" } else { source }.to_owned()),
        kept: Some(Box::new(Kept {
            known_since: cells.when(&["knownsince"]),
            confirmed_at: cells.when(&["confirmedat"]),
            ended_by: cells.get(&["endedby"]).to_owned(),
            paused_until: cells.when(&["pauseduntil"]),
            without: cells.get(&["without"]).to_owned(),
            opens_agreed_at: cells.when(&["opensagreedat"]),
        })),
    })
}
