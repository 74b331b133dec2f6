//! Every metric, with its name and what it means in a line.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::registry::Unit::{Bytes, Seconds};
use url::Url;

use super::machine::{open_files, resident_memory};
use super::page::Page;
use crate::delivery::{RelayFigures, RelayState, TryCounts};
use crate::publishing::{Labels, Late, Press};
use crate::store::{Feed, Overview};

/// What the store says, in one view of it.
struct Stored {
    overview: Overview,
    late: Vec<Late>,
    feeds: Vec<Feed>,
}

/// Everything there is to tell, as text.
pub(super) fn exposition(press: &Press) -> Result<String> {
    let stored = press.store().read(|db| {
        let feeds = press.polled_feeds(db)?;
        Ok(Stored { overview: Overview::load(db, press.now())?, late: press.late(db)?, feeds })
    })?;
    let mut page = Page::default();
    process(&mut page);
    queue(&mut page, press, &stored);
    sending(&mut page, press);
    feedback(&mut page, &stored.overview);
    feeds(&mut page, press, &stored.feeds);
    waiting(&mut page, press, &stored.overview);
    store(&mut page, press);
    page.text()
}

fn process(page: &mut Page) {
    page.info("griot_build", "The griot that answers", vec![("version", env!("CARGO_PKG_VERSION").to_owned())]);
    if let Some(bytes) = resident_memory() {
        page.gauge("process_resident_memory", "Memory that the process has", Some(Bytes), bytes as f64);
    }
    if let Some(files) = open_files() {
        page.gauge("process_open_fds", "Files and connections that the process has open", None, files as f64);
    }
}

fn queue(page: &mut Page, press: &Press, stored: &Stored) {
    let now = press.now();
    let Overview { editions, queue, oldest_due, .. } = &stored.overview;
    let by_state = |((newsletter, state), many): (&(String, String), &u64)| {
        (vec![("newsletter", newsletter.clone()), ("state", state.clone())], *many as f64)
    };
    page.gauges("griot_editions", "Editions by state", None, editions.iter().map(by_state));
    let help = "Deliveries of editions that are sent or paused, by state";
    page.gauges("griot_queue_deliveries", help, None, queue.iter().map(by_state));
    let newsletters = || press.config().newsletters.iter().map(|newsletter| newsletter.id.as_str());
    let age = |id: &str| seconds(oldest_due.get(id).map_or(TimeDelta::zero(), |due| now - *due));
    let help = "Since the oldest delivery fell due that has not gone; 0 where none waits";
    page.gauges("griot_queue_age", help, Some(Seconds), newsletters().map(|id| (newsletter(id), age(id))));
    let late =
        |id: &str| stored.late.iter().find(|late| late.newsletter == id).map_or(TimeDelta::zero(), |one| one.by(now));
    let help = "Since an edition should have begun to go out; 0 where none is late";
    page.gauges("griot_schedule_lag", help, Some(Seconds), newsletters().map(|id| (newsletter(id), seconds(late(id)))));
}

fn newsletter(id: &str) -> Labels {
    vec![("newsletter", id.to_owned())]
}

fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds().max(0) as f64 / 1000.0
}

/// Nothing of it in a process that sends nothing.
fn sending(page: &mut Page, press: &Press) {
    let Some(meter) = press.vitals().meter() else { return };
    let by_outcome = |label: &'static str, name: &str, counts: TryCounts| {
        let TryCounts { accepted, deferred, failed, unknown } = counts;
        let counts = [("accepted", accepted), ("deferred", deferred), ("failed", failed), ("unknown", unknown)];
        let labels = |outcome: &str| vec![(label, name.to_owned()), ("outcome", outcome.to_owned())];
        counts.map(|(outcome, many)| (labels(outcome), many as f64))
    };
    let tries = meter.tries();
    let tries = tries.iter().flat_map(|(domain, counts)| by_outcome("domain", domain, *counts));
    page.counters("griot_attempts", "Tries to deliver, by the recipient's domain and outcome", None, tries);
    let figures = meter.figures();
    page.gauge("griot_claimed_deliveries", "Deliveries that wait for a connection", None, figures.waiting as f64);
    page.gauge("griot_inflight_deliveries", "Deliveries a connection has", None, figures.on_their_way as f64);
    let relays = &figures.relays;
    let of_relay = |relay: &RelayFigures| {
        let RelayFigures { accepted, deferred, failed, unknown, .. } = *relay;
        by_outcome("relay", relay.id.as_str(), TryCounts { accepted, deferred, failed, unknown })
    };
    page.counters("griot_relay_messages", "Messages by relay and outcome", None, relays.iter().flat_map(of_relay));
    let states = relays.iter().flat_map(|relay| {
        RelayState::ALL.map(|state| {
            let labels = vec![("relay", relay.id.to_string()), ("state", state.as_str().to_owned())];
            (labels, f64::from(relay.state == state))
        })
    });
    page.gauges("griot_relay_state", "1 for the state a relay is in", None, states);
    let mut count = |name: &str, help: &str, unit, of: fn(&RelayFigures) -> u64| {
        let of_relay = |relay: &RelayFigures| (vec![("relay", relay.id.to_string())], of(relay) as f64);
        page.counters(name, help, unit, relays.iter().map(of_relay));
    };
    count("griot_relay_connections", "Connections that were made", None, |relay| relay.connections);
    count("griot_relay_lost_connections", "Connections that failed or were lost", None, |relay| relay.lost);
    count("griot_relay_throttled", "How often a relay asked for less", None, |relay| relay.throttled);
    count("griot_relay_sent", "Bytes of messages that came to an outcome", Some(Bytes), |relay| relay.octets);
}

