//! A transaction on a connection: committed, or taken back when it is dropped.

use std::ops::Deref;

use super::{Db, Result};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Reading: one view of all, whatever is written beside it.
    Read,
    /// Writing, and nobody else writes until it ends.
    Write,
    /// Writing beside others: rows that somebody else changes are waited for. On SQLite the same as `Write`.
    WriteBeside(Beside),
}

/// What may be written beside others, each of them by one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// What senders claim and what came of it.
    Ledger,
    /// Who gets an edition.
    Recipients,
}

/// The connection while a transaction is open on it.
#[derive(Debug)]
pub struct Transaction<'c> {
    db: &'c Db,
    is_open: bool,
}

impl<'c> Transaction<'c> {
    pub(in crate::store) fn begin(db: &'c Db, begin: Begin) -> Result<Self> {
        match db {
            Db::Sqlite(db) => db.execute_batch(match begin {
                Begin::Read => "BEGIN",
                // Immediate, so that two processes queue up at the start and never fail half way.
                Begin::Write | Begin::WriteBeside(_) => "BEGIN IMMEDIATE",
            })?,
            Db::Postgres(db) => db.begin(begin)?,
        }
        Ok(Self { db, is_open: true })
    }

    pub(in crate::store) fn commit(mut self) -> Result<()> {
        self.db.execute_batch("COMMIT")?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // Where this fails too the connection is lost, and what it had not committed with it.
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing;

    #[test]
    fn who_could_not_begin_leaves_the_connection_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = testing::store(&folder);
        let [holder, other] = [(), ()].map(|()| Db::open(store.location()).unwrap());
        other.execute_batch(other.pick("PRAGMA busy_timeout = 50", "SET lock_timeout = 50")).unwrap();
        for begin in [Begin::Write, Begin::WriteBeside(Beside::Ledger), Begin::WriteBeside(Beside::Recipients)] {
            let held = Transaction::begin(&holder, begin).unwrap();
            Transaction::begin(&other, begin).unwrap_err();
            drop(held);
            Transaction::begin(&other, begin).unwrap().commit().unwrap();
            Transaction::begin(&other, Begin::Read).unwrap().commit().unwrap();
        }
    }
}
