use std::path::PathBuf;

use serde::Deserialize;

/// `[store]`: where everything is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// The SQLite file.
    pub path: PathBuf,
    /// A program that copies the log takes it into the file, as Litestream does; griot leaves that to it.
    pub replicated: bool,
}

impl Default for Store {
    fn default() -> Self {
        Self { path: PathBuf::from("griot.db"), replicated: false }
    }
}
