use anyhow::Result;
use axum::Json;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::publishing::{Press, SelectedStory};
use crate::store::{self, DeliveryCounts, StoryId};

/// A page of editions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"editions": [{
    "edition": "weekly-brief/12", "state": "sent", "recipients": 200, "accepted": 200, "failed": 0, "skipped": 0,
    "unknown": 0, "queued": 0, "deferred": 0, "sending": 0, "seconds": 1.0, "subject": "The hall opens", "reason": "",
    "slot_at": "2026-11-27T08:00:00Z", "send_at": null, "created_at": "2026-11-26T08:00:00Z",
    "approved_at": "2026-11-27T08:00:00Z", "started_at": "2026-11-27T08:00:00Z",
    "finished_at": "2026-11-27T08:00:01Z", "resume_at": null
}], "next": null}))]
pub(in crate::api) struct Editions {
    pub editions: Vec<Account>,
    /// The cursor of the next page; null on the last.
    pub next: Option<i64>,
}

/// Where an edition stands, and what became of its deliveries: the numbers add up to `recipients`, always.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "edition": "weekly-brief/12", "state": "approved", "recipients": 0, "accepted": 0, "failed": 0, "skipped": 0,
    "unknown": 0, "queued": 0, "deferred": 0, "sending": 0, "seconds": 0.0, "subject": "The hall opens", "reason": "",
    "slot_at": "2026-11-27T08:00:00Z", "send_at": null, "created_at": "2026-11-26T08:00:00Z",
    "approved_at": "2026-11-26T09:00:00Z", "started_at": null, "finished_at": null, "resume_at": null
}))]
pub(in crate::api) struct Account {
    /// Newsletter and number.
    edition: String,
    /// draft, approved, sending, sent, paused, cancelled or skipped.
    state: String,
    #[serde(flatten)]
    counts: Counts,
    /// From when its recipients began to be frozen to its end, or to now.
    seconds: f64,
    subject: String,
    /// Why it is paused, cancelled or skipped.
    reason: String,
    slot_at: Option<DateTime<Utc>>,
    send_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    approved_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    resume_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Counts {
    recipients: u64,
    accepted: u64,
    failed: u64,
    skipped: u64,
    unknown: u64,
    queued: u64,
    deferred: u64,
    sending: u64,
}

impl Account {
    pub fn of(edition: &store::Edition, counts: &DeliveryCounts, now: DateTime<Utc>) -> Self {
        let until = edition.finished_at.unwrap_or(now);
        Self {
            edition: edition.name.to_string(),
            state: edition.state.to_string(),
            counts: Counts {
                recipients: counts.recipients,
                accepted: counts.accepted,
                failed: counts.failed,
                skipped: counts.skipped,
                unknown: counts.unknown,
                queued: counts.queued,
                deferred: counts.deferred,
                sending: counts.sending,
            },
            seconds: edition.started_at.map_or(0.0, |start| (until - start).as_seconds_f64().max(0.0)),
            subject: edition.subject.clone(),
            reason: edition.reason.clone(),
            slot_at: edition.slot_at,
            send_at: edition.send_at,
            created_at: edition.created_at,
            approved_at: edition.approved_at,
            started_at: edition.started_at,
            finished_at: edition.finished_at,
            resume_at: edition.resume_at,
        }
    }
}

/// An edition with its account, its words and its stories.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "edition": "weekly-brief/12", "state": "draft", "recipients": 0, "accepted": 0, "failed": 0, "skipped": 0,
    "unknown": 0, "queued": 0, "deferred": 0, "sending": 0, "seconds": 0.0, "subject": "", "reason": "",
    "slot_at": "2026-11-27T08:00:00Z", "send_at": null, "created_at": "2026-11-26T08:00:00Z", "approved_at": null,
    "started_at": null, "finished_at": null, "resume_at": null, "preheader": "", "intro": null,
    "stories": [{
        "id": 7, "platform": "harmattan", "headline": "The hall opens", "url": "https://example.org/the-hall-opens",
        "score": 0.8, "reasons": ["Published yesterday."], "also_on": [], "pinned": false, "overridden": [],
        "section": ""
    }]
}))]
pub(in crate::api) struct Edition {
    #[serde(flatten)]
    account: Account,
    preheader: String,
    /// Null where the newsletter's own stands.
    intro: Option<String>,
    /// The lead first; then those of the sections, in their order.
    stories: Vec<EditionStory>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct EditionStory {
    #[schema(value_type = i64)]
    id: StoryId,
    platform: String,
    headline: String,
    url: String,
    score: f64,
    reasons: Vec<String>,
    also_on: Vec<String>,
    pinned: bool,
    overridden: Vec<String>,
    /// The title of the part of the brief it stands in; empty for the brief itself.
    section: String,
}

impl EditionStory {
    fn of(picked: SelectedStory) -> Self {
        let story = picked.story;
        Self {
            id: story.id,
            platform: story.platform,
            headline: story.headline,
            url: story.url,
            score: picked.score,
            reasons: picked.reasons,
            also_on: picked.also_on,
            pinned: picked.is_pinned,
            overridden: picked.overridden.into_iter().map(ToOwned::to_owned).collect(),
            section: picked.section,
        }
    }
}

/// What of an edition can be changed, as it stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub tag: String,
    /// The stories of the brief itself, in their order.
    pub order: Vec<StoryId>,
    picks: Vec<SelectedStory>,
}

impl Standing {
    pub fn of(press: &Press, edition: &store::Edition) -> Result<Self> {
        let picks = press.drafted(edition)?.picks;
        let mut digest = Sha256::new();
        // Each behind its length, so that no two are told by the same bytes.
        let mut take = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        };
        take(&edition.name.to_string());
        take(edition.state.as_str());
        take(&edition.subject);
        take(&edition.preheader);
        take(edition.intro.as_deref().unwrap_or_default());
        for picked in &picks {
            take(&picked.story.id.0.to_string());
            take(&picked.story.headline);
            take(if picked.is_pinned { "pinned" } else { "" });
            take(&picked.section);
        }
        let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&digest.finalize()[..15]));
        let of_brief = picks.iter().filter(|picked| picked.section.is_empty());
        let order = of_brief.map(|picked| picked.story.id).collect();
        Ok(Self { tag, order, picks })
    }
}

/// The answer that tells all of an edition, with its ETag.
pub(in crate::api) fn told(press: &Press, edition: &store::Edition) -> Result<Response> {
    let counts = press.store().read(|db| DeliveryCounts::load(db, edition.id))?;
    let Standing { tag, picks, .. } = Standing::of(press, edition)?;
    let told = Edition {
        account: Account::of(edition, &counts, press.now()),
        preheader: edition.preheader.clone(),
        intro: edition.intro.clone(),
        stories: picks.into_iter().map(EditionStory::of).collect(),
    };
    Ok(([(ETAG, tag)], Json(told)).into_response())
}
