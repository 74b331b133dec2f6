//! A store moves to the other engine, or to another place: all of its rows, into one that was empty.
//!
//! Owns: the copying, table by table, and the proof that it is whole. Leaves out: what is then put into the configuration.
//!
//! The promise: nobody sends and nobody writes meanwhile, what is moved stays as it was, and a kill at any moment leaves a
//! target that is empty, or is not taken for one. On a server all is one transaction; a file has its name only at the end. Before
//! that every table is read back and compared by count and digest, and looked over as `griot store check` does.

mod rows;
mod sequences;
mod tables;
mod target;
mod tuple;

use std::fmt;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::database::Begin;
use super::{Db, Extent, Location, Node, NodeState, SenderLock, Store, Transaction, check, migrations, next_step};
use rows::Filling;
use tables::Table;
use target::Target;
use tuple::Digest;

pub use tables::TABLES;

/// How often the progress is told, in rows.
const STEP: u64 = 10_000;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocated {
    pub tables: Vec<Moved>,
    /// Texts with U+0000, which is U+FFFD in the target.
    pub changed_texts: u64,
    /// What was looked over.
    pub extent: Extent,
}

/// A table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub name: &'static str,
    pub rows: u64,
    /// Octets of its rows, on their way.
    pub bytes: u64,
    /// What its rows come to, in whatever order: the same on both sides.
    pub digest: u128,
}

/// What is done just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Copying,
    Indexing,
    ReadingBack,
    LookingOver,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Copying => "copying",
            Self::Indexing => "making its indexes",
            Self::ReadingBack => "reading it back",
            Self::LookingOver => "looking it over",
        })
    }
}

impl Relocated {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Octets of all rows, on their way.
    pub fn bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes).sum()
    }
}

impl Store {
    /// Copies everything into a new file or an empty database. `progress` hears now and then what is done, and how many rows
    /// of it are. Refuses while somebody sends, and what was left under way by who did.
    pub fn relocate(&self, to: &Location, mut progress: impl FnMut(Stage, u64)) -> Result<Relocated> {
        let _lock = match SenderLock::try_take(self, "griot store move")? {
            Ok(lock) => lock,
            Err(holder) => bail!("{holder} has the store {}; stop it first", self.shown()),
        };
        let mut relocated = None;
        // Nothing is written in it. It keeps others from writing, for what they did meanwhile would be lost.
        let held = self.write(|held| {
            stay_open(held)?;
            held.keep_senders_out()?;
            relocated = Some(self.read(|source| {
                stay_open(source)?;
                check_source(source)?;
                let target = Target::open(to)?;
                let relocated = fill(source, &target, to, &mut progress)?;
                target.name()?;
                Ok(relocated)
            }));
            Ok(())
        });
        match relocated {
            Some(relocated) => relocated,
            None => Err(held.err().unwrap_or_else(|| anyhow!("the store {} was not read", self.shown()))),
        }
    }
}

/// A server ends transactions in which nothing happens for long, as in this one while the other store makes its indexes, and
/// connections over which it waits to be read.
fn stay_open(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(_) => {
            Ok(db.execute_batch("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL tcp_user_timeout = 0")?)
        }
    }
}

fn check_source(db: &Db) -> Result<()> {
    if let Db::Postgres(_) = db {
        let nodes = Node::all(db)?.into_iter().filter(|node| node.state() == NodeState::Up).map(|node| node.name);
        let nodes: Vec<String> = nodes.collect();
        ensure!(
            nodes.is_empty(),
            "at work on the store: {}; stop griot there first (one that was killed is known to be gone after {} seconds)",
            nodes.join(", "),
            Node::SILENCE.as_secs()
        );
        let found: i64 = db.query_row("SELECT version FROM schema_version", [], |row| row.get(0))?;
        let known = migrations::VERSION;
        ensure!(
            found == known,
            "the schema of the store is {found}, and this griot knows {known}; move it with the release that it belongs to"
        );
    }
    // What a sender that was killed knew of them is beside the store, and would stay behind.
    if let Some((edition, many)) = check::sending(db)?.into_iter().next() {
        bail!(
            "of {edition} {} under way, and nobody sends; `griot send {edition}` finds out what became of them, and the store \
             can be moved then",
            check::deliveries(many)
        );
    }
    Ok(())
}

fn fill(source: &Db, target: &Target, to: &Location, progress: &mut impl FnMut(Stage, u64)) -> Result<Relocated> {
    let at_target = |error: anyhow::Error| of_target(to, error);
    let tables = Table::all()?;
    let db = Transaction::begin(&target.db, Begin::Write).map_err(|error| at_target(error.into()))?;
    let loosened = target::prepare(&db).map_err(at_target)?;
    let mut relocated = Relocated { tables: Vec::new(), changed_texts: 0, extent: Extent::default() };
    let mut copied = Vec::new();
    let mut done = 0_u64;
    for table in &tables {
        let mut digest = Digest::default();
        let mut filling = Filling::begin(&db, table).map_err(at_target)?;
        let changed = rows::read(source, table, target.is_server(), |tuple| {
            digest.add(tuple);
            done += 1;
            if done.is_multiple_of(STEP) {
                progress(Stage::Copying, done);
            }
            filling.write(tuple).map_err(at_target)
        });
        relocated.changed_texts += changed.with_context(|| format!("copying the table {}", table.name))?;
        filling.finish().with_context(|| format!("filling the table {}", table.name)).map_err(at_target)?;
        copied.push(digest);
    }
    progress(Stage::Indexing, done);
    sequences::write(&db, &sequences::read(source)?).map_err(at_target)?;
    target::complete(&db, loosened).map_err(at_target)?;
    let mut done = 0_u64;
    for (table, copied) in tables.iter().zip(copied) {
        let mut found = Digest::default();
        let read = rows::read(&db, table, target.is_server(), |tuple| {
            found.add(tuple);
            done += 1;
            if done.is_multiple_of(STEP) {
                progress(Stage::ReadingBack, done);
            }
            Ok(())
        });
        read.map_err(at_target)?;
        if found != copied {
            return Err(at_target(anyhow!(
                "the table {} reads back as {} rows with the digest {:032x}, where {} with {:032x} were written; nothing of it \
                 was kept: run this again, and look at the health of its disk",
                table.name,
                found.rows,
                found.sum,
                copied.rows,
                copied.sum
            )));
        }
        relocated.tables.push(Moved { name: table.name, rows: copied.rows, bytes: copied.octets, digest: copied.sum });
    }
    progress(Stage::LookingOver, done);
    let mut faults = Vec::new();
    relocated.extent = check::look_over(&db, &mut faults).map_err(at_target)?;
    if let Some(first) = faults.first() {
        // Its rows are those of the source.
        bail!(
            "the store has faults, {} of them, and would take them along ({first}); `griot store check` tells each and what to \
             do about it",
            faults.len()
        );
    }
    db.commit().map_err(|error| at_target(error.into()))?;
    Ok(relocated)
}

/// Says whose error it is. As words only, so that it is not taken for one of the store that is moved.
fn of_target(to: &Location, error: anyhow::Error) -> anyhow::Error {
    let step = next_step(&error).map(|step| format!("{step}: ")).unwrap_or_default();
    anyhow!("{to}: {step}{error:#}")
}
