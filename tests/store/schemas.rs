//! The two schemas are one: every table of `schema.sql` is in `schema.postgres.sql` with the same columns and the same rules,
//! and the other way around.

use std::collections::BTreeMap;
use std::process::Command;

use griot::store::{Db, Location, Store};
use rusqlite::Connection;

use crate::support::engine;
use crate::support::rows;

/// What a schema says of its tables, in words: a line for each column and each rule.
type Catalogue = BTreeMap<String, Vec<String>>;

/// A column: its table, name, type, whether it must be there, its default, whether case is looked at, its place in the key.
const COLUMNS_OF_FILE: &str = "
    SELECT t.name, printf('%s %s%s%s%s%s', c.name,
               CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'REAL' THEN 'double precision' WHEN 'BLOB' THEN 'bytea'
                           WHEN 'TEXT' THEN 'text' ELSE c.type END,
               iif(c.\"notnull\" OR c.pk > 0, ' not null', ''),
               iif(c.dflt_value IS NULL, '', ' default ' || replace(c.dflt_value, 'x''''', '''''')),
               iif(EXISTS (SELECT 1 FROM pragma_index_list(t.name) AS l, pragma_index_xinfo(l.name) AS i
                           WHERE i.name = c.name AND i.coll = 'NOCASE' AND i.key), ' nocase', ''),
               iif(c.pk > 0, ' key ' || c.pk, ''))
    FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite%'";

const COLUMNS_OF_SERVER: &str = "
    SELECT CAST(t.relname AS TEXT), c.attname || ' ' || format_type(c.atttypid, c.atttypmod) ||
           CASE WHEN c.attnotnull THEN ' not null' ELSE '' END ||
           coalesce(' default ' || regexp_replace(regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[a-z]+', ''), '^''\\\\x''$', ''''''), '') ||
           CASE WHEN (l.collname = 'nocase') AND EXISTS (SELECT 1 FROM pg_index AS i
                      WHERE i.indrelid = t.oid AND c.attnum = ANY (CAST(i.indkey AS SMALLINT[]))) THEN ' nocase' ELSE '' END ||
           coalesce(' key ' || array_position(k.conkey, c.attnum), '')
    FROM pg_class AS t JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0
    LEFT JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = c.attnum
    LEFT JOIN pg_collation AS l ON l.oid = c.attcollation
    LEFT JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'p'
    WHERE t.relkind = 'r' AND t.relnamespace = CAST('public' AS REGNAMESPACE)";

/// What there may be once only: columns, and where only some rows are meant.
const UNIQUE_OF_FILE: &str = "
    SELECT t.name, 'unique ' || (SELECT group_concat(name, ', ') FROM (SELECT i.name FROM pragma_index_info(l.name) AS i ORDER BY i.seqno))
                   || iif(l.partial, ' partly', '')
    FROM pragma_table_list AS t, pragma_index_list(t.name) AS l
    WHERE t.type = 'table' AND t.schema = 'main' AND l.\"unique\" AND l.origin <> 'pk'";

const UNIQUE_OF_SERVER: &str = "
    SELECT CAST(t.relname AS TEXT), 'unique ' || (SELECT string_agg(c.attname, ', ' ORDER BY array_position(CAST(i.indkey AS SMALLINT[]), c.attnum))
                                    FROM pg_attribute AS c WHERE c.attrelid = t.oid AND c.attnum = ANY (CAST(i.indkey AS SMALLINT[])))
           || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partly' END
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
    WHERE i.indisunique AND NOT i.indisprimary AND t.relnamespace = CAST('public' AS REGNAMESPACE)";

/// What a column refers to, and what becomes of the row when that goes.
const REFERENCES_OF_FILE: &str = "
    SELECT t.name, printf('%s refers to %s, on delete %s', f.\"from\", f.\"table\", lower(f.on_delete))
    FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table' AND t.schema = 'main'";

const REFERENCES_OF_SERVER: &str = "
    SELECT CAST(t.relname AS TEXT), c.attname || ' refers to ' || p.relname || ', on delete ' ||
           CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'something else' END
    FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = k.conrelid JOIN pg_class AS p ON p.oid = k.confrelid
    JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum = ANY (k.conkey)
    WHERE k.contype = 'f' AND t.relnamespace = CAST('public' AS REGNAMESPACE)";

fn read(catalogue: &mut Catalogue, pairs: impl IntoIterator<Item = (String, String)>) {
    for (table, line) in pairs {
        catalogue.entry(table).or_default().push(line);
    }
}

fn sorted(mut catalogue: Catalogue) -> Catalogue {
    catalogue.values_mut().for_each(|lines| lines.sort());
    catalogue
}

fn of_file() -> Catalogue {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../schema.sql")).unwrap();
    let mut catalogue = Catalogue::new();
    for query in [COLUMNS_OF_FILE, UNIQUE_OF_FILE, REFERENCES_OF_FILE] {
        let mut query = db.prepare(query).unwrap();
        let pairs = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        read(&mut catalogue, pairs.map(Result::unwrap));
    }
    sorted(catalogue)
}

fn of_server(db: &Db) -> Catalogue {
    let mut catalogue = Catalogue::new();
    for query in [COLUMNS_OF_SERVER, UNIQUE_OF_SERVER, REFERENCES_OF_SERVER] {
        let mut query = db.prepare(query).unwrap();
        let pairs = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        read(&mut catalogue, pairs.map(Result::unwrap));
    }
    sorted(catalogue)
}

#[test]
fn both_engines_have_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = engine::empty_database(folder.path()) else { return };
    let at = Location::Server { url: url.into(), local: folder.path().join("node") };
    let store = Store::open_or_create(at).unwrap();
    let db = rows::of_store(&store);
    let mut on_server = of_server(&db);
    // `PRAGMA user_version` is the one, and a virtual table the other.
    assert_eq!(on_server.remove("schema_version").unwrap(), ["version bigint not null"]);
    let search = ["body text not null", "rowid bigint not null key 1", "subject text not null"];
    let found = on_server.remove("edition_search").unwrap();
    assert_eq!(found[..2], search[..2]);
    assert_eq!(found[2], search[2]);
    assert!(found[3].starts_with("words tsvector default "), "{}", found[3]);
    assert_eq!(found.len(), 4);
    let of_file = of_file();
    for (table, lines) in &of_file {
        assert_eq!(on_server.get(table), Some(lines), "{table}");
    }
    assert_eq!(on_server.keys().collect::<Vec<_>>(), of_file.keys().collect::<Vec<_>>());

    // Each id that a file gives by itself a server gives too.
    let given = "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
                 WHERE is_identity = 'YES' AND column_name = 'id' AND table_schema = 'public' ORDER BY 1";
    let alone = |lines: &&Vec<String>| lines.iter().any(|line| line == "id bigint not null key 1");
    // The id of a key is chosen: it is an octet of every token.
    let of_file: Vec<&String> =
        of_file.iter().filter(|(table, lines)| *table != "keys" && alone(lines)).map(|(table, _)| table).collect();
    assert_eq!(rows::all::<String>(&db, given, &[]).iter().collect::<Vec<_>>(), of_file);

    // That they are compared at all: each of these makes another schema of it.
    for change in [
        "ALTER TABLE deliveries ALTER COLUMN attempts SET DEFAULT 1",
        "ALTER TABLE deliveries ALTER COLUMN changed_at DROP NOT NULL",
        "ALTER TABLE deliveries DROP CONSTRAINT deliveries_edition_id_fkey",
        "ALTER TABLE clicks DROP CONSTRAINT clicks_pkey",
        "ALTER TABLE editions DROP CONSTRAINT editions_newsletter_id_number_key",
        "ALTER TABLE story_signals ALTER COLUMN value TYPE NUMERIC",
        "ALTER TABLE subscribers ALTER COLUMN email TYPE TEXT COLLATE \"default\"",
        "DROP INDEX events_by_key",
        "ALTER TABLE feedback ADD COLUMN more TEXT",
    ] {
        let before = of_server(&db);
        db.execute_batch(change).unwrap();
        assert_ne!(of_server(&db), before, "{change} is not seen");
    }
}

/// Whoever vacuums and whoever restores has a `search_path` of their own, in which no name of ours is found by itself.
#[test]
fn a_dump_is_a_store_again_and_a_server_keeps_its_tables_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = engine::empty_database(folder.path()) else { return };
    let store = |url: &str| {
        Store::open_or_create(Location::Server { url: url.into(), local: folder.path().join("node") }).unwrap()
    };
    let first = store(&url);
    let db = rows::of_store(&first);
    db.execute_batch(
        "INSERT INTO subscribers (email, name, created_at, timezone) VALUES ('ama@readers.example', 'Ama Órsted', 1, '');
         INSERT INTO newsletters (slug) VALUES ('weekly-brief');
         SET search_path = ''; ANALYZE public.subscribers; ANALYZE public.stories; RESET search_path",
    )
    .unwrap();

    let dump = folder.path().join("griot.dump");
    let run = |command: &mut Command| {
        let done = command.output().expect("PostgreSQL's programs are there, as the server is");
        assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    run(Command::new("pg_dump").args(["--format=custom", "--file"]).arg(&dump).arg(&url));
    let other = engine::empty_database(folder.path()).unwrap();
    run(Command::new("pg_restore").args(["--exit-on-error", "--no-owner", "--dbname", &other]).arg(&dump));
    let again = store(&other);
    let restored = rows::of_store(&again);
    assert_eq!(of_server(&restored), of_server(&db));
    let found = "SELECT name FROM subscribers WHERE words_of(email COLLATE \"default\", name) @@ asked('[\"orst\"]')";
    let named = |db: &Db| rows::all::<String>(db, found, &[]);
    assert_eq!(named(&restored), ["Ama Órsted"]);
    // Over what was there, as somebody does who takes a day back.
    drop((restored, again));
    run(Command::new("pg_restore")
        .args(["--clean", "--if-exists", "--exit-on-error", "--no-owner", "--dbname", &other])
        .arg(&dump));
}
