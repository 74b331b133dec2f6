//! A prepared statement.

use rusqlite::{CachedStatement, Statement as Prepared};

use super::row::{MappedRows, Walk};
use super::{Error, Params, Result, Row, Rows, postgres};

/// A statement of either engine; each call gives it its values anew.
#[derive(Debug)]
pub struct Statement<'c>(Kind<'c>);

enum Kind<'c> {
    Cached(CachedStatement<'c>),
    Once(Prepared<'c>),
    Remote(postgres::Statement<'c>),
}

impl std::fmt::Debug for Kind<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cached(statement) => (**statement).fmt(f),
            Self::Once(statement) => statement.fmt(f),
            Self::Remote(statement) => statement.fmt(f),
        }
    }
}

impl<'c> Statement<'c> {
    pub(super) fn cached(statement: CachedStatement<'c>) -> Self {
        Self(Kind::Cached(statement))
    }

    pub(super) fn once(statement: Prepared<'c>) -> Self {
        Self(Kind::Once(statement))
    }

    pub(super) fn remote(statement: postgres::Statement<'c>) -> Self {
        Self(Kind::Remote(statement))
    }

    /// SQLite's, or else the one to ask over the wire.
    fn local(&mut self) -> Result<&mut Prepared<'c>, &postgres::Statement<'c>> {
        match &mut self.0 {
            Kind::Cached(statement) => Ok(statement),
            Kind::Once(statement) => Ok(statement),
            Kind::Remote(statement) => Err(statement),
        }
    }

    /// Answers how many rows were changed.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self.local() {
            Ok(statement) => Ok(statement.execute(params)?),
            Err(statement) => statement.execute(&params),
        }
    }

    /// Runs it once for each set of values, in order, and answers how many rows each changed. To a server all of it goes in
    /// one piece, where a call for each would wait for each.
    pub fn execute_each<P: Params>(&mut self, all: impl IntoIterator<Item = P>) -> Result<Vec<usize>> {
        match self.local() {
            Ok(statement) => all.into_iter().map(|params| Ok(statement.execute(params)?)).collect(),
            Err(statement) => statement.execute_each(all),
        }
    }

    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(Rows(match self.local() {
            Ok(statement) => Walk::Sqlite(statement.query(params)?),
            Err(statement) => Walk::Postgres(statement.query(&params)?),
        }))
    }

    /// The same of any number of rows: what is held of them does not grow with them. Within a transaction only.
    pub fn walk(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(Rows(match self.local() {
            Ok(statement) => Walk::Sqlite(statement.query(params)?),
            Err(statement) => Walk::Postgres(statement.walk(&params)?),
        }))
    }

    pub fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        params: impl Params,
        map: F,
    ) -> Result<MappedRows<'_, F>> {
        Ok(MappedRows { rows: self.query(params)?, map })
    }

    /// Maps the first row; an error where there is none.
    pub fn query_row<T>(&mut self, params: impl Params, map: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        match self.query(params)?.next()? {
            Some(row) => map(&row),
            None => Err(Error::NoRow),
        }
    }

    /// Whether it gives a row.
    pub fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }
}
