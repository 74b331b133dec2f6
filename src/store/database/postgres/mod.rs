//! PostgreSQL: connections of a pool, and statements that are sent over them.
//!
//! Owns: the pool, one runtime that all connections of the process are driven by, waiting for answers from code that is
//! not async, and the way values and texts of SQL go over the wire. Leaves out: what is asked for.

mod bulk;
mod error;
mod server;
mod statement;
mod value;

use std::cell::Cell;
use std::sync::Arc;

pub use bulk::CopyIn;
pub use error::Error;
pub use server::{Server, connect};
pub use statement::{Row, Rows, Statement};

use super::super::NodeId;
use super::advisory::{CHANGES, LEDGER, RECIPIENTS};
use super::row::Walk;
use super::{Begin, Beside, Column, Result};
use crate::store::database;
use server::Traffic;

/// Deliveries are claimed and settled by an index, however many there are. Of an edition that was frozen a moment ago the server
/// has no statistics, takes it for small, and would sort all of it for each claim.
const BY_INDEX: &str = "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off;
                        SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;";

/// A connection that was taken from the pool, and goes back when it is dropped.
pub struct Connection {
    client: deadpool_postgres::Client,
    traffic: Arc<Traffic>,
    changes: Cell<u64>,
    /// A bit for each cursor that is open.
    cursors: Cell<u64>,
    /// A statement failed, so that the server takes no other until the transaction (or the savepoint) is taken back.
    is_aborted: Cell<bool>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("changes", &self.changes).finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn statement(&self, sql: &str) -> Statement<'_> {
        Statement::new(self, sql)
    }

    /// A statement that is given whole columns, and is kept.
    pub fn query_columns(&self, sql: &str, columns: &[Column<'_>]) -> Result<database::Rows<'_>> {
        Ok(database::Rows(Walk::Postgres(self.statement(sql).query_columns(columns)?)))
    }

    pub(super) fn execute_batch(&self, sql: &str) -> Result<()> {
        let ends = sql.starts_with("COMMIT");
        if ends && self.is_aborted.get() {
            // The server would say nothing, and take the transaction back.
            return Err(Error::Aborted.into());
        }
        self.wait(self.client.batch_execute(sql))?;
        if sql.starts_with("ROLLBACK") {
            self.is_aborted.set(false);
        }
        Ok(())
    }

    pub(super) fn begin(&self, begin: Begin) -> Result<()> {
        self.is_aborted.set(false);
        // In two statements of one message: what comes after the lock sees all that was committed before it.
        let begun = match begin {
            Begin::Read => self.execute_batch("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"),
            Begin::Write => self.execute_batch(&format!("BEGIN; {}", lock(CHANGES))),
            Begin::WriteBeside(Beside::Ledger) => self.execute_batch(&format!("BEGIN; {BY_INDEX} {}", lock(LEDGER))),
            Begin::WriteBeside(Beside::Recipients) => {
                self.execute_batch(&format!("BEGIN; {BY_INDEX} {}", lock(RECIPIENTS)))
            }
        };
        if begun.is_err() {
            // It began where only the lock was not to be had, and the next one has the same connection.
            let _ = self.execute_batch("ROLLBACK");
        }
        begun
    }

    pub(super) fn keep_senders_out(&self) -> Result<()> {
        self.execute_batch(&[lock(LEDGER), lock(RECIPIENTS)].concat())
    }

    pub(super) fn node(&self) -> Option<NodeId> {
        self.traffic.node()
    }

    pub(super) fn total_changes(&self) -> u64 {
        self.changes.get()
    }

    /// Blocks until the answer is there: one way there and back.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        self.traffic.count();
        self.await_answer(answer)
    }

    fn await_answer<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        block_on(answer).map_err(|error| {
            self.is_aborted.set(true);
            Error::from(error).into()
        })
    }
}

/// To the end of the transaction.
fn lock(number: i64) -> String {
    format!("SELECT pg_advisory_xact_lock({number});")
}

/// Waits for what the runtime of the connections brings. Who asks may be within a task of another runtime, which has used up
/// its turn: it would be put off until it yields, and it cannot while it waits here.
fn block_on<T>(answer: impl Future<Output = T>) -> T {
    pollster::block_on(tokio::task::unconstrained(answer))
}
