use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::document::Secrecy;
use super::problem::{Problem, Step};
use super::secret::{SecretPlaces, check_exposed};
use super::{Environment, Node};

/// `[store]`: where everything is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// The SQLite file.
    pub path: PathBuf,
    /// A database of PostgreSQL instead of the file: `postgres://user:password@host/name`.
    pub url: Option<SecretString>,
    /// A file that holds it.
    url_file: Option<PathBuf>,
    /// A program that copies the log takes it into the file, as Litestream does; griot leaves that to it.
    pub replicated: bool,
    /// What this node keeps beside a database begins with this.
    #[serde(skip)]
    pub local: PathBuf,
}

impl Store {
    /// Finds the URL and the files; `name` is the configuration file.
    pub(super) fn resolve(
        &mut self,
        name: &Path,
        node: &Node,
        environment: &Environment,
        secrecy: Secrecy,
    ) -> Result<(), Problem> {
        let within = |problem: Problem| problem.within(&[Step::Key("store")]);
        let inline = self.url.iter().filter(|url| holds_password(url)).map(|_| (Vec::new(), "url"));
        check_exposed(inline, name, secrecy).map_err(within)?;
        let folder = name.parent().unwrap_or(Path::new(""));
        let places = SecretPlaces {
            noun: "URL",
            variable: Environment::STORE_URL,
            file_key: "url_file",
            file: self.url_file.as_ref(),
            key: "url",
            inline: self.url.as_ref(),
        };
        let url = places.find(folder, environment).map_err(within)?;
        if let Some(url) = &url
            && !is_url(url.expose_secret())
        {
            let message = "the URL of the store begins with neither postgres:// nor postgresql://";
            let advice = "write postgres://user:password@host:5432/name, or name a file in path";
            return Err(match places.found_at(environment) {
                Some(key) => within(Problem::new(message, advice).at([Step::Key(key)])),
                None => Problem::new(format!("{}: {message}", Environment::STORE_URL), advice),
            });
        }
        self.url = url;
        self.path = folder.join(&self.path);
        self.local = folder.join(&node.folder).join(&node.name);
        Ok(())
    }
}

/// Whether it names a database on a server, and no file.
pub fn is_url(text: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
}

/// Whether a URL of a database has a password in it, so that it is a secret.
pub fn holds_password(url: &SecretString) -> bool {
    let url = url.expose_secret();
    let place = url.split_once("://").map_or(url, |(_, rest)| rest);
    let user = place.split(['/', '?']).next().unwrap_or_default().rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || url.contains("password=")
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: PathBuf::from("griot.db"),
            url: None,
            url_file: None,
            replicated: false,
            local: PathBuf::from("griot-node"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_secret_where_it_holds_a_password() {
        for (url, expected) in [
            ("postgres://griot:s3cret@db/griot", true),
            ("postgres:///griot?host=/run&password=s3cret", true),
            ("postgres://griot@db:5432/griot", false),
            ("postgres:///griot?host=/run/postgresql", false),
        ] {
            assert_eq!(holds_password(&url.into()), expected, "{url}");
        }
    }
}
