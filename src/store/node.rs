//! The machines that work on a store: who is there, who keeps the schedule, and what is done about one that fell silent.
//!
//! A node writes down a sign of life every second or so. One that has shown none for [`Node::SILENCE`] is lost: another
//! sender settles what it had under way, and it sends nothing more itself until it could show one again ([`Lease`]). Times are
//! the database's own, so that no clock of a node matters.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::database::{self, OptionalRow, Row};
use super::{Db, time};

/// A machine that works on the store, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    /// As in its configuration.
    pub name: String,
    /// What it does: scheduler, sender, web.
    pub roles: Vec<String>,
    pub version: String,
    pub started_at: DateTime<Utc>,
    /// Its last sign of life, and how long ago that is by the database's clock.
    pub seen_at: DateTime<Utc>,
    pub silent_for: Duration,
    /// It keeps the schedule and polls the feeds.
    pub leads: bool,
    /// It ended as it was asked to.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// A node's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub i64);

/// How a node fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    Up,
    Stopped,
    /// It ended without a word, or is cut off.
    Lost,
}

impl NodeState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
        }
    }
}

/// In whole seconds, as every other time.
fn now(db: &Db) -> &'static str {
    db.pick("unixepoch()", "CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)")
}

impl Node {
    /// Without a sign of life for so long a node is lost. Longer than a slow disk keeps a commit waiting.
    pub const SILENCE: Duration = Duration::from_secs(10);
    /// Nodes that are gone are forgotten after this.
    const FORGOTTEN: i64 = 7 * 86_400;

    /// Comes in under a name, or comes back under it.
    pub fn join(db: &Db, name: &str, roles: &[&str], version: &str) -> Result<NodeId> {
        let now = now(db);
        db.execute(&format!("DELETE FROM nodes WHERE seen_at < {now} - ?1 AND name <> ?2"), (Self::FORGOTTEN, name))?;
        db.query_row(
            &format!(
                "INSERT INTO nodes (name, roles, version, started_at, seen_at) VALUES (?1, ?2, ?3, {now}, {now})
                 ON CONFLICT (name) DO UPDATE SET roles = excluded.roles, version = excluded.version,
                                                  started_at = excluded.started_at, seen_at = excluded.seen_at,
                                                  leads = 0, stopped_at = NULL
                 RETURNING id"
            ),
            (name, roles.join(" "), version),
            |row| Ok(NodeId(row.get(0)?)),
        )
        .with_context(|| format!("writing down that the node {name} is there"))
    }

    /// Shows a sign of life, and whether it leads.
    pub fn is_well(db: &Db, node: NodeId, leads: bool) -> Result<()> {
        db.prepare_cached(&format!("UPDATE nodes SET seen_at = {}, leads = ?2 WHERE id = ?1", now(db)))?
            .execute((node.0, leads))
            .context("showing a sign of life")?;
        Ok(())
    }

    /// Goes, as it was asked to.
    pub fn leave(db: &Db, node: NodeId) -> Result<()> {
        let now = now(db);
        db.execute(
            &format!("UPDATE nodes SET seen_at = {now}, stopped_at = {now}, leads = 0 WHERE id = ?1"),
            [node.0],
        )?;
        Ok(())
    }

