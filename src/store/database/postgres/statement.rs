//! Statements over the wire, alone or many in one piece.

use futures_util::{StreamExt, stream};
use rusqlite::types::Value;
use tokio_postgres::types::{ToSql, Type};

use super::value::{Bound, Held};
use super::{Connection, Error};
use crate::store::database::{Column, Params, Result};

/// Statements that are under way at once.
const AT_ONCE: usize = 512;
/// Rows that a walk fetches at a time.
const FETCHED: usize = 10_000;

/// A statement that the connection prepares when it is first run.
#[derive(Debug)]
pub struct Statement<'c> {
    connection: &'c Connection,
    sql: String,
}

impl<'c> Statement<'c> {
    pub(super) fn new(connection: &'c Connection, sql: &str) -> Self {
        Self { connection, sql: translated(sql) }
    }

    pub(in crate::store::database) fn execute(&self, params: &impl Params) -> Result<usize> {
        let values = params.values()?;
        let prepared = self.prepared()?;
        let changed = self.connection.wait(self.connection.client.execute_raw(&prepared, bound(&values)))?;
        self.changed(changed)
    }

    pub(in crate::store::database) fn execute_each<P: Params>(
        &self,
        all: impl IntoIterator<Item = P>,
    ) -> Result<Vec<usize>> {
        let all = all.into_iter().map(|params| params.values()).collect::<Result<Vec<_>>>()?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let prepared = self.prepared()?;
        let client = &self.connection.client;
        // In order: the one goes out before the other, and the server takes them one by one.
        let answers = self.connection.wait(async {
            let mut under_way =
                stream::iter(all.iter().map(|values| client.execute_raw(&prepared, bound(values)))).buffered(AT_ONCE);
            let mut answers = Vec::with_capacity(all.len());
            while let Some(changed) = under_way.next().await {
                answers.push(changed?);
            }
            Ok(answers)
        })?;
        answers.into_iter().map(|changed| self.changed(changed)).collect()
    }

    pub(in crate::store::database) fn query(&self, params: &impl Params) -> Result<Rows<'c>> {
        let values = params.values()?;
        self.ask(&values.iter().map(Bound).collect::<Vec<_>>())
    }

    /// The same, given whole columns.
    pub(super) fn query_columns(&self, columns: &[Column<'_>]) -> Result<Rows<'c>> {
        self.ask(columns)
    }

    fn ask(&self, values: &[impl ToSql + Sync]) -> Result<Rows<'c>> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let prepared = self.prepared()?;
        let rows = self.connection.wait(self.connection.client.query(&prepared, &values))?;
        // A change that gives rows is counted by them.
        if prepared.columns().is_empty() || !self.sql.trim_start().starts_with("SELECT") {
            self.changed(rows.len() as u64)?;
        }
        Ok(Rows { rest: rows.into_iter(), now: None, cursor: None })
    }

    /// The same by a cursor, so that what is held does not grow with the rows. Within a transaction only; several may be
    /// walked side by side.
    pub(in crate::store::database) fn walk(&self, params: &impl Params) -> Result<Rows<'c>> {
        let mut cursor = Cursor::free(self.connection);
        let declare = Self {
            connection: self.connection,
            sql: format!("DECLARE {} NO SCROLL CURSOR FOR {}", cursor.name(), self.sql),
        };
        declare.execute(params)?;
        let fetch = format!("FETCH {FETCHED} FROM {}", cursor.name());
        // Not kept: what it gives is another cursor's with the next walk of this name.
        cursor.fetch = Some(self.connection.wait(self.connection.client.prepare(&fetch))?);
        Ok(Rows { rest: Vec::new().into_iter(), now: None, cursor: Some(cursor) })
    }

    fn prepared(&self) -> Result<tokio_postgres::Statement> {
        let client = &self.connection.client;
        // Answered at once where the connection has it, and only else by a way to the server.
        let known = client.statement_cache.size();
        let prepared = self.connection.await_answer(client.prepare_typed_cached(&self.sql, &unused(&self.sql)))?;
        if client.statement_cache.size() > known {
            self.connection.traffic.count();
        }
        Ok(prepared)
    }

    fn changed(&self, rows: u64) -> Result<usize> {
        self.connection.changes.set(self.connection.changes.get() + rows);
        usize::try_from(rows).map_err(|_| Error::Aborted.into())
    }
}

fn bound(values: &[Value]) -> impl ExactSizeIterator<Item = Bound<'_>> {
    values.iter().map(Bound)
}

