//! Rows that a query gives, one after the other.

use rusqlite::types::{FromSql, FromSqlError};

use super::{Error, Result, postgres};

/// A row of the answer. Its columns are counted from 0.
#[derive(Debug)]
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    pub fn get<T: FromSql>(&self, column: usize) -> Result<T> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => {
                T::column_result(row.value(column)?.as_ref()).map_err(|error| conversion(column, error))
            }
        }
    }

    /// A text, without a copy of it. NULL and what is no text are an error.
    pub fn text(&self, column: usize) -> Result<&str> {
        match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_str().map_err(|error| conversion(column, error)),
            Self::Postgres(row) => row.text(column),
        }
    }

    pub fn columns(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.as_ref().column_count(),
            Self::Postgres(row) => row.columns(),
        }
    }
}

fn conversion(column: usize, error: FromSqlError) -> Error {
    Error::of_column(column, error)
}

/// Rows to walk through.
#[derive(Debug)]
pub struct Rows<'s>(pub(super) Walk<'s>);

pub(super) enum Walk<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres(postgres::Rows<'s>),
}

impl std::fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Walk")
    }
}

impl Rows<'_> {
    /// The next one; `None` at the end.
    #[allow(clippy::should_implement_trait, reason = "what it lends is gone with the next call")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match &mut self.0 {
            Walk::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Walk::Postgres(rows) => rows.next()?.map(Row::Postgres),
        })
    }
}

/// Rows that become something else each.
#[derive(Debug)]
pub struct MappedRows<'s, F> {
    pub(super) rows: Rows<'s>,
    pub(super) map: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for MappedRows<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(Some(row)) => Some((self.map)(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
