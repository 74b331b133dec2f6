use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use futures_util::future::join_all;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::schedule::keep_schedule;
use crate::delivery::{Engine, Stop};
use crate::publishing::{CONFIRM_DAYS, Looked, PassRound, Poll, PollOutcome, Polled, Press};
use crate::store::{
    AddressChange, Consent, Letter, Received, Review, SenderLock, Store, Subscription, Upload, WebhookCall,
};
use crate::webhooks::Teller;

/// How often the store is asked which feeds are due.
const POLL_ROUND: Duration = Duration::from_secs(10);
/// A new key is known within this time.
const KEYS_ROUND: Duration = Duration::from_secs(1);
/// Runs begin within this time of their minute.
const SCHEDULE_ROUND: Duration = Duration::from_secs(1);
const SEND_BACKOFF: Duration = Duration::from_secs(5);
/// An editor who could not be told is told again after this.
const TELL_ROUND: Duration = Duration::from_secs(30);
/// Letters that failed, or were queued on another node, are looked for this often.
const POST_ROUND: Duration = Duration::from_secs(15);
const POST_ROUND_AMONG_NODES: Duration = Duration::from_secs(1);
/// Webhooks are told within this time of what happened.
const TELL_WEBHOOKS_ROUND: Duration = Duration::from_secs(5);
/// A draft that was made or changed has its links looked at within this time.
const LINKS_ROUND: Duration = Duration::from_secs(20);
/// Waves of a permission pass, and what came of the last one, are looked at within this time.
const ASK_ROUND: Duration = Duration::from_secs(60);
const TIDY_ROUND: Duration = Duration::from_secs(3600);
const RECEIVED_DAYS: i64 = 90;
/// What webhooks were told, or could not be, is looked at for so long.
const CALL_DAYS: i64 = 30;

/// Waits for the next round, or until a stop is asked for.
pub(super) async fn rest(pause: Duration, stop: &mut Stop) {
    tokio::select! {
        () = sleep(pause) => {}
        () = stop.asked() => {}
    }
}

/// A round that failed is logged here, and the next one tries again.
pub(super) fn log_failure(round: &str, outcome: Result<()>) {
    if let Err(error) = outcome {
        error!(error = format!("{error:#}"), "{round} failed; trying again");
    }
}

pub(super) async fn poll(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        tokio::select! {
            polled = press.poll_feeds(Poll::Due) => {
                log_failure("polling the feeds", polled.map(|polled| polled.iter().for_each(say)));
            }
            // A poll that is cut short stores nothing and is due again.
            () = stop.asked() => {}
        }
        rest(POLL_ROUND, &mut stop).await;
    }
}

fn say(polled: &Polled) {
    let Polled { url, added, changed, removed, error, .. } = polled;
    match polled.outcome {
        PollOutcome::Fresh if added + changed + removed > 0 => info!(feed = url, added, changed, removed, "polled"),
        PollOutcome::Fresh | PollOutcome::NotModified => {}
        PollOutcome::Failed | PollOutcome::ToldToWait => {
            warn!(feed = url, error, next = ?polled.next_poll_at, "not polled")
        }
        PollOutcome::Disabled => warn!(feed = url, error, "disabled"),
    }
}

pub(super) async fn schedule(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("keeping the schedule", keep_schedule(&press).await);
        press.vitals().schedule_kept();
        rest(SCHEDULE_ROUND, &mut stop).await;
    }
}

/// A key that an operator makes is known before the first link made with it comes back.
pub(super) async fn know_keys(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("looking for new keys", press.blocking(Press::know_keys).await);
        rest(KEYS_ROUND, &mut stop).await;
    }
}

/// In a loop of its own: a relay that is slow must not hold up the schedule.
pub(super) async fn tell_editors(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("telling the editors", press.tell_editors().await);
        rest(TELL_ROUND, &mut stop).await;
    }
}

/// Letters to readers, as soon as somebody queues one: a reader waits for them.
pub(super) async fn post(press: Press, mut stop: Stop) {
    // This process hears of its own letters at once.
    let pause = if press.store().is_shared() { POST_ROUND_AMONG_NODES } else { POST_ROUND };
    while !stop.is_asked() {
        match press.send_letters().await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => error!(error = format!("{error:#}"), "sending letters failed; trying again"),
        }
        tokio::select! {
            () = press.post_is_woken() => {}
            () = rest(pause, &mut stop) => {}
        }
    }
}

/// Each webhook in a loop of its own: one that is slow holds up no other.
pub(super) async fn tell_webhooks(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        match press.blocking(Press::tellers).await {
            Ok(tellers) => {
                join_all(tellers.into_iter().map(|teller| tell_webhook(teller, stop.clone()))).await;
                return;
            }
            failed => log_failure("beginning to tell webhooks", failed.map(drop)),
        }
        rest(TELL_WEBHOOKS_ROUND, &mut stop).await;
    }
}

