//! Having a store to oneself, so that it can be replaced.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::{Db, SenderLock};
use super::copy::{beside, sync_folder};

/// A command that is about to end is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Nobody else has the store while this lives.
#[derive(Debug)]
pub(super) struct Hold {
    /// The real file, whatever links lead to it; it may be missing.
    pub path: PathBuf,
    /// The present store, where it can be read at all.
    pub present: Option<Db>,
    /// Why it cannot, where it is there.
    pub broken: Option<String>,
    _lock: SenderLock,
}

impl Hold {
    pub fn take(path: &Path) -> Result<Self> {
        let path = real(path)?;
        let lock = match SenderLock::try_take_at(&path, "griot restore")? {
            Ok(lock) => lock,
            Err(holder) => bail!("{holder} has the store {}; stop it first", path.display()),
        };
        let mut hold = Self { path, present: None, broken: None, _lock: lock };
        if hold.path.exists() {
            match to_oneself(&hold.path) {
                Ok(db) => hold.present = Some(Db::Sqlite(db)),
                Err(error) if is_busy(&error) => bail!(
                    "another process has the store {} open; end it first, and whatever else uses the file",
                    hold.path.display()
                ),
                Err(error) => hold.broken = Some(format!("{error:#}")),
            }
        }
        Ok(hold)
    }

    /// Puts `new` in the store's place. The present one is kept beside it, under the name that is answered.
    pub fn replace(self, new: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
        let path = &self.path;
        give_to_owner_of(path, new);
        let aside = beside(path, &format!(".before-restore-{}", now.format("%Y%m%dT%H%M%SZ")));
        let is_there = path.exists();
        // A store in one piece has no log any more. What a broken one has beside it goes with it, and so does the journal of
        // who was sending: it belongs to that file.
        for more in ["-wal", "-shm", "-journal", "-sending"] {
            let file = beside(path, more);
            if file.exists() {
                fs::rename(&file, beside(&aside, more)).with_context(|| format!("cannot move {}", file.display()))?;
            }
        }
        if is_there {
            // Two names for a moment, so that there is a store at every moment; not every file system knows that.
            fs::hard_link(path, &aside)
                .or_else(|_| fs::rename(path, &aside))
                .with_context(|| format!("cannot keep the present store as {}", aside.display()))?;
        }
        fs::rename(new, path).with_context(|| format!("cannot put the copy in the place of {}", path.display()))?;
        sync_folder(path);
        Ok(is_there.then_some(aside))
    }
}

/// The real file; where there is none, where it would be.
fn real(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path.canonicalize()?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().with_context(|| format!("store.path names no file: {}", path.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("there is no folder {}", folder.display()))?;
    Ok(folder.join(name))
}

/// Takes the log into the file, which SQLite does only where nobody else has it open, and locks all others out.
fn to_oneself(path: &Path) -> Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(PATIENCE)?;
    let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        bail!("its journal cannot be taken into it");
    }
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")?;
    Ok(db)
}

fn is_busy(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Root may restore, and the daemon must be able to read what comes of it. Anybody else's files are their own anyway.
fn give_to_owner_of(path: &Path, new: &Path) {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if let Ok(known) = fs::metadata(path).or_else(|_| fs::metadata(folder)) {
        let _ = std::os::unix::fs::chown(new, Some(known.uid()), Some(known.gid()));
    }
}
