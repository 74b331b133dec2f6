//! A node's presence among the others: its signs of life, and whether it leads.
//!
//! A thread of its own, with a connection of its own, so that nothing the node is busy with keeps them back. The connection holds
//! two locks that its end gives back, however it ends: one on the node's name, so that no two nodes bear it, and, where the
//! node may keep the schedule and no other does, the one on leading.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::Instant;
use tracing::{info, warn};

use super::database::advisory::{LEADING, NAMES};
use super::engine::Engine;
use super::{Db, Lease, Node, NodeId, Store, locked};

/// Between signs of life, where others wait for them.
const BEAT: Duration = Duration::from_secs(1);
/// The same in a store that one machine has: for who looks at it.
const BEAT_ALONE: Duration = Duration::from_secs(5);
/// A name that a node bore until a moment ago is waited for.
const NAME_IS_FREE_WITHIN: Duration = Duration::from_secs(10);

/// While this lives the node is there.
#[derive(Debug)]
pub struct Presence {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    lease: Arc<Lease>,
    leads: AtomicBool,
    is_ending: Mutex<bool>,
    ended: Condvar,
}

impl Presence {
    /// Comes in under the name. Errors where another node has it.
    pub fn begin(store: &Store, name: &str, roles: &[&str], may_lead: bool) -> Result<Self> {
        let is_shared = store.is_shared();
        let db = connect(store, name)?;
        let version = env!("CARGO_PKG_VERSION");
        let node = Node::join(&db, name, roles, version)?;
        let shared = Arc::new(Shared {
            lease: Arc::new(if is_shared { Lease::new() } else { Lease::endless() }),
            leads: AtomicBool::new(false),
            is_ending: Mutex::new(false),
            ended: Condvar::new(),
        });
        if let Engine::Server(remote) = &store.0.engine {
            remote.server.belongs_to(node);
        }
        let beating =
            Beating { store: store.clone(), name: name.to_owned(), node, may_lead, shared: Arc::clone(&shared) };
        // The first sign of life is waited for: nothing may be sent before it.
        let mut connection = Some(db);
        beating.beat(&mut connection);
        let thread = std::thread::Builder::new().name("presence".into()).spawn(move || beating.run(connection));
        Ok(Self { shared, thread: Some(thread.context("cannot start a thread")?) })
    }

    /// The right to send.
    pub fn lease(&self) -> Arc<Lease> {
        Arc::clone(&self.shared.lease)
    }

    /// Whether this node keeps the schedule and polls just now.
    pub fn leads(&self) -> bool {
        self.shared.leads.load(Relaxed)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        *locked(&self.shared.is_ending) = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Beating {
    store: Store,
    name: String,
    node: NodeId,
    may_lead: bool,
    shared: Arc<Shared>,
}

impl Beating {
    fn run(&self, mut connection: Option<Db>) {
        let pause = if self.store.is_shared() { BEAT } else { BEAT_ALONE };
        loop {
            let is_ending = locked(&self.shared.is_ending);
            let (is_ending, _) = (self.shared.ended)
                .wait_timeout_while(is_ending, pause, |is_ending| !*is_ending)
                .unwrap_or_else(PoisonError::into_inner);
            if *is_ending {
                break;
            }
            drop(is_ending);
            self.beat(&mut connection);
        }
        self.shared.leads.store(false, Relaxed);
        if let Some(db) = connection
            && let Err(error) = Node::leave(&db, self.node)
        {
            warn!(error = format!("{error:#}"), "the other nodes were not told that this one ends");
        }
    }

    /// One sign of life. Where it does not come through this node leads no more, and its lease runs out.
    fn beat(&self, connection: &mut Option<Db>) {
        let begun = Instant::now();
        match self.show(connection) {
            Ok(leads) => {
                self.shared.lease.renew(begun);
                // Of a machine that is alone nothing else is to be expected.
                if self.shared.leads.swap(leads, Relaxed) != leads && self.store.is_shared() {
                    let does = if leads { "keeps the schedule from here on" } else { "keeps the schedule no more" };
                    info!(node = self.name, "this node {does}");
                }
            }
            Err(error) => {
                *connection = None;
                if self.shared.leads.swap(false, Relaxed) {
                    warn!(node = self.name, "this node keeps the schedule no more: the database does not answer");
                }
                warn!(error = format!("{error:#}"), "no sign of life came through; trying again");
            }
        }
    }

    fn show(&self, connection: &mut Option<Db>) -> Result<bool> {
        let db = match connection {
            Some(db) => db,
            None => connection.insert(connect(&self.store, &self.name)?),
        };
        let leads =
            self.may_lead && (self.shared.leads.load(Relaxed) || !self.store.is_shared() || try_lock(db, LEADING)?);
        Node::is_well(db, self.node, leads)?;
        Ok(leads)
    }
}

/// A connection that holds the lock on the node's name.
fn connect(store: &Store, name: &str) -> Result<Db> {
    let db = Db::open(store.location())?;
    if !store.is_shared() {
        return Ok(db);
    }
    // A process that was killed is gone from the server a moment later.
    let begun = Instant::now();
    while !try_lock(&db, lock_of(name))? {
        if begun.elapsed() > NAME_IS_FREE_WITHIN {
            bail!("another node has the name {name}; give this one a name of its own: [node] name = \"…\"");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(db)
}

fn try_lock(db: &Db, lock: i64) -> Result<bool> {
    Ok(db.prepare_cached("SELECT pg_try_advisory_lock(?1)")?.query_row([lock], |row| row.get(0))?)
}

/// FNV-1a: the same on every node, whatever its version.
fn lock_of(name: &str) -> i64 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    NAMES ^ i64::from(hash)
}
