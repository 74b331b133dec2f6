use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{Choice, PART, Tie, address, newsletters, reader};
use crate::desk::failure::Failure;
use crate::desk::frame::{Done, Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::publishing::{Moment, ReaderStory, history};
use crate::saying::time::utc;
use crate::store::{Consent, PastDelivery, Subscriber, Subscription, SubscriptionState};

/// Editions whose delivery is told.
const EDITIONS: usize = 20;
/// Moments that are told, the latest.
const MOMENTS: usize = 150;

/// All that is known of one reader.
#[derive(Debug, Template)]
#[template(path = "desk/reader.html")]
struct Reader {
    frame: Frame,
    /// Why what was asked for was not done; may be empty.
    problem: String,
    address: String,
    facts: String,
    /// Why they are never mailed; may be empty.
    suppressed: String,
    ties: Vec<Bond>,
    /// The newsletters they could get.
    others: Vec<Choice>,
    consents: Vec<Agreed>,
    deliveries: Vec<PastDelivery>,
    moments: Vec<Moment>,
    is_cut: bool,
}

/// A subscription with what can be done about it.
#[derive(Debug)]
struct Bond {
    id: String,
    tie: Tie,
    history: String,
}

#[derive(Debug)]
struct Agreed {
    newsletters: String,
    asked: String,
    confirmed: String,
    page: String,
    version: i64,
    wording: String,
}

pub(in crate::desk) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "asked" => "They were asked to confirm, by a letter.",
        "added" => "They get it from now on.",
        "already" => "They got it already.",
        "ended" => "They no longer get it.",
        "confirmed" => "The subscription is confirmed.",
        "suppressed" => "They are never mailed from now on, whatever they subscribe to.",
        "unsuppressed" => "They may be mailed again.",
        _ => "",
    };
    let reader = reader(&room, &id).await?;
    story(&room, &signed, reader, notice, String::new()).await
}

/// The page of a reader; with a problem, that nothing was changed and why.
pub(super) async fn story(
    room: &Room,
    signed: &Signed,
    reader: Subscriber,
    notice: &'static str,
    problem: String,
) -> Result<Response, Failure> {
    let id = reader.id;
    let (story, consents, deliveries) = room
        .ask(move |store, _| {
            store.read(|db| {
                Ok((ReaderStory::of(db, reader)?, Consent::of(db, id)?, PastDelivery::latest(db, id, EDITIONS)?))
            })
        })
        .await?;
    let ReaderStory { subscriber, subscriptions, mut moments, suppressed } = story;
    let config = room.press().config();
    let gets = |newsletter: &str| {
        subscriptions.iter().any(|tie| tie.newsletter == newsletter && tie.state != SubscriptionState::Ended)
    };
    let mut others = newsletters(config, "");
    others.retain(|(id, ..)| !gets(id));
    let mut facts = vec![format!("known since {}", utc(subscriber.created_at))];
    if !subscriber.name.is_empty() {
        facts.insert(0, subscriber.name.clone());
    }
    facts.extend(subscriber.timezone.map(|zone| zone.to_string()));
    let is_cut = moments.len() > MOMENTS;
    moments.reverse();
    moments.truncate(MOMENTS);
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let bond =
        |tie: &Subscription| Bond { id: tie.newsletter.clone(), tie: Tie::of(config, tie), history: history(tie) };
    let page_of = Reader {
        frame: Frame::new(room, signed, PART, subscriber.email.as_str()).noting(notice),
        problem,
        address: address(id),
        facts: facts.join(" · "),
        suppressed: suppressed.unwrap_or_default(),
        ties: subscriptions.iter().map(bond).collect(),
        others,
        consents: consents.into_iter().map(Agreed::of).collect(),
        deliveries,
        moments,
        is_cut,
    };
    Ok(page(status, &page_of))
}

impl Agreed {
    fn of(consent: Consent) -> Self {
        let from = |address: String| if address.is_empty() { String::new() } else { format!(" from {address}") };
        Self {
            newsletters: consent.newsletters.join(", "),
            asked: format!("{}{}", utc(consent.asked_at), from(consent.asked_from)),
            confirmed: consent
                .confirmed_at
                .map_or_else(String::new, |at| format!("{}{}", utc(at), from(consent.confirmed_from))),
            page: consent.page,
            version: consent.version,
            wording: consent.wording,
        }
    }
}
