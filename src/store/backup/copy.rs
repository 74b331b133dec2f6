//! One copy: made, opened, looked over, and named.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags};

use super::super::check::{self, Extent, Fault};
use super::super::{BUSY_TIMEOUT, Db};
use crate::saying::number::megabytes;

/// Room that is left on the disk beside a copy.
const SPARE: u64 = 64 << 20;

/// `griot.db` and this: the copy from before an upgrade to the schema that follows it.
const BEFORE: &str = ".before-schema-";

/// The file with something more at the end of its name.
pub(in crate::store) fn beside(file: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(file.as_os_str());
    name.push(more);
    name.into()
}

pub(in crate::store) fn unfinished(file: &Path) -> PathBuf {
    beside(file, ".unfinished")
}

/// Copies what is in the store at `from` at one moment into a new file, which only its owner can read. What stands at `to`
/// was left behind by one that was cut short.
pub(super) fn make(from: &Path, to: &Path) -> Result<()> {
    clear(to);
    check_room(from, to)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    drop(file.with_context(|| format!("cannot write {}", to.display()))?);
    let db = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .or_else(|_| Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let name = to.to_str().with_context(|| format!("{} is no name in UTF-8", to.display()))?;
    // Not page by page: what was deleted stays behind.
    db.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// A full disk is said before anything is written. A copy is never larger than what it is made of.
fn check_room(from: &Path, to: &Path) -> Result<()> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |known| known.len());
    let needed = size(from) + size(&beside(from, "-wal"));
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk =
        rustix::fs::statvfs(folder).with_context(|| format!("cannot look at the folder {}", folder.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed + SPARE {
        bail!(
            "the copy needs up to {} on the disk of {}, and {} are free; make room there first",
            megabytes(needed + SPARE),
            folder.display(),
            megabytes(free)
        );
    }
    Ok(())
}

/// A copy is written to without a log beside it.
pub(super) fn open(copy: &Path) -> Result<Db> {
    let db = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;")?;
    Ok(Db::Sqlite(db))
}

/// Damage is an error. Other faults are those of the store, and a true copy has them too.
pub(super) fn look_over(db: &Db) -> Result<(Extent, u64, Vec<Fault>)> {
    check_whole(db)?;
    let mut faults = Vec::new();
    check::references(db, &mut faults)?;
    let extent = check::accounts(db, &mut faults, |_| ())?;
    let subscribers = db.query_row("SELECT count(*) FROM subscribers", [], |row| row.get(0))?;
    Ok((extent, subscribers, faults))
}

/// Errors where pages are damaged or an index misses a row.
pub(super) fn check_whole(db: &Db) -> Result<()> {
    let mut damage = Vec::new();
    check::integrity(db, &mut damage)?;
    if let Some(first) = damage.first() {
        bail!("the copy is damaged ({}); `griot store check` looks the store itself over", first.wrong);
    }
    Ok(())
}

/// Makes a copy durable and gives it its name. Answers its length.
pub(in crate::store) fn finish(unfinished: &Path, file: &Path) -> Result<u64> {
    let written = File::open(unfinished)?;
    written.sync_all()?;
    let bytes = written.metadata()?.len();
    fs::rename(unfinished, file).with_context(|| format!("cannot name the copy {}", file.display()))?;
    sync_folder(file);
    Ok(bytes)
}

/// Where the file system cannot, the name is as durable as it gets.
pub(super) fn sync_folder(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

pub(in crate::store) fn clear(unfinished: &Path) {
    for more in ["", "-journal", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(unfinished, more));
    }
}

/// One process at a time brings a store to another schema; the next one finds that it is done.
#[derive(Debug)]
pub(in crate::store) struct Upgrading {
    file: PathBuf,
    _locked: File,
}

impl Upgrading {
    pub fn wait(path: &Path) -> Result<Self> {
        let file = beside(path, ".upgrading");
        let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&file);
        let locked = open.with_context(|| format!("cannot write {}", file.display()))?;
        locked.lock().with_context(|| format!("cannot lock {}", file.display()))?;
        Ok(Self { file, _locked: locked })
    }
}

impl Drop for Upgrading {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// Copies a store that is about to be brought to the schema `to`, and answers where the copy is. Those from before earlier
/// upgrades go once it is there.
pub(in crate::store) fn before_upgrade(path: &Path, to: i64) -> Result<PathBuf> {
    let file = beside(path, &format!("{BEFORE}{to}"));
    let unfinished = unfinished(&file);
    let made = (|| -> Result<()> {
        make(path, &unfinished)?;
        check_whole(&open(&unfinished)?)?;
        finish(&unfinished, &file).map(drop)
    })();
    if made.is_err() {
        clear(&unfinished);
    }
    made?;
    for (_, other) in copies_before_upgrades(path).into_iter().filter(|(_, other)| *other != file) {
        let _ = fs::remove_file(other);
    }
    Ok(file)
}

/// The copies beside a store from before its upgrades, with the schema each upgrade led to, oldest first.
pub(in crate::store) fn copies_before_upgrades(path: &Path) -> Vec<(i64, PathBuf)> {
    let Some(begins) = path.file_name().and_then(|name| Some(format!("{}{BEFORE}", name.to_str()?))) else {
        return Vec::new();
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<(i64, PathBuf)> = names
        .filter_map(|name| Some((name.strip_prefix(&begins)?.parse().ok()?, path.with_file_name(&name))))
        .collect();
    found.sort();
    found
}
