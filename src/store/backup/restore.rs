//! Putting a copy in the place of a store, so that nothing goes out twice by itself and nobody is mailed who left.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OpenFlags};

use super::super::database::{Begin, Transaction};
use super::super::group::in_savepoint;
use super::super::{Db, Edition, EditionState, Extent, Fault, migrations, time};
use super::carry::Carried;
use super::copy::{self, beside};
use super::daily::DailyCopies;
use super::hold::Hold;
use super::record::BackupRecord;
use super::reserve::reserve;
use crate::saying::time::utc;

/// What became of the store that stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Present {
    /// Kept under this name.
    Aside(PathBuf),
    /// The same, but nothing could be read of it, and why.
    Broken(PathBuf, String),
    Missing,
}

/// A store that stands again as a copy has it.
#[derive(Clone, Debug)]
pub struct Restored {
    pub path: PathBuf,
    /// The copy knows nothing of what was after this.
    pub made_at: DateTime<Utc>,
    /// The schema it was brought to today's from.
    pub upgraded_from: Option<i64>,
    pub extent: Extent,
    pub subscribers: u64,
    /// Faults that the copy had from its store.
    pub faults: Vec<Fault>,
    /// What was taken over from the present store, or else from the newest other copy.
    pub carried: Carried,
    /// Until when that is known.
    pub known_until: DateTime<Utc>,
    /// Editions that wait now for somebody's word.
    pub paused: Vec<String>,
    /// Drafts whose time came after the copy was made.
    pub skipped: Vec<String>,
    pub present: Present,
}

/// What is done to a copy before it stands in the store's place.
struct Outlook {
    made_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

/// Puts the copy `file` in the place of the store at `path`. `others` are copies that may know of readers erased since.
///
/// Nothing is changed before the copy is found to be whole. A kill leaves the present store or the copy, each whole.
pub fn restore(path: &Path, file: &Path, others: &DailyCopies, now: DateTime<Utc>) -> Result<Restored> {
    let version = version_of(file)?;
    let mut hold = Hold::take(path)?;
    if file.canonicalize()? == hold.path {
        bail!("{} is the store itself; name a copy of it", file.display());
    }
    let new = beside(&hold.path, ".restoring");
    let prepared = prepare(&mut hold, file, &new, others, now);
    if prepared.is_err() {
        copy::clear(&new);
    }
    let mut restored = prepared?;
    restored.upgraded_from = (version < migrations::VERSION).then_some(version);
    let broken = hold.broken.clone();
    restored.present = match (hold.replace(&new, now)?, broken) {
        (Some(aside), None) => Present::Aside(aside),
        (Some(aside), Some(why)) => Present::Broken(aside, why),
        (None, _) => Present::Missing,
    };
    Ok(restored)
}

fn made_at(db: &Db, file: &Path) -> Result<DateTime<Utc>> {
    if let Ok(Some(record)) = BackupRecord::last_good(db) {
        return Ok(record.made_at);
    }
    // Made by a program that puts nothing on record, as `cp` does.
    Ok(fs::metadata(file)?.modified()?.into())
}

fn version_of(file: &Path) -> Result<i64> {
    if !file.exists() {
        bail!("there is no copy {}", file.display());
    }
    let no_store = || format!("{} is not a griot store", file.display());
    let db = open_to_read(file).with_context(no_store)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).with_context(no_store)?;
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('keys', 'subscribers', 'deliveries')";
    let tables: i64 = db.query_row(tables, [], |row| row.get(0)).with_context(no_store)?;
    if tables != 3 || version < 1 {
        bail!(no_store());
    }
    if version > migrations::VERSION {
        bail!(
            "{} was written by a newer griot (schema {version}, this one knows {}); install that release",
            file.display(),
            migrations::VERSION
        );
    }
    Ok(version)
}

fn open_to_read(file: &Path) -> Result<Db> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(super::super::BUSY_TIMEOUT)?;
    Ok(Db::Sqlite(db))
}

