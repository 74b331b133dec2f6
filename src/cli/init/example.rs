//! The example configuration, becoming an operator's own: values change, every comment stays.

use std::path::Path;

use anyhow::{Result, anyhow};
use secrecy::SecretString;
use url::Url;

use crate::config::{Config, ConfigError, Environment};

pub const RELAY: Place = ("[smtp]", "url");
const PASSWORD: &str = "GRIOT_SMTP_PASSWORD";
const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// A configuration that is in order at every moment.
#[derive(Clone, Debug)]
pub struct Draft(String);

/// Where a value stands: under the first header of this name, by its key.
pub type Place = (&'static str, &'static str);

impl Draft {
    pub fn of_example() -> Self {
        Self(EXAMPLE.to_owned())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// With values in their places, unless the configuration's own reading refuses one: then what it says of it.
    pub fn with(&self, values: &[(Place, toml::Value)], file: &Path) -> Result<Result<Self, String>> {
        let mut text = self.0.clone();
        for ((table, key), value) in values {
            let line = line_of(&text, table, key)?;
            text.replace_range(line, &format!("{key} = {value}"));
        }
        match parse(&text, file)? {
            Ok(_) => Ok(Ok(Self(text))),
            Err(ConfigError::Wrong(diagnosis)) if diagnosis.advice.is_empty() => Ok(Err(diagnosis.message.clone())),
            Err(ConfigError::Wrong(diagnosis)) => Ok(Err(format!("{}\n  {}", diagnosis.message, diagnosis.advice))),
            Err(error) => Err(error.into()),
        }
    }

    /// What it says.
    pub fn config(&self, file: &Path) -> Result<Config> {
        Ok(parse(&self.0, file)??)
    }

    pub fn relay(&self) -> Result<String> {
        value_of(&self.0, RELAY)
    }

    /// The relay has a user, and nobody has said the password.
    pub fn lacks_password(&self) -> Result<bool> {
        Ok(names_user(&self.relay()?) && std::env::var_os(PASSWORD).is_none())
    }

    /// Without the values that are only right for the example: they stand there as comments.
    pub fn without(mut self, places: &[Place]) -> Result<Self> {
        for (table, key) in places {
            let line = line_of(&self.0, table, key)?;
            self.0.insert_str(line.start, "# ");
        }
        Ok(self)
    }

    /// With the first of the example's platforms alone. The others explain nothing.
    pub fn with_one_platform(mut self) -> Self {
        const FURTHER: &str = "\n[[platform]]\nid = ";
        while let Some(start) = self.0.find(FURTHER) {
            let end = self.0[start + 1..].find("\n\n").map_or(self.0.len(), |length| start + 1 + length + 1);
            self.0.replace_range(start..end, "");
        }
        self
    }
}

/// The line of a key, without its end.
fn line_of(text: &str, table: &str, key: &str) -> Result<std::ops::Range<usize>> {
    let missing = || anyhow!("the example configuration has no {table} {key}");
    let table = text.find(&format!("\n{table}\n")).ok_or_else(missing)?;
    let start = table + text[table..].find(&format!("\n{key} = ")).ok_or_else(missing)? + 1;
    Ok(start..start + text[start..].find('\n').ok_or_else(missing)?)
}

/// Passwords are not asked for: they belong elsewhere, so that one is missing here is no fault.
fn environment(relay: &str) -> Environment {
    let mut environment = Environment::default();
    if names_user(relay) {
        environment.secrets.insert(PASSWORD.to_owned(), SecretString::from("not known yet"));
    }
    environment
}

fn names_user(relay: &str) -> bool {
    Url::parse(relay).is_ok_and(|url| !url.username().is_empty())
}

fn parse(text: &str, file: &Path) -> Result<Result<Config, ConfigError>> {
    let relay = value_of(text, RELAY)?;
    Ok(Config::parse(text, file, &environment(&relay)))
}

/// A text as it stands there.
fn value_of(text: &str, (table, key): Place) -> Result<String> {
    let line: toml::Table = text[line_of(text, table, key)?].parse()?;
    Ok(line.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_values_changes() {
        let draft = Draft::of_example().with_one_platform();
        let places = [(("[publisher]", "name"), "A \"B\"".into()), (("[[newsletter]]", "name"), "The Week".into())];
        let draft = draft.with(&places, Path::new("griot.toml")).unwrap().unwrap();
        let comments = |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
        let (before, after): (Vec<String>, Vec<String>) = (comments(EXAMPLE), comments(draft.text()));
        assert_eq!(before, after);
        assert!(draft.text().contains("\nname = 'A \"B\"'\n"), "{}", draft.text());
        assert_eq!(draft.text().matches("\n[[platform]]\n").count(), 1);
        assert_eq!(EXAMPLE.lines().count() - draft.text().lines().count(), 12);
        assert!(draft.without(&[("[publisher]", "tagline")]).unwrap().text().contains("\n# tagline = \"News"));
    }
}
