use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use super::{lead, pages, rounds};
use crate::config::NodeRole;
use crate::delivery::{Engine, Rights, Stop};
use crate::mailroom::{Doors, Queue};
use crate::publishing::Press;
use crate::store::{DomainTries, SenderLock};
use crate::web;

/// What a page that is being served gets, after the drain, before it is cut off.
const WEB_GRACE: Duration = Duration::from_secs(5);
/// The same for what has come in and is being written down.
const DOORS_GRACE: Duration = Duration::from_secs(8);
/// Recipients' domains that have a name in the metrics because the last editions went there most.
const NAMED_DOMAINS: u32 = 15;

/// Runs until `stop` is asked, then lets what is in flight finish within the configured drain.
///
/// Errors at the start only: where another process sends from this store.
pub async fn run(press: Press, listener: TcpListener, stop: Stop) -> Result<()> {
    let node = &press.config().node;
    // One daemon a store, or a node of it, whatever it does there.
    let lock = match SenderLock::try_take(press.store(), "griot daemon")? {
        Ok(lock) => lock,
        Err(holder) => {
            bail!("{holder} sends from {} already; stop it first, or use another store", press.store().shown())
        }
    };
    let presence = press.presence(&node.roles)?;
    // Messages are tried when the press is opened; pages are shown by a daemon alone.
    if let Some(problem) = press.templates().prove(&web::samples(press.catalogues())).into_iter().next() {
        return Err(problem.into());
    }
    let address = listener.local_addr().context("the pages have no address")?;
    let doors = Doors::open(&press.config().bounces).await?;
    let roles = node.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ");
    let mut sender = if node.has(NodeRole::Sender) {
        let engine = press.sender_with(Rights { lock, presence: Some(Arc::clone(&presence)) })?;
        watch(&press, &engine).await?;
        tokio::spawn(rounds::send(press.clone(), engine, stop.clone()))
    } else {
        tokio::spawn(rounds::send_nothing(lock, stop.clone()))
    };
    info!(%address, public_url = press.config().web.public_url.as_str(), node = node.name, roles, "griot is running");
    let leader = tokio::spawn(lead::take_turns(press.clone(), Arc::clone(&presence), stop.clone()));
    let locksmith = tokio::spawn(rounds::know_keys(press.clone(), stop.clone()));
    let (queue, writing) = Queue::new(press.clone());
    let writer = tokio::spawn(writing);
    let doors = tokio::spawn(doors.keep_open(queue.clone(), stop.clone()));
    let (close, closing) = Stop::new();
    let pages = pages::serve(press.clone(), queue, listener, stop.clone(), closing)?;
    notify(NotifyState::Ready);

    let mut asked = stop;
    let has_ended = tokio::select! {
        biased;
        () = asked.asked() => false,
        _ = &mut sender => true,
    };
    // The loops end on a stop only, which one may hear of sooner than we do here. One that panicked must not leave a
    // daemon that looks alive.
    if has_ended && !asked.is_asked() {
        bail!("the sending loop ended by itself; this is a bug");
    }
    press.vitals().begin_draining();
    notify(NotifyState::Stopping);
    let drain = press.config().delivery.drain.duration();
    info!(seconds = drain.as_secs(), "stopping: finishing what is in flight");
    let end = Instant::now() + drain;
    if !has_ended && timeout_at(end, sender).await.is_err() {
        warn!("what was in flight did not finish in time; it is unknown until the next start tries it again");
    }
    if timeout_at(end, leader).await.is_err() {
        warn!("letters and webhooks did not go out in time; those to readers and to webhooks are tried again");
    }
    // Until here monitors were told that the end is near, and readers were served.
    close.send_replace(true);
    locksmith.abort();
    if let Ok(Err(error)) = timeout(WEB_GRACE, pages).await {
        warn!(error = format!("{error:#}"), "the pages ended with an error");
    }
    // The writer ends when no door can put anything in front of it any more.
    let written = async {
        let _ = doors.await;
        writer.await
    };
    if timeout(DOORS_GRACE, written).await.is_err() {
        warn!("mail that came in was not written down in time; who sent it has it still, and sends it again");
    }
    info!("stopped");
    Ok(())
}

/// Has this process know how its engine works, from the first message on.
async fn watch(press: &Press, engine: &Engine) -> Result<()> {
    let meter = engine.meter();
    let known = press.store().blocking(|store| store.read(|db| DomainTries::largest_lately(db, NAMED_DOMAINS))).await?;
    meter.name_domains(known);
    press.vitals().sends_by(meter);
    Ok(())
}

/// Tells systemd, where it listens.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "systemd could not be told");
    }
}
