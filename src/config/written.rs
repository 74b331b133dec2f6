//! What stands in the file, key by key, for who asks at run time where a value comes from.

use std::path::{Path, PathBuf};

use toml::{Table, Value};
use url::Url;

use super::Environment;

/// Keys whose value is nobody's to see, wherever they stand.
const SECRETS: [&str; 5] = ["password", "secret", "client_secret", "signing_key", "metrics_token"];

/// The file as it was when griot started, and what the environment added to it. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub file: PathBuf,
    /// In the order of the keys: `newsletter.weekly-brief.schedule`, and what stands there. A secret is only `set`.
    pub settings: Vec<(String, String)>,
    /// The variables that secrets were taken from.
    pub variables: Vec<String>,
}

impl Written {
    pub(super) fn of(text: &str, file: &Path, environment: &Environment) -> Self {
        let mut settings = Vec::new();
        // What is no TOML never comes here.
        if let Ok(table) = text.parse::<Table>() {
            flatten("", &table, &mut settings);
        }
        let mut variables: Vec<String> = environment.secrets.keys().cloned().collect();
        variables.sort();
        Self { file: file.to_owned(), settings, variables }
    }

    /// Whether the file says something of this key.
    pub fn has(&self, key: &str) -> bool {
        self.settings.iter().any(|(known, _)| known == key)
    }
}

fn flatten(prefix: &str, table: &Table, settings: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            _ if SECRETS.contains(&key.as_str()) => settings.push((path, "set".to_owned())),
            Value::Table(table) => flatten(&path, table, settings),
            Value::Array(values) if values.iter().any(Value::is_table) => {
                for (number, one) in (1..).zip(values) {
                    let Value::Table(table) = one else { continue };
                    // Each goes by its name, where it has one.
                    let name = ["id", "name", "outlet"].iter().find_map(|key| table.get(*key)?.as_str());
                    let name = name.map_or_else(|| number.to_string(), ToOwned::to_owned);
                    flatten(&format!("{path}.{name}"), table, settings);
                }
            }
            // What follows the host may be what lets griot in.
            Value::String(url) if prefix.starts_with("webhook.") && key == "url" => {
                settings.push((path, without_path(url)));
            }
            value => settings.push((path, said(value))),
        }
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => without_password(text),
        Value::Array(values) => values.iter().map(said).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// An address may hold a password, as that of a relay does.
fn without_password(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return text.to_owned() };
    if url.password().is_none() || url.set_password(None).is_err() {
        return text.to_owned();
    }
    url.into()
}

fn without_path(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return text.to_owned() };
    format!("{}/…", url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_tells_every_key_and_no_secret() {
        let text = r#"
            [smtp]
            url = "smtp://ada:hunter2@mail.example.org:587"
            password = "hunter2"
            [hooks.generic]
            secret = "hunter2"
            [[newsletter]]
            id = "weekly-brief"
            platforms = ["a", "b"]
            [[newsletter.section]]
            stories = 2
            [[webhook]]
            id = "crm"
            url = "https://crm.example.org/hunter2?key=hunter2"
            secret = "hunter2"
        "#;
        let written = Written::of(text, Path::new("griot.toml"), &Environment::default());
        let told: Vec<String> = written.settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let mut expected = [
            "smtp.url = smtp://ada@mail.example.org:587",
            "smtp.password = set",
            "hooks.generic.secret = set",
            "newsletter.weekly-brief.id = weekly-brief",
            "newsletter.weekly-brief.platforms = a, b",
            "newsletter.weekly-brief.section.1.stories = 2",
            "webhook.crm.id = crm",
            "webhook.crm.url = https://crm.example.org/…",
            "webhook.crm.secret = set",
        ];
        let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert!(written.has("smtp.url") && !written.has("smtp.depth"));
    }
}
