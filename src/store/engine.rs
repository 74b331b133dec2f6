//! What a store's connections are made of and kept in: one writer and a few readers of a file, or the pool of a server.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Result;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::database::Db;
use super::database::postgres::Server;
use super::locked;

const READERS_KEPT: usize = 4;
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one a store")]
pub(super) enum Engine {
    File(File),
    Server(Remote),
}

/// A SQLite file in WAL mode.
#[derive(Debug)]
pub(super) struct File {
    pub path: PathBuf,
    writer: Mutex<Db>,
    readers: Mutex<Vec<Db>>,
    /// Another program takes the log into the file.
    pub is_replicated: AtomicBool,
}

/// A database on a PostgreSQL server.
#[derive(Debug)]
pub(super) struct Remote {
    pub server: Server,
    /// What this node keeps for itself begins with this.
    pub local: PathBuf,
    /// Those of this process who want to write come one after the other, so that they do not wait for each other on
    /// connections.
    turn: Mutex<()>,
}

/// The connection to write by, while it is one's own.
#[allow(
    clippy::large_enum_variant,
    reason = "it is on the stack for a transaction, and never among others of its kind"
)]
pub(super) enum Writer<'e> {
    Local(MutexGuard<'e, Db>),
    Remote(Db, #[allow(dead_code, reason = "held, not read")] Option<MutexGuard<'e, ()>>),
}

impl Deref for Writer<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        match self {
            Self::Local(db) => db,
            Self::Remote(db, _) => db,
        }
    }
}

impl Engine {
    pub fn file(path: &Path, writer: Connection) -> Self {
        Self::File(File {
            path: path.to_owned(),
            writer: Mutex::new(Db::Sqlite(writer)),
            readers: Mutex::default(),
            is_replicated: AtomicBool::new(false),
        })
    }

    pub fn server(server: Server, local: PathBuf) -> Self {
        Self::Server(Remote { server, local, turn: Mutex::default() })
    }

    /// Waits until no other of this process writes.
    pub fn writer(&self) -> Result<Writer<'_>> {
        Ok(match self {
            Self::File(file) => Writer::Local(locked(&file.writer)),
            Self::Server(remote) => {
                let turn = locked(&remote.turn);
                Writer::Remote(Db::Postgres(remote.server.connect()?), Some(turn))
            }
        })
    }

    /// To write beside the others of this process, where the engine can.
    pub fn writer_beside(&self) -> Result<Writer<'_>> {
        Ok(match self {
            Self::File(_) => self.writer()?,
            Self::Server(remote) => Writer::Remote(Db::Postgres(remote.server.connect()?), None),
        })
    }

    /// A connection to read by; [`Engine::give_back`] takes it again.
    pub fn reader(&self) -> Result<Db> {
        match self {
            Self::File(file) => match locked(&file.readers).pop() {
                Some(reader) => Ok(reader),
                None => Ok(Db::Sqlite(connect(&file.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)),
            },
            Self::Server(remote) => Ok(Db::Postgres(remote.server.connect()?)),
        }
    }

    pub fn give_back(&self, reader: Db) {
        if let Self::File(file) = self {
            let mut readers = locked(&file.readers);
            if readers.len() < READERS_KEPT {
                readers.push(reader);
            }
        }
    }
}

impl File {
    /// Changes something of the connection that writes.
    pub fn set(&self, pragma: &str, value: i64) -> Result<()> {
        match &*locked(&self.writer) {
            Db::Sqlite(db) => Ok(db.pragma_update(None, pragma, value)?),
            Db::Postgres(_) => Ok(()),
        }
    }

    pub fn is_replicated(&self) -> bool {
        self.is_replicated.load(Relaxed)
    }
}

/// Opens the file, set as every connection of griot is.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(64);
    // A plan holds whatever is bound. Without this SQLite, built with STAT4, compiles a cached statement anew for every
    // value it is given, which takes six times as long as running it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What is deleted is overwritten, so that nothing of an erased reader is left in the file. It costs sending nothing.
    // FULL: an accepted message whose record was lost to a power cut would be sent twice.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16000;
         PRAGMA secure_delete = ON;",
    )?;
    Ok(db)
}
