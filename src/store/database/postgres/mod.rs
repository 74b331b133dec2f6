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
use super::{Begin, Result};
use server::Traffic;

/// What is held by who changes anything, to the end of the transaction: one change at a time, as on SQLite, whichever node it
/// is on.
const CHANGES: &str = "pg_advisory_xact_lock(113741092844545)";
/// What senders hold: they write one after the other, each for hundreds of deliveries, so that none waits half way for what
/// another has; those who write otherwise go on beside them.
const LEDGER: &str = "pg_advisory_xact_lock(113741092844546)";

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
        match begin {
            Begin::Read => self.execute_batch("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"),
            Begin::Write => self.execute_batch(&format!("BEGIN; SELECT {CHANGES}")),
            Begin::WriteBeside => self.execute_batch(&format!("BEGIN; {BY_INDEX} SELECT {LEDGER}")),
        }
    }

    pub(super) fn keep_senders_out(&self) -> Result<()> {
        self.execute_batch(&format!("SELECT {LEDGER}"))
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

/// Waits for what the runtime of the connections brings. Who asks may be within a task of another runtime, which has used up
/// its turn: it would be put off until it yields, and it cannot while it waits here.
fn block_on<T>(answer: impl Future<Output = T>) -> T {
    pollster::block_on(tokio::task::unconstrained(answer))
}