/// A text as PostgreSQL reads it: `$1` for `?1`, and without what tells SQLite an order of tables or an index, which are
/// this server's to choose.
fn translated(text: &str) -> String {
    let mut sql = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('?') {
        let (before, after) = rest.split_at(at);
        sql.push_str(before);
        sql.push(if after[1..].starts_with(|c: char| c.is_ascii_digit()) { '$' } else { '?' });
        rest = &after[1..];
    }
    sql.push_str(rest);
    let mut sql = sql.replace("CROSS JOIN", "JOIN").replace("AND +", "AND ");
    while let Some(at) = sql.find("INDEXED BY ") {
        let name = at + "INDEXED BY ".len();
        let end = sql[name..].find(char::is_whitespace).map_or(sql.len(), |length| name + length);
        sql.replace_range(at..end, "");
    }
    sql
}

/// The type of values that a text does not use although it uses later ones, which the server cannot find out: any. The others
/// it knows better.
fn unused(sql: &str) -> Vec<Type> {
    let numbers: Vec<usize> = sql
        .split('$')
        .skip(1)
        .filter_map(|rest| rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok())
        .collect();
    let last = numbers.iter().copied().max().unwrap_or(0);
    if (1..=last).all(|number| numbers.contains(&number)) {
        return Vec::new();
    }
    (1..=last).map(|number| if numbers.contains(&number) { Type::UNKNOWN } else { Type::TEXT }).collect()
}

/// The rows of an answer, one after the other.
#[derive(Debug)]
pub struct Rows<'c> {
    rest: std::vec::IntoIter<tokio_postgres::Row>,
    now: Option<Row>,
    /// Where those that are not here yet come from.
    cursor: Option<Cursor<'c>>,
}

impl Rows<'_> {
    pub(in crate::store::database) fn next(&mut self) -> Result<Option<&Row>> {
        if self.rest.as_slice().is_empty()
            && let Some(cursor) = &self.cursor
        {
            let rows = cursor.fetch()?;
            if rows.len() < FETCHED {
                self.cursor = None;
            }
            self.rest = rows.into_iter();
        }
        self.now = self.rest.next().map(Row);
        Ok(self.now.as_ref())
    }
}

/// A cursor that is open on the server, or about to be.
struct Cursor<'c> {
    connection: &'c Connection,
    number: u32,
    fetch: Option<tokio_postgres::Statement>,
}

impl std::fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

impl<'c> Cursor<'c> {
    /// One whose name nobody has on this connection now. Names are used again, since statements are kept by their text.
    fn free(connection: &'c Connection) -> Self {
        let taken = connection.cursors.get();
        let number = taken.trailing_ones();
        connection.cursors.set(taken | 1 << number);
        Self { connection, number, fetch: None }
    }

    fn name(&self) -> String {
        format!("walk_{}", self.number)
    }

    fn fetch(&self) -> Result<Vec<tokio_postgres::Row>> {
        let Some(fetch) = &self.fetch else { return Ok(Vec::new()) };
        self.connection.wait(self.connection.client.query(fetch, &[]))
    }
}

impl Drop for Cursor<'_> {
    fn drop(&mut self) {
        // With a transaction that failed its cursors are gone, and it takes no more statements.
        if self.fetch.is_some() && !self.connection.is_aborted.get() {
            let _ = self.connection.execute_batch(&format!("CLOSE {}", self.name()));
        }
        self.connection.cursors.set(self.connection.cursors.get() & !(1 << self.number));
    }
}

/// A row of an answer.
#[derive(Debug)]
pub struct Row(tokio_postgres::Row);

impl Row {
    pub(in crate::store::database) fn value(&self, column: usize) -> Result<Held<'_>> {
        Ok(self.0.try_get::<_, Held<'_>>(column).map_err(Error::from)?)
    }

    pub(in crate::store::database) fn text(&self, column: usize) -> Result<&str> {
        Ok(self.0.try_get::<_, &str>(column).map_err(Error::from)?)
    }

    pub(in crate::store::database) fn columns(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_made_those_of_the_server() {
        assert_eq!(translated("SELECT ?1, ?12, '?'"), "SELECT $1, $12, '?'");
        assert_eq!(translated("SELECT 1 FROM a CROSS JOIN b ON a.x = b.x"), "SELECT 1 FROM a JOIN b ON a.x = b.x");
        assert_eq!(translated("SELECT 1 FROM a INDEXED BY a_due WHERE x"), "SELECT 1 FROM a  WHERE x");
        assert_eq!(unused("SELECT $1, $2"), Vec::<Type>::new());
        assert_eq!(unused("SELECT $1, $3"), [Type::UNKNOWN, Type::TEXT, Type::UNKNOWN]);
    }
}
