//! Stores for tests, on the engine that is tested.

#[path = "../../tests/support/engine.rs"]
mod engine;

use tempfile::TempDir;

use super::{Location, Store};

/// A new store for this folder.
pub fn store(folder: &TempDir) -> Store {
    Store::open_or_create(location(folder)).unwrap()
}

pub fn location(folder: &TempDir) -> Location {
    match engine::url_of(folder.path()) {
        Some(url) => Location::Server { url: url.into(), local: folder.path().join("node") },
        None => Location::File(folder.path().join("griot.db")),
    }
}

/// Whether a test of SQLite's file has nothing to show here.
pub fn is_of_the_file() -> bool {
    if engine::is_postgres() {
        eprintln!("NOT RUN on PostgreSQL: it is about the file of a store");
    }
    engine::is_postgres()
}