fn prepare(hold: &mut Hold, file: &Path, new: &Path, others: &DailyCopies, now: DateTime<Utc>) -> Result<Restored> {
    copy::make(file, new).with_context(|| format!("cannot copy {}", file.display()))?;
    let db = copy::open(new)?;
    copy::check_whole(&db)?;
    let made_at = made_at(&db, file)?;
    migrations::upgrade(&db)?;
    let newest = newest_of(others, file);
    let transaction = Transaction::begin(&db, Begin::Write)?;
    let (carried, known_until) = match carry(&transaction, hold.present.as_ref(), now) {
        Ok(Some(carried)) => (carried, now),
        unread => {
            // What can only be read in part is not believed at all.
            hold.broken = hold.broken.take().or(unread.err().map(|error| format!("{error:#}")));
            let known_until = newest.as_ref().map_or(made_at, |(_, at)| (*at).max(made_at));
            (carry(&transaction, newest.as_ref().map(|(db, _)| db), now)?.unwrap_or_default(), known_until)
        }
    };
    let outlook = Outlook { made_at, now };
    let (paused, skipped) = outlook.settle(&transaction)?;
    // Only the store itself knows which numbers it gave last.
    let numbers = hold.present.as_ref().filter(|_| hold.broken.is_none());
    reserve(&transaction, numbers, made_at, now)?;
    transaction.commit()?;
    let (extent, subscribers, faults) = copy::look_over(&db)?;
    drop(db);
    std::fs::File::open(new)?.sync_all()?;
    Ok(Restored {
        path: hold.path.clone(),
        made_at,
        upgraded_from: None,
        extent,
        subscribers,
        faults,
        carried,
        known_until,
        paused,
        skipped,
        present: Present::Missing,
    })
}

/// Takes over from who knows more than the copy: all of it, or on an error nothing.
fn carry(db: &Db, known: Option<&Db>, now: DateTime<Utc>) -> Result<Option<Carried>> {
    let Some(known) = known else { return Ok(None) };
    in_savepoint(db, |db| Carried::over(known, db, now)).map(Some)
}

/// The newest copy there is beside the one that is put back.
fn newest_of(others: &DailyCopies, file: &Path) -> Option<(Db, DateTime<Utc>)> {
    let this = file.canonicalize().ok()?;
    let at = others.list().ok()?.pop()?;
    let newest = others.file(at);
    if newest.canonicalize().ok()? == this {
        return None;
    }
    Some((open_to_read(&newest).ok()?, at))
}

impl Outlook {
    fn settle(&self, db: &Db) -> Result<(Vec<String>, Vec<String>)> {
        let (paused, skipped) = (self.pause(db)?, self.skip(db)?);
        // A run between the copy and now may have been: none is made up.
        db.execute(
            "UPDATE newsletters SET scheduled_at = ?1 WHERE scheduled_at IS NOT NULL",
            [time::seconds(self.now)],
        )?;
        db.execute(
            "UPDATE letters SET next_attempt_at = NULL, problem = ?1 WHERE next_attempt_at IS NOT NULL",
            [self.reason("it may have gone out since")],
        )?;
        // Who was let in may have been shut out since.
        for table in ["sessions", "invitations", "half_steps", "uploads"] {
            db.execute(&format!("DELETE FROM {table}"), [])?;
        }
        Ok((paused, skipped))
    }

    /// What could go out by itself waits for somebody who has looked whether it has.
    fn pause(&self, db: &Db) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for state in [EditionState::Approved, EditionState::Sending] {
            for edition in Edition::in_state(db, state)? {
                let name = &edition.name;
                let reason = self.reason(&format!(
                    "it may have gone out since: if it has, `griot edition cancel {name}`; if not, `griot edition resume {name}`"
                ));
                edition.change_state(db, &[state], EditionState::Paused, &reason, self.now)?;
                names.push(name.to_string());
            }
        }
        db.execute("UPDATE editions SET resume_at = NULL WHERE resume_at IS NOT NULL", [])?;
        Ok(names)
    }

    /// Drafts whose time has passed may have gone out; those of later are made again by their schedule.
    fn skip(&self, db: &Db) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for edition in Edition::in_state(db, EditionState::Draft)? {
            if edition.goes_out_at().is_some_and(|at| at <= self.now + TimeDelta::minutes(1)) {
                let reason = self.reason("its time has passed, and it may have gone out since");
                edition.change_state(db, &[EditionState::Draft], EditionState::Skipped, &reason, self.now)?;
                names.push(edition.name.to_string());
            }
        }
        Ok(names)
    }

    fn reason(&self, what: &str) -> String {
        format!("the store was restored from a copy of {}: {what}", utc(self.made_at))
    }
}