fn feedback(page: &mut Page, overview: &Overview) {
    let labelled = |label: &'static str| {
        move |((newsletter, word), many): (&(String, String), &u64)| {
            (vec![("newsletter", newsletter.clone()), (label, word.clone())], *many as f64)
        }
    };
    let help = "Readers something came back about, once for each edition and class";
    page.counters("griot_feedback_readers", help, None, overview.feedback.iter().map(labelled("class")));
    let help = "Subscriptions that were confirmed and that ended";
    page.counters("griot_subscription_changes", help, None, overview.turns.iter().map(labelled("change")));
    page.gauge("griot_reviews", "Mails that came back and wait for a look", None, overview.reviews as f64);
}

fn feeds(page: &mut Page, press: &Press, feeds: &[Feed]) {
    let now = press.now();
    let labelled = |feed: &Feed| -> Labels {
        // Two that differ in what is left out are two all the same.
        let shown = shown(&feed.url);
        let is_alone = feeds.iter().filter(|other| self::shown(&other.url) == shown).count() == 1;
        let shown = if is_alone { shown } else { format!("{shown}#{}", feed.id.0) };
        vec![("feed", shown), ("kind", feed.kind.as_str().to_owned()), ("platform", feed.platform.clone())]
    };
    let of_feeds = |of: &dyn Fn(&Feed) -> Option<f64>| -> Vec<(Labels, f64)> {
        feeds.iter().filter_map(|feed| Some((labelled(feed), of(feed)?))).collect()
    };
    let age = |feed: &Feed| last_good(feed).map(|at| seconds(now - at));
    let help = "Since a feed or calendar was last read, or found unchanged";
    page.gauges("griot_feed_age", help, Some(Seconds), of_feeds(&age));
    let failures = |feed: &Feed| Some(f64::from(feed.failures));
    page.gauges("griot_feed_failures", "Polls that failed in a row", None, of_feeds(&failures));
    let gone = |feed: &Feed| Some(f64::from(u8::from(feed.disabled_at.is_some())));
    page.gauges("griot_feed_gone", "1 for a feed that answered 410 and is not asked again", None, of_feeds(&gone));
    page.register("griot_polls", "Polls by outcome", None, press.vitals().polls.clone());
}

/// `None` where it never was read.
fn last_good(feed: &Feed) -> Option<DateTime<Utc>> {
    match feed.failing_since {
        None => feed.polled_at,
        // That it was found unchanged after it was read leaves no trace once it fails; its first failure is later.
        Some(_) => feed.read_at,
    }
}

/// Without what may be a secret: a user, a password, a query.
fn shown(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return String::new() };
    url.set_query(None);
    url.set_fragment(None);
    // They fail for addresses that can have neither.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}

fn waiting(page: &mut Page, press: &Press, overview: &Overview) {
    let (vitals, now) = (press.vitals(), press.now());
    let mut wait = |name: &str, what: &str, mail: &crate::store::WaitingMail| {
        page.gauge(&format!("griot_{name}_waiting"), &format!("{what} that wait to go out"), None, mail.waiting as f64);
        let age = mail.oldest_at.map_or(TimeDelta::zero(), |at| now - at);
        let help = format!("Since the oldest was queued of the {} that wait", what.to_lowercase());
        page.gauge(&format!("griot_{name}_age"), &help, Some(Seconds), seconds(age));
    };
    wait("letters", "Letters to readers", &overview.letters);
    wait("webhook_calls", "Webhook calls", &overview.webhook_calls);
    page.register("griot_letters_sent", "Letters to readers that a relay took", None, vitals.letters.clone());
    page.register("griot_sign_ups", "Forms that began a subscription", None, vitals.sign_ups.clone());
    let (readers, scanners) = vitals.clicks();
    let by = |who: &str, many: u64| (vec![("by", who.to_owned())], many as f64);
    let help = "Links followed, by readers and by machines that look at every link";
    page.counters("griot_clicks", help, None, [by("reader", readers), by("scanner", scanners)]);
    let alerts = overview.alerts.iter().map(|(kind, many)| (vec![("kind", kind.clone())], *many as f64));
    page.gauges("griot_alerts", "Alerts that are raised", None, alerts);
    page.register("griot_http_requests", "Requests by route and status", None, vitals.requests.clone());
}

fn store(page: &mut Page, press: &Press) {
    let (store, timings) = (press.store(), press.store().timings());
    let help = "From asking for the store's writer to having it";
    page.histogram("griot_store_write_wait", help, Seconds, &timings.write_wait);
    page.histogram("griot_store_write", "From having the writer to the end of the commit", Seconds, &timings.write);
    page.histogram("griot_store_read", "How long reads of the store take", Seconds, &timings.read);
    let (file, wal) = store.sizes();
    page.gauge("griot_store_size", "Size of the store's file", Some(Bytes), file as f64);
    page.gauge("griot_store_wal_size", "Size of the store's write-ahead log", Some(Bytes), wal as f64);
    let help = "How often this process asked the database of a server and waited for its answer";
    page.counter("griot_store_round_trips", help, None, store.round_trips());
    if let Some(disk) = store.disk() {
        page.gauge("griot_disk_free", "Free space of the disk the store is on", Some(Bytes), disk.free as f64);
        page.gauge("griot_disk_size", "Size of the disk the store is on", Some(Bytes), disk.size as f64);
    }
    let draining = f64::from(u8::from(press.vitals().is_draining()));
    page.gauge("griot_draining", "1 while the process finishes what is in flight", None, draining);
}