async fn tell_webhook(teller: Teller, mut stop: Stop) {
    while !stop.is_asked() {
        match teller.tell().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                error!(error = format!("{error:#}"), webhook = teller.id(), "telling a webhook failed; trying again");
            }
        }
        rest(TELL_WEBHOOKS_ROUND, &mut stop).await;
    }
}

/// Whether the links of drafts lead somewhere. In a loop of its own: a site may take its time.
pub(super) async fn look_at_links(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        tokio::select! {
            looked = press.look_at_new_links() => {
                log_failure("looking at links", looked.map(|all| {
                    for (edition, Looked { links, dead }) in all {
                        info!(%edition, links, dead, "links looked at");
                    }
                }));
            }
            // What was not asked for yet is due again.
            () = stop.asked() => {}
        }
        rest(LINKS_ROUND, &mut stop).await;
    }
}

/// Asks old lists whether they still want their newsletter.
pub(super) async fn ask(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure(
            "asking an old list",
            press.blocking(Press::keep_passes).await.map(|rounds| {
                for PassRound { newsletter, asked, reminded, unanswered, stopped } in rounds {
                    match stopped {
                        Some(reason) => error!(newsletter, reason, "asking an old list stopped"),
                        None => info!(newsletter, asked, reminded, unanswered, "an old list is asked"),
                    }
                }
            }),
        );
        rest(ASK_ROUND, &mut stop).await;
    }
}

pub(super) async fn tidy(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("forgetting unconfirmed subscriptions", forget_unconfirmed(&press).await);
        log_failure("forgetting letters and evidence", forget_letters(&press).await);
        log_failure("forgetting what came back long ago", forget_received(&press).await);
        log_failure("forgetting what webhooks were told", forget_calls(&press).await);
        log_failure("forgetting signals of long ago", press.blocking(Press::forget_signals).await.map(drop));
        log_failure("forgetting drafts of long ago", press.blocking(Press::forget_candidates).await.map(drop));
        log_failure("forgetting what was found at links", press.blocking(Press::forget_link_checks).await);
        rest(TIDY_ROUND, &mut stop).await;
    }
}

async fn forget_unconfirmed(press: &Press) -> Result<()> {
    let before = press.now() - TimeDelta::days(CONFIRM_DAYS.into());
    let work = move |store: &Store| store.write(|db| Subscription::forget_unconfirmed(db, before));
    let forgotten = press.store().blocking(work).await?;
    if forgotten > 0 {
        info!(subscriptions = forgotten, "never confirmed, forgotten");
    }
    Ok(())
}

/// Letters that went out, IP addresses and files whose time is over, and what was asked for and never confirmed.
async fn forget_letters(press: &Press) -> Result<()> {
    let now = press.now();
    let unconfirmed = now - TimeDelta::days(CONFIRM_DAYS.into());
    let addresses = now - press.config().sign_up.keep_ip.delta();
    let work = move |store: &Store| {
        store.write(|db| {
            // A day longer than what they ask for waits: how many were sent is read off them.
            Letter::forget(db, unconfirmed - TimeDelta::days(1))?;
            AddressChange::forget(db, now)?;
            Upload::forget(db, now)?;
            Consent::forget(db, unconfirmed, addresses)
        })
    };
    press.store().blocking(work).await
}

/// What came back is known again for as long as mail servers and providers may send it again, and longer; and what
/// nobody reviewed in that time nobody will.
async fn forget_received(press: &Press) -> Result<()> {
    let before = press.now() - TimeDelta::days(RECEIVED_DAYS);
    let work = move |store: &Store| {
        store.write(|db| {
            Received::forget(db, before)?;
            Review::forget(db, before)
        })
    };
    let forgotten = press.store().blocking(work).await?;
    if forgotten > 0 {
        warn!(mails = forgotten, days = RECEIVED_DAYS, "on the review list and never looked at, forgotten");
    }
    Ok(())
}

async fn forget_calls(press: &Press) -> Result<()> {
    let before = press.now() - TimeDelta::days(CALL_DAYS);
    press.store().blocking(move |store| store.write(|db| WebhookCall::forget(db, before)).map(drop)).await
}

/// Sends every edition that is released. Where the store fails it is tried again: nothing that is not written down is
/// forgotten meanwhile.
pub(super) async fn send(press: Press, mut engine: Engine, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("sending", press.serve(&mut engine, &mut stop).await);
        rest(SEND_BACKOFF, &mut stop).await;
    }
}

/// On a node that is no sender: keeps the right to be the only daemon there until it ends.
pub(super) async fn send_nothing(lock: SenderLock, mut stop: Stop) {
    stop.asked().await;
    drop(lock);
}
