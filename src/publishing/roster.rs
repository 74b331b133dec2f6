//! Subscribers one after the other, however many they are; and as a file.

use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::config::Timezone;
use crate::sheet::{guarded, plain_error, writer};
use crate::store::{Store, Subscriber, SubscriberFilter, SubscriberId, Subscription, SubscriptionState};

/// Rows read at once.
const PAGE: usize = 1_000;

/// New ones come at the end: people's scripts count columns.
const HEADER: [&str; 10] = [
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
    mut after: SubscriberId,
    mut visit: impl FnMut(&Subscriber, &[Subscription]) -> Result<bool>,
) -> Result<bool> {
    loop {
        let page = SubscriberFilter { newsletter: filter.newsletter, state: filter.state, after, limit: PAGE };
        let page = store.read(|db| Subscriber::list(db, &page))?;
        let Some((last, _)) = page.last() else { return Ok(false) };
        after = last.id;
        for (subscriber, subscriptions) in &page {
            if !visit(subscriber, subscriptions)? {
                return Ok(true);
            }
        }
    }
}

/// Writes them as CSV, a line a subscription, as `griot subscribers import` reads them. Answers how many lines there are
/// besides the header.
pub fn write_roster(store: &Store, filter: &RosterFilter<'_>, to: impl Write) -> Result<usize> {
    let mut csv = writer(to);
    csv.write_record(HEADER).map_err(plain_error)?;
    let mut exported = 0;
    each_subscriber(store, filter, SubscriberId(0), |subscriber, subscriptions| {
        let is_wanted = |newsletter: &str, state| {
            filter.newsletter.is_none_or(|wanted| wanted == newsletter)
                && filter.state.is_none_or(|wanted| wanted == state)
        };
        for tie in subscriptions.iter().filter(|tie| is_wanted(&tie.newsletter, tie.state)) {
            csv.write_record([
                &*guarded(subscriber.email.as_str()),
                &guarded(&subscriber.name),
                &tie.newsletter,
                tie.state.as_str(),
                &guarded(&tie.source),
                &time(Some(tie.created_at)),
                &time(tie.confirmed_at),
                &time(tie.ended_at),
                &tie.ended_by,
                subscriber.timezone.map_or("", Timezone::name),
            ])
            .map_err(plain_error)?;
            exported += 1;
        }
        Ok(true)
    })?;
    csv.flush()?;
    Ok(exported)
}

fn time(time: Option<DateTime<Utc>>) -> String {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}
