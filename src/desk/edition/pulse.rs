//! The numbers of editions that are being sent, read once for all who look at them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use tokio::sync::watch;
use tokio::time::Instant;

use super::progress::{DOMAINS, Progress};
use crate::desk::failure::Failure;
use crate::desk::room::Room;
use crate::store::{DeliveryCounts, DomainTries, Edition, EditionId, EditionState};

/// How often the numbers are looked at.
const ROUND: Duration = Duration::from_millis(500);
/// So many rounds back, the pace is measured from: ten seconds.
const MEASURED: usize = 20;
/// After so many rounds it is asked anew which domains are the largest, which reads all of them.
const RANKED: u32 = 20;
/// It goes on so long without anybody who looks: who reloads a page finds the pace of the last seconds.
const LINGER: Duration = Duration::from_secs(30);

/// How an edition stood a moment ago, as the part of a page that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::desk) struct Pulse {
    pub state: EditionState,
    pub part: Arc<str>,
}

/// `None` until it was looked at for the first time.
pub(super) type Watch = watch::Receiver<Option<Pulse>>;

/// The editions that are looked at, each by one task.
#[derive(Debug, Default)]
pub(in crate::desk) struct Pulses(Mutex<HashMap<EditionId, watch::Sender<Option<Pulse>>>>);

#[derive(Debug, Template)]
#[template(path = "desk/progress.html")]
struct ProgressPart<'a> {
    progress: &'a Progress,
}

impl Progress {
    /// The part of a page that shows it.
    pub(super) fn part(&self) -> String {
        ProgressPart { progress: self }.render().unwrap_or_default()
    }
}

impl Pulses {
    /// Watches an edition. It ends with the sending, or with griot.
    pub(super) fn watch(&self, room: &Room, edition: &Edition) -> Watch {
        let mut watched = self.locked();
        if let Some(sender) = watched.get(&edition.id) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        watched.insert(edition.id, sender.clone());
        // The content is of no use here.
        let bare = Edition { html: String::new(), text: String::new(), online: String::new(), ..edition.clone() };
        tokio::spawn(follow(room.clone(), bare, sender));
        receiver
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<EditionId, watch::Sender<Option<Pulse>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn follow(room: Room, mut edition: Edition, sender: watch::Sender<Option<Pulse>>) {
    let mut stop = room.stop();
    let (mut leaders, mut round) = (Vec::new(), 0_u32);
    let mut past: VecDeque<(Instant, u64)> = VecDeque::new();
    let mut watched_at = Instant::now();
    // What can't be read now is in the log already; who watches is told by the end.
    while let Ok(Some((state, counts, domains))) = look(&room, edition.id, &mut leaders, round).await {
        let now = Instant::now();
        let tried = counts.done() + counts.skipped;
        let first = past.front().copied();
        let per_second = first.map(|(then, before)| {
            tried.saturating_sub(before) as f64 / (now - then).as_secs_f64().max(ROUND.as_secs_f64())
        });
        past.push_back((now, tried));
        if past.len() > MEASURED {
            past.pop_front();
        }
        edition.state = state;
        let progress = Progress::of(&edition, &counts, &domains, per_second, room.press().now());
        let pulse = Some(Pulse { state, part: progress.part().into() });
        sender.send_if_modified(|last| {
            let is_new = *last != pulse;
            *last = pulse;
            is_new
        });
        if sender.receiver_count() > 0 {
            watched_at = now;
        }
        if state != EditionState::Sending || now - watched_at > LINGER {
            break;
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = stop.asked() => break,
        }
    }
    // Whoever comes later begins anew. Who watches still sees the last of it, and then the end.
    room.pulses().locked().remove(&edition.id);
}

/// A few rows by their keys; every tenth second also which domains are the largest.
async fn look(
    room: &Room,
    id: EditionId,
    leaders: &mut Vec<String>,
    round: u32,
) -> Result<Option<(EditionState, DeliveryCounts, Vec<DomainTries>)>, Failure> {
    let known = std::mem::take(leaders);
    let is_ranked = round.is_multiple_of(RANKED) || known.len() < DOMAINS as usize;
    let found = room
        .ask(move |store, _| {
            store.read(|db| {
                let Some((state, _)) = Edition::progress(db, id)? else { return Ok(None) };
                let counts = DeliveryCounts::load(db, id)?;
                let domains =
                    if is_ranked { DomainTries::largest(db, id, DOMAINS)? } else { DomainTries::at(db, id, &known)? };
                Ok(Some((state, counts, domains)))
            })
        })
        .await?;
    if let Some((.., domains)) = &found {
        leaders.extend(domains.iter().map(|tries| tries.domain.clone()));
    }
    Ok(found)
}
