//! Where a store is.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::config;

/// A SQLite file, or a database on a PostgreSQL server.
#[derive(Clone, Debug)]
pub enum Location {
    File(PathBuf),
    Server {
        /// `postgres://user:password@host:5432/name`
        url: SecretString,
        /// What this node keeps beside the database, its lock and its journal, begins with this.
        local: PathBuf,
    },
}

impl Location {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server { .. } => None,
        }
    }
}

/// Without what lets anybody in.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server { url, .. } => f.write_str(&shown(url.expose_secret())),
        }
    }
}

/// Host and name of the database.
pub(super) fn shown(url: &str) -> String {
    let without_options = url.split(['?', '#']).next().unwrap_or_default();
    match without_options.split_once("://") {
        Some((scheme, rest)) => {
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
            format!("{scheme}://{place}")
        }
        None => "a database".to_owned(),
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&config::Store> for Location {
    fn from(store: &config::Store) -> Self {
        match &store.url {
            Some(url) => Self::Server { url: url.clone(), local: store.local.clone() },
            None => Self::File(store.path.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_lets_anybody_in_is_shown() {
        for (url, expected) in [
            (
                "postgres://griot:s3cret@db.example.org:5432/griot?sslmode=require",
                "postgres://db.example.org:5432/griot",
            ),
            ("postgres://griot:p@ss@db/griot", "postgres://db/griot"),
            ("postgres:///griot?host=/run/postgresql&password=s3cret", "postgres:///griot"),
            ("host=db password=s3cret", "a database"),
        ] {
            let location = Location::Server { url: url.into(), local: "node".into() };
            assert_eq!(location.to_string(), expected);
            assert!(!format!("{location:?}").contains("s3cret"));
        }
    }
}
