//! The store that is made: empty before, and nobody's until it is whole.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags};

use super::super::backup::{beside, clear, finish, unfinished};
use super::super::database::{self, OptionalRow};
use super::super::{Db, Location, migrations};
use super::tables::DERIVED;
use super::{of_target, stay_open};

/// A file under another name, or a database in which nothing is committed.
#[derive(Debug)]
pub(super) struct Target {
    pub db: Db,
    /// What a file is called now, and what it will be.
    names: Option<(PathBuf, PathBuf)>,
}

impl Target {
    /// Refuses what is there already.
    pub fn open(to: &Location) -> Result<Self> {
        let Location::File(path) = to else {
            let db = Db::open(to).map_err(|error| of_target(to, error))?;
            return Ok(Self { db, names: None });
        };
        // A log that another store left would be taken into this one.
        for more in ["", "-wal", "-shm", "-journal"] {
            let file = beside(path, more);
            if file.exists() {
                bail!("{} exists already; name another file, or move that one away", file.display());
            }
        }
        let now = unfinished(path);
        clear(&now);
        let db = Db::Sqlite(make_file(&now).map_err(|error| of_target(to, error))?);
        Ok(Self { db, names: Some((now, path.clone())) })
    }

    /// Whether it takes the texts of a server.
    pub fn is_server(&self) -> bool {
        self.names.is_none()
    }

    /// Gives a file its name, after it is durable. A database has come about with its transaction.
    pub fn name(mut self) -> Result<()> {
        let Some((now, path)) = self.names.take() else { return Ok(()) };
        drop(std::mem::replace(&mut self.db, Db::Sqlite(Connection::open_in_memory()?)));
        if path.exists() {
            clear(&now);
            bail!("{} has come about meanwhile; name another file", path.display());
        }
        finish(&now, &path).map(drop)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some((now, _)) = &self.names {
            clear(now);
        }
    }
}

/// A file that only its owner can read. It is worth nothing before it has its name, so it has no log, and what is written
/// does not wait for the disk.
fn make_file(path: &Path) -> Result<Connection> {
    let make = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    drop(make.context("it cannot be made; look at its folder and its permissions")?);
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // What is sorted may be larger than memory. References are looked over at the end.
    db.execute_batch(
        "PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -65536;
         PRAGMA foreign_keys = OFF;",
    )?;
    migrations::upgrade_file(&db)?;
    Ok(db)
}

/// What was taken off the tables while they are filled, since it is made of whole tables many times faster: statements.
#[derive(Debug)]
pub(super) struct Loosened(Vec<String>);

/// Makes the tables where there are none, and takes off them what follows from their rows.
pub(super) fn prepare(db: &Db) -> Result<Loosened> {
    if let Db::Postgres(_) = db {
        stay_open(db)?;
        refuse_tables(db)?;
        migrations::make_on_server(db)?;
    }
    let statements = db.pick(
        "SELECT 'DROP ' || type || ' ' || name, sql FROM sqlite_schema
         WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(conrelid AS REGCLASS), conname),
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(conrelid AS REGCLASS), conname, pg_get_constraintdef(oid))
         FROM pg_constraint WHERE contype = 'f' AND connamespace = CAST(current_schema() AS REGNAMESPACE)
         UNION ALL
         SELECT format('DROP INDEX %s', CAST(i.indexrelid AS REGCLASS)), pg_get_indexdef(i.indexrelid)
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE c.relnamespace = CAST(current_schema() AS REGNAMESPACE)
           AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
    );
    let mut query = db.prepare(statements)?;
    let pairs = query.query_map([], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?;
    let (take_off, put_back): (Vec<_>, Vec<_>) = pairs.collect::<database::Result<Vec<_>>>()?.into_iter().unzip();
    for statement in take_off {
        db.execute_batch(&statement)?;
    }
    Ok(Loosened(put_back))
}

/// Puts back what was taken off, now that the rows are there.
pub(super) fn complete(db: &Db, loosened: Loosened) -> Result<()> {
    for statement in loosened.0 {
        db.execute_batch(&statement)?;
    }
    match db {
        Db::Sqlite(db) => {
            for search in DERIVED {
                db.execute(&format!("INSERT INTO {search} ({search}) VALUES ('rebuild')"), [])?;
            }
        }
        // So that its first queries are planned for what is there.
        Db::Postgres(_) => db.execute_batch("ANALYZE")?,
    }
    Ok(())
}

/// Any table at all, whoever made it: it may be another griot's, or half of one.
fn refuse_tables(db: &Db) -> Result<()> {
    let found = db.query_row(
        "SELECT CAST(c.relname AS TEXT) FROM pg_class AS c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)
           AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
         ORDER BY 1 LIMIT 1",
        [],
        |row| row.get::<String>(0),
    );
    if let Some(table) = found.optional()? {
        bail!("the database is not empty: it has a table {table}; name an empty one, which `createdb` makes");
    }
    Ok(())
}
