//! Subscribers one after the other, however many they are; and as a file.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::config::Timezone;
use crate::sheet::{guarded, plain_error, writer};
use crate::store::{Consent, Db, Store, Subscriber, SubscriberFilter, SubscriberId, Subscription, SubscriptionState};

/// Rows read at once.
const PAGE: usize = 1_000;

/// New ones come at the end: people's scripts count columns.
const HEADER: [&str; 22] = [
    "email",
    "name",
    "newsletter",
    "state",
    "source",
    "created_at",
    "confirmed_at",
    "ended_at",
    "ended_by",
    "timezone",
    "language",
    "ended_reason",
    "known_since",
    "paused_until",
    "without",
    "opens_agreed_at",
    "consent_wording",
    "consent_page",
    "asked_at",
    "asked_from",
    "consent_confirmed_at",
    "confirmed_from",
];

/// Which subscribers a walk is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct RosterFilter<'a> {
    pub newsletter: Option<&'a str>,
    pub state: Option<SubscriptionState>,
}

/// Walks over subscribers a page at a time, so that the memory does not grow with them and the writer never waits.
///
/// `visit` ends the walk with `false`; then the answer is `true`.
pub fn each_subscriber(
    store: &Store,
    filter: &RosterFilter<'_>,
    after: SubscriberId,
    mut visit: impl FnMut(&Subscriber, &[Subscription]) -> Result<bool>,
) -> Result<bool> {
    let each = |page: Page, (): ()| {
        for (subscriber, subscriptions) in &page {
            if !visit(subscriber, subscriptions)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    each_page(store, filter, after, |_, _| Ok(()), each)
}

type Page = Vec<(Subscriber, Vec<Subscription>)>;

/// The same by pages, with what else is to be read of one.
fn each_page<T>(
    store: &Store,
    filter: &RosterFilter<'_>,
    mut after: SubscriberId,
    more: impl Fn(&Db, &Page) -> Result<T>,
    mut visit: impl FnMut(Page, T) -> Result<bool>,
) -> Result<bool> {
    loop {
        let page = SubscriberFilter { newsletter: filter.newsletter, state: filter.state, after, limit: PAGE };
        let (page, told) = store.read(|db| {
            let page = Subscriber::list(db, &page)?;
            let told = more(db, &page)?;
            Ok((page, told))
        })?;
        let Some((last, _)) = page.last() else { return Ok(false) };
        after = last.id;
        if !visit(page, told)? {
            return Ok(true);
        }
    }
}

/// Writes them as CSV, a line a subscription, as `griot subscribers import` reads them. Answers how many lines there are
/// besides the header.
pub fn write_roster(store: &Store, filter: &RosterFilter<'_>, to: impl Write) -> Result<usize> {
    let mut csv = writer(to);
    csv.write_record(HEADER).map_err(plain_error)?;
    let mut exported = 0;
    let is_wanted = |tie: &&Subscription| {
        filter.newsletter.is_none_or(|wanted| wanted == tie.newsletter)
            && filter.state.is_none_or(|wanted| wanted == tie.state)
    };
    each_page(store, filter, SubscriberId(0), consents_of, |page, consents| {
        for (subscriber, ties) in &page {
            let agreed = consents.get(&subscriber.id).map_or(&[][..], Vec::as_slice);
            let mut ties: Vec<&Subscription> = ties.iter().filter(is_wanted).collect();
            // By what is the same wherever it is imported.
            ties.sort_by_key(|tie| &tie.newsletter);
            for tie in ties {
                // The last word on it.
                let consent = agreed.iter().rev().find(|consent| consent.newsletters.contains(&tie.newsletter));
                write_row(&mut csv, subscriber, tie, consent)?;
                exported += 1;
            }
        }
        Ok(true)
    })?;
    csv.flush()?;
    Ok(exported)
}

fn consents_of(db: &Db, page: &Page) -> Result<HashMap<SubscriberId, Vec<Consent>>> {
    match (page.first(), page.last()) {
        (Some((first, _)), Some((last, _))) => Consent::between(db, first.id, last.id),
        _ => Ok(HashMap::new()),
    }
}

fn write_row(
    csv: &mut csv::Writer<impl Write>,
    subscriber: &Subscriber,
    tie: &Subscription,
    consent: Option<&Consent>,
) -> Result<()> {
    // Each of them, whatever a program of today writes there: a later one may write what readers do.
    let cells = [
        subscriber.email.as_str(),
        &subscriber.name,
        &tie.newsletter,
        tie.state.as_str(),
        &tie.source,
        &time(Some(tie.created_at)),
        &time(tie.confirmed_at),
        &time(tie.ended_at),
        &tie.ended_by,
        subscriber.timezone.map_or("", Timezone::name),
        &subscriber.language,
        &tie.ended_reason,
        &time(Some(subscriber.created_at)),
        &time(tie.paused_until),
        &tie.without.join(","),
        &time(tie.opens_agreed_at),
        consent.map_or("", |consent| &consent.wording),
        consent.map_or("", |consent| &consent.page),
        &time(consent.map(|consent| consent.asked_at)),
        consent.map_or("", |consent| &consent.asked_from),
        &time(consent.and_then(|consent| consent.confirmed_at)),
        consent.map_or("", |consent| &consent.confirmed_from),
    ];
    for cell in cells {
        csv.write_field(&*guarded(cell)).map_err(plain_error)?;
    }
    csv.write_record(None::<&[u8]>).map_err(plain_error)
}

fn time(time: Option<DateTime<Utc>>) -> String {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}
