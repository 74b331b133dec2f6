//! Many small changes in one commit: what readers do on the pages at the same moment becomes durable together.

use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::database::Begin;
use super::{Db, Store, locked};

/// Changes that wait for a transaction. Running them answers what tells the one who waits, once it is known whether the
/// commit came about.
pub(super) struct Job(Box<dyn FnOnce(&Db) -> Told + Send>);

type Told = Box<dyn FnOnce(Result<(), String>) + Send>;

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

impl Store {
    /// [`Store::write`] for changes that come from many at once: those that wait for the writer share its next
    /// transaction. Each is whole or not at all, and an error of one undoes no other. Blocks until it is durable.
    pub fn write_together<T: Send + 'static>(
        &self,
        changes: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, answer) = mpsc::sync_channel(1);
        let job = Job(Box::new(move |db| {
            let changed = in_savepoint(db, changes);
            Box::new(move |committed| {
                // Who waits is in the line below, and goes nowhere.
                let _ = done.send(committed.map_err(|error| anyhow!(error)).and(changed));
            })
        }));
        locked(&self.0.waiting).push(job);
        let asked_at = Instant::now();
        let writer = self.0.engine.writer().or_else(|error| self.explained(Err(error)));
        // Whoever comes first writes for all that wait by then; the others find nothing left to do.
        let jobs = std::mem::take(&mut *locked(&self.0.waiting));
        if !jobs.is_empty() {
            let mut told = Vec::with_capacity(jobs.len());
            let committed = match &writer {
                Ok(writer) => self.explained(self.transact(writer, Begin::Write, asked_at, |db| {
                    told.extend(jobs.into_iter().map(|Job(run)| run(db)));
                    Ok(())
                })),
                Err(error) => Err(anyhow!("{error:#}")),
            };
            let committed = committed.map_err(|error| format!("{error:#}"));
            for tell in told {
                tell(committed.clone());
            }
        }
        drop(writer);
        self.explained(answer.recv().context("the transaction it waited for did not begin")?)
    }
}

/// All of it, or on an error none, within a transaction that goes on.
pub(super) fn in_savepoint<T>(db: &Db, changes: impl FnOnce(&Db) -> Result<T>) -> Result<T> {
    db.execute_batch("SAVEPOINT one_of_many")?;
    let changed = changes(db);
    if changed.is_err() {
        db.execute_batch("ROLLBACK TO one_of_many")?;
    }
    db.execute_batch("RELEASE one_of_many")?;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::newsletter_number;

    #[test]
    fn many_write_at_once_and_an_error_of_one_undoes_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let writers: Vec<_> = (0..40)
            .map(|n| {
                let store = store.clone();
                std::thread::spawn(move || {
                    store.write_together(move |db| {
                        newsletter_number(db, &format!("n-{n}"))?;
                        if n % 4 == 0 { Err(anyhow!("not {n}")) } else { Ok(n) }
                    })
                })
            })
            .collect();
        for (n, writer) in writers.into_iter().enumerate() {
            match writer.join().unwrap() {
                Ok(answer) => assert_eq!(answer, n),
                Err(error) => assert_eq!((n % 4, error.to_string()), (0, format!("not {n}"))),
            }
        }
        let rows: i64 =
            store.read(|db| Ok(db.query_row("SELECT count(*) FROM newsletters", [], |row| row.get(0))?)).unwrap();
        assert_eq!(rows, 30);
    }
}
