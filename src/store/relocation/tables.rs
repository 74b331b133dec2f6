//! Which tables there are, and what a row of each is made of.

use anyhow::{Result, ensure};
use rusqlite::Connection;

/// Every table of a store in which something is kept, each behind those that it refers to. Not in it: the searches for
/// subscribers and stories, which are made of those.
pub const TABLES: &[&str] = &[
    "keys",
    "newsletters",
    "feeds",
    "stories",
    "headlines",
    "events",
    "editions",
    "edition_stories",
    "edition_links",
    "edition_variants",
    "edition_search",
    "links",
    "clicks",
    "subscribers",
    "reader_clicks",
    "opens",
    "subscriptions",
    "subscription_changes",
    "wordings",
    "consents",
    "letters",
    "permission_passes",
    "permission_asks",
    "address_changes",
    "suppressions",
    "suppression_changes",
    "erasures",
    "deliveries",
    "attempts",
    "delivery_counts",
    "feedback",
    "received",
    "reviews",
    "decisions",
    "overrides",
    "notices",
    "story_signals",
    "signal_stories",
    "sightings",
    "draft_candidates",
    "tastes",
    "staff",
    "invitations",
    "sessions",
    "audit",
    "edition_changes",
    "uploads",
    "link_checks",
    "dropped_events",
    "last_tries",
    "auth_refusals",
    "domain_counts",
    "feedback_counts",
    "subscription_days",
    "click_hours",
    "pictures",
    "sponsors",
    "recovery_codes",
    "passkeys",
    "half_steps",
    "api_tokens",
    "edition_ends",
    "webhooks",
    "webhook_calls",
    "warm_up_days",
    "alerts",
    "backups",
    "attempt_counts",
    "nodes",
    "rates",
];

/// The searches of a file that are made of other tables.
pub(super) const DERIVED: &[&str] = &["subscriber_search", "story_search"];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Blob,
}

/// A table, and what is copied of it.
#[derive(Debug)]
pub(super) struct Table {
    pub name: &'static str,
    pub columns: Vec<String>,
    pub kinds: Vec<Kind>,
    /// By which its rows are in order.
    pub key: Vec<String>,
}

impl Table {
    /// All of them, as the catalogue of today's schema has them.
    pub fn all() -> Result<Vec<Self>> {
        let db = Connection::open_in_memory()?;
        super::super::migrations::upgrade_file(&db)?;
        TABLES.iter().map(|name| Self::of(&db, name)).collect()
    }

    fn of(db: &Connection, name: &'static str) -> Result<Self> {
        let mut table = Self { name, columns: Vec::new(), kinds: Vec::new(), key: Vec::new() };
        if name == "edition_search" {
            // A search names its columns, and neither their types nor the number of a row.
            table.columns.push("rowid".into());
            table.kinds.push(Kind::Integer);
            table.key.push("rowid".into());
        }
        let mut key = Vec::new();
        let mut query = db.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let mut rows = query.query([name])?;
        while let Some(row) = rows.next()? {
            let (column, kind, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if place > 0 {
                key.push((place, column.clone()));
            }
            table.columns.push(column);
            table.kinds.push(match kind.as_str() {
                "INTEGER" => Kind::Integer,
                "REAL" => Kind::Real,
                "BLOB" => Kind::Blob,
                _ => Kind::Text,
            });
        }
        key.sort();
        table.key.extend(key.into_iter().map(|(_, column)| column));
        ensure!(!table.key.is_empty(), "the schema has no table {name} with a key");
        Ok(table)
    }

    /// Its columns, as a statement names them.
    pub fn list(&self) -> String {
        self.columns.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_of_the_schema_is_moved_or_derived_and_stands_behind_what_it_refers_to() {
        let db = Connection::open_in_memory().unwrap();
        super::super::super::migrations::upgrade_file(&db).unwrap();
        let names = |sql: &str| -> Vec<String> {
            db.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        // What an FTS5 table keeps its words in is shadow, and follows from it.
        let mut found =
            names("SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND name NOT LIKE 'sqlite%'");
        let mut known: Vec<String> = TABLES.iter().chain(DERIVED).map(|name| (*name).to_owned()).collect();
        found.sort();
        known.sort();
        assert_eq!(found, known);
        for (at, table) in TABLES.iter().enumerate() {
            for parent in names(&format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}')")) {
                assert!(TABLES[..at].contains(&parent.as_str()), "{table} refers to {parent}");
            }
        }
        let tables = Table::all().unwrap();
        let deliveries = tables.iter().find(|table| table.name == "deliveries").unwrap();
        assert_eq!(deliveries.key, ["edition_id", "subscriber_id"]);
        assert_eq!(deliveries.columns.len(), deliveries.kinds.len());
    }
}
