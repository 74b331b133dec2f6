//! Statements over the wire, alone or many in one piece.

use futures_util::{StreamExt, stream};
use rusqlite::types::Value;
use tokio_postgres::types::{ToSql, Type};

use super::value::{Bound, Held};
use super::{Connection, Error};
use crate::store::database::{Params, Result};

/// Statements that are under way at once.
const AT_ONCE: usize = 512;

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

    pub(in crate::store::database) fn query(&self, params: &impl Params) -> Result<Rows> {
        let values = params.values()?;
        let values: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let prepared = self.prepared()?;
        let rows = self.connection.wait(self.connection.client.query(&prepared, &values))?;
        // A change that gives rows is counted by them.
        if prepared.columns().is_empty() || !self.sql.trim_start().starts_with("SELECT") {
            self.changed(rows.len() as u64)?;
        }
        Ok(Rows { rest: rows.into_iter(), now: None })
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

/// All rows of an answer, one after the other.
#[derive(Debug)]
pub struct Rows {
    rest: std::vec::IntoIter<tokio_postgres::Row>,
    now: Option<Row>,
}

impl Rows {
    pub(in crate::store::database) fn next(&mut self) -> Option<&Row> {
        self.now = self.rest.next().map(Row);
        self.now.as_ref()
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
