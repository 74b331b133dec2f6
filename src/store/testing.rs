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

/// The same in a file, whatever engine is tested: for what is of the file.
pub fn file(folder: &TempDir) -> Store {
    Store::open_or_create(&folder.path().join("griot.db")).unwrap()
}
