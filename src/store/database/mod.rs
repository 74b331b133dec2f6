//! The two engines behind one connection: SQLite in a file, and PostgreSQL on a server.
//!
//! Owns: [`Db`], what a query takes, and all that SQL is spoken through. It has the shape of rusqlite's connection, and on
//! SQLite costs a branch for each call. What a text of SQL means must be the same on both: most is accepted by both,
//! `schema.postgres.sql` brings the few functions of SQLite that PostgreSQL lacks, and where neither helps a
//! query asks [`Db::pick`] for the one of two texts. Leaves out: what is stored, and transactions of a whole change,
//! which are [`Store::write`](super::Store::write)'s.

#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only a server has them"))]
pub(super) mod advisory;
mod error;
mod params;
#[cfg(feature = "postgres")]
pub(super) mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "postgres_absent.rs"]
pub(super) mod postgres;
mod row;
mod statement;
mod transaction;

use rusqlite::OpenFlags;

use super::{Location, NodeId};

pub use error::{Error, OptionalRow, Result};
pub use params::{Column, Params};
pub use row::{Row, Rows};
pub use rusqlite::params;
pub use rusqlite::types::{FromSql, ToSql, Value};
pub use statement::Statement;
pub use transaction::{Begin, Beside, Transaction};

/// A connection that queries take, of either engine.
#[derive(Debug)]
pub enum Db {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Connection),
}

impl Db {
    /// A connection beside a store's own: for who looks at its rows past it, and for moving one.
    pub fn open(at: &Location) -> anyhow::Result<Self> {
        match at {
            Location::File(path) => Ok(Self::Sqlite(super::engine::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)),
            Location::Server { url, .. } => Ok(Self::Postgres(postgres::connect(url)?)),
        }
    }

    /// A statement that is used again: kept with the connection once it is prepared.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::Sqlite(db) => Statement::cached(db.prepare_cached(sql)?),
            Self::Postgres(db) => Statement::remote(db.statement(sql)),
        })
    }

    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::Sqlite(db) => Statement::once(db.prepare(sql)?),
            Self::Postgres(db) => Statement::remote(db.statement(sql)),
        })
    }

    /// Answers how many rows were changed.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(db) => Ok(db.execute(sql, params)?),
            Self::Postgres(db) => db.statement(sql).execute(&params),
        }
    }

    /// Maps the first row; an error where there is none ([`OptionalRow::optional`] makes that `None`).
    pub fn query_row<T>(&self, sql: &str, params: impl Params, map: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.prepare(sql)?.query_row(params, map)
    }

    /// Several statements without values.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Self::Postgres(db) => db.execute_batch(sql),
        }
    }

    /// One of two texts of the same meaning, where no text has it on both engines.
    pub fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// The node that this connection is of, where several share the store.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(db) => db.node(),
        }
    }

    /// Until the end of the transaction, nobody writes beside others.
    pub(super) fn keep_senders_out(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(db) => db.keep_senders_out(),
        }
    }

    /// Rows that were changed since the connection was made.
    pub(super) fn total_changes(&self) -> u64 {
        match self {
            Self::Sqlite(db) => db.total_changes(),
            Self::Postgres(db) => db.total_changes(),
        }
    }
}
