use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::problem::{Problem, Step};
use super::{Environment, document::Secrecy};

/// Where a secret may stand. The environment goes before the file, the file before the key (rule W, secrets).
pub(super) struct SecretPlaces<'a> {
    /// What it is to people: "password".
    pub noun: &'static str,
    pub variable: &'a str,
    pub file_key: &'static str,
    pub file: Option<&'a PathBuf>,
    pub key: &'static str,
    pub inline: Option<&'a SecretString>,
}

impl SecretPlaces<'_> {
    /// The secret, or `None` where it stands nowhere; `folder` is that of the configuration file.
    pub fn find(&self, folder: &Path, environment: &Environment) -> Result<Option<SecretString>, Problem> {
        if let Some(secret) = environment.secrets.get(self.variable) {
            return Ok(Some(secret.clone()));
        }
        let Some(path) = self.file else { return Ok(self.inline.cloned()) };
        let path = folder.join(path);
        let at = [Step::Key(self.file_key)];
        let text = std::fs::read_to_string(&path).map_err(|cause| {
            Problem::new(
                format!("the {} cannot be read from {}: {cause}", self.noun, path.display()),
                format!("let the user griot runs as read it, or set {}", self.variable),
            )
            .at(at)
        })?;
        // Editors end a file with a newline; no provider ends a secret with one.
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            let advice = format!("put the {} into it", self.noun);
            return Err(Problem::new(format!("{} is empty", path.display()), advice).at(at));
        }
        Ok(Some(SecretString::from(text)))
    }

    /// The key in the file that gives it, if one does.
    pub fn stands_at(&self) -> Option<&'static str> {
        let inline = self.inline.map(|_| self.key);
        inline.or(self.file.map(|_| self.file_key))
    }

    /// The key in the file that the secret was found by; `None` where it came from the environment.
    pub fn found_at(&self, environment: &Environment) -> Option<&'static str> {
        if environment.secrets.contains_key(self.variable) {
            return None;
        }
        self.file.map(|_| self.file_key).or(self.inline.map(|_| self.key))
    }

    /// Where to put it, as advice.
    pub fn advice(&self) -> String {
        format!("set {}, or {}, or {}", self.variable, self.file_key, self.key)
    }
}

/// What stands behind the name of an environment variable for a table's secret: the table's id, where it is one of several.
pub(super) fn variable_suffix(id: &str, is_alone: bool) -> String {
    if is_alone { String::new() } else { format!("_{}", id.to_ascii_uppercase().replace('-', "_")) }
}

/// A secret in a file that everybody can read is refused. `inline` says where secrets stand in it.
pub(super) fn check_exposed(
    inline: impl IntoIterator<Item = (Vec<Step>, &'static str)>,
    name: &Path,
    secrecy: Secrecy,
) -> Result<(), Problem> {
    match inline.into_iter().next() {
        Some((place, key)) if secrecy == Secrecy::Everybody => Err(Problem::new(
            "everybody on this machine can read this file, and it holds a password",
            format!("run: chmod 600 {}", name.display()),
        )
        .at([Step::Key(key)])
        .within(&place)),
        _ => Ok(()),
    }
}
