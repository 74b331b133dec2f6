//! The rows of a table, out of either engine and into it. What is held does not grow with them.

use anyhow::Result;
use rusqlite::types::ToSqlOutput;

use super::super::Db;
use super::super::database::postgres;
use super::tables::Table;
use super::tuple::normalise;
use super::tuple::{decode, encode};

/// Gives each row of a table as a tuple, and answers how many texts were changed for a server.
pub(super) fn read(
    db: &Db,
    table: &Table,
    is_for_server: bool,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    match db {
        Db::Sqlite(db) => {
            // In the order of its key, in which a file keeps it.
            let mut query = db.prepare(&format!("SELECT {} FROM {}", table.list(), table.name))?;
            let mut rows = query.query([])?;
            let (mut tuple, mut changed) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                changed += encode(row, &table.kinds, is_for_server, &mut tuple)?;
                each(&tuple)?;
            }
            Ok(changed)
        }
        Db::Postgres(db) => {
            // A file is filled many times faster in the order of the key; a server does not mind.
            let order = if is_for_server { String::new() } else { format!(" ORDER BY {}", table.key.join(", ")) };
            let query = format!("SELECT {} FROM {}{order}", table.list(), table.name);
            db.copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT binary)"), |tuple| {
                normalise(tuple, &table.kinds)?;
                each(tuple)
            })?;
            Ok(0)
        }
    }
}

/// A table that is being filled.
pub(super) enum Filling<'d> {
    File(rusqlite::Statement<'d>, &'d Table),
    Server(postgres::CopyIn<'d>),
}

impl<'d> Filling<'d> {
    pub fn begin(db: &'d Db, table: &'d Table) -> Result<Self> {
        Ok(match db {
            Db::Sqlite(db) => {
                let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("?{place}")).collect();
                let (name, places) = (table.name, places.join(", "));
                Self::File(db.prepare(&format!("INSERT INTO {name} ({}) VALUES ({places})", table.list()))?, table)
            }
            Db::Postgres(db) => {
                let (name, columns) = (table.name, table.list());
                Self::Server(db.copy_in(&format!("COPY {name} ({columns}) FROM STDIN (FORMAT binary)"))?)
            }
        })
    }

    pub fn write(&mut self, tuple: &[u8]) -> Result<()> {
        match self {
            Self::File(statement, table) => {
                let mut place = 0;
                decode(tuple, &table.kinds, |value| {
                    place += 1;
                    Ok(statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value))?)
                })?;
                statement.raw_execute()?;
                Ok(())
            }
            Self::Server(copy) => Ok(copy.write(tuple)?),
        }
    }

    pub fn finish(self) -> Result<()> {
        match self {
            Self::File(..) => Ok(()),
            Self::Server(copy) => Ok(copy.finish().map(drop)?),
        }
    }
}