    /// All there are and were lately, by name.
    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query = db.prepare(&format!(
            "SELECT id, name, roles, version, started_at, seen_at, {} - seen_at, leads, stopped_at FROM nodes ORDER BY name",
            now(db)
        ))?;
        let rows = query.query_map([], Self::from_row)?;
        let mut nodes = rows.collect::<database::Result<Vec<Self>>>().context("reading which nodes there are")?;
        // What one that is lost said last may be another's by now.
        nodes.iter_mut().for_each(|node| node.leads &= node.state() == NodeState::Up);
        Ok(nodes)
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: NodeId(row.get(0)?),
            name: row.get(1)?,
            roles: row.text(2)?.split(' ').map(str::to_owned).collect(),
            version: row.get(3)?,
            started_at: time::from_seconds(row.get(4)?),
            seen_at: time::from_seconds(row.get(5)?),
            silent_for: Duration::from_secs(row.get::<i64>(6)?.max(0).unsigned_abs()),
            leads: row.get(7)?,
            stopped_at: time::maybe_from_seconds(row.get(8)?),
        })
    }

    pub fn state(&self) -> NodeState {
        if self.stopped_at.is_some() {
            NodeState::Stopped
        } else if self.silent_for > Self::SILENCE {
            NodeState::Lost
        } else {
            NodeState::Up
        }
    }

    /// The nodes that are lost or ended, but for `own`, and had deliveries under way.
    pub(super) fn gone_with_deliveries(db: &Db, own: NodeId) -> Result<Vec<NodeId>> {
        let sending = "SELECT EXISTS (SELECT 1 FROM delivery_counts WHERE state = 'sending' AND deliveries > 0)";
        if !db.query_row(sending, [], |row| row.get::<bool>(0))? {
            return Ok(Vec::new());
        }
        let mut query = db.prepare_cached(&format!(
            "SELECT n.id FROM nodes AS n WHERE n.id <> ?1 AND (n.stopped_at IS NOT NULL OR n.seen_at < {} - ?2)
               AND EXISTS (SELECT 1 FROM deliveries AS d WHERE d.node_id = n.id AND d.state = 'sending')",
            now(db)
        ))?;
        let silence = Self::SILENCE.as_secs() as i64;
        let rows = query.query_map((own.0, silence), |row| Ok(NodeId(row.get(0)?)))?;
        rows.map(|row| row.context("looking for nodes that are lost")).collect()
    }

    /// Takes a node that is lost, so that nobody else settles what it had; `false` where it is back, or somebody has it.
    pub(super) fn take_over(db: &Db, lost: NodeId) -> Result<bool> {
        let mut query = db.prepare_cached(&format!(
            "SELECT id FROM nodes WHERE id = ?1 AND (stopped_at IS NOT NULL OR seen_at < {} - ?2) {}",
            now(db),
            db.pick("", "FOR UPDATE SKIP LOCKED")
        ))?;
        Ok(query.query_row((lost.0, Self::SILENCE.as_secs() as i64), |row| row.get::<i64>(0)).optional()?.is_some())
    }
}

/// The right to send: it lasts while signs of life come through, and ends before another node may take over. A store that one
/// machine has needs none: its lease never ends.
#[derive(Debug)]
pub struct Lease {
    began: Instant,
    /// Milliseconds after `began`.
    ends: AtomicU64,
}

impl Lease {
    /// Less than [`Node::SILENCE`], by what whole seconds and the way of a message may come to.
    const LASTS: Duration = Duration::from_secs(7);

    pub fn endless() -> Self {
        Self { began: Instant::now(), ends: AtomicU64::new(u64::MAX) }
    }

    /// One that a first sign of life must begin.
    pub fn new() -> Self {
        Self { began: Instant::now(), ends: AtomicU64::new(0) }
    }

    /// A sign of life that was begun then came through.
    pub fn renew(&self, begun: Instant) {
        if self.ends.load(Ordering::Relaxed) != u64::MAX {
            let ends = begun.saturating_duration_since(self.began) + Self::LASTS;
            self.ends.store(ends.as_millis() as u64, Ordering::Relaxed);
        }
    }

    pub fn holds(&self) -> bool {
        let ends = self.ends.load(Ordering::Relaxed);
        ends == u64::MAX || (self.began.elapsed().as_millis() as u64) < ends
    }
}

impl Default for Lease {
    fn default() -> Self {
        Self::endless()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing;

    #[test]
    fn nodes_come_and_go_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let join = |name| store.write(|db| Node::join(db, name, &["sender", "web"], "1.0.0")).unwrap();
        let (first, second) = (join("mail-1"), join("mail-2"));
        assert_ne!(first, second);
        store.write(|db| Node::is_well(db, second, true)).unwrap();
        let all = store.read(Node::all).unwrap();
        assert_eq!(
            all.iter().map(|node| (node.name.as_str(), node.leads)).collect::<Vec<_>>(),
            [("mail-1", false), ("mail-2", true)]
        );
        assert!(all.iter().all(|node| node.state() == NodeState::Up && node.roles == ["sender", "web"]));
        store.write(|db| Ok(db.execute("UPDATE nodes SET seen_at = seen_at - 11", [])?)).unwrap();
        assert!(store.read(Node::all).unwrap().iter().all(|node| node.state() == NodeState::Lost && !node.leads));
        store.write(|db| Node::leave(db, second)).unwrap();
        let states: Vec<_> = store.read(Node::all).unwrap().iter().map(Node::state).collect();
        assert_eq!(states, [NodeState::Lost, NodeState::Stopped]);
        assert_eq!(join("mail-1"), first);
        assert_eq!(store.read(Node::all).unwrap()[0].state(), NodeState::Up);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_ends_before_others_take_over() {
        let lease = Lease::new();
        assert!(!lease.holds());
        lease.renew(Instant::now());
        assert!(lease.holds());
        tokio::time::advance(Node::SILENCE - Duration::from_secs(2)).await;
        assert!(!lease.holds());
        lease.renew(Instant::now());
        assert!(lease.holds());
        let endless = Lease::endless();
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(endless.holds() && !lease.holds());
    }
}
