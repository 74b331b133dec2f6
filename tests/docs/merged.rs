//! A piece of `griot.toml`, as pages show it, set into a small one that is whole.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use griot::config::{Config, Environment};
use secrecy::SecretString;
use toml::{Table, Value};

use crate::support::{configuration, keys};

/// Reads what the page shows as griot would.
pub fn read(piece: &str) -> Result<Config, String> {
    let piece: Table = piece.parse().map_err(|error| format!("it is no TOML: {error}"))?;
    let base: Table = configuration::text(&["https://example.org/feed".to_owned()], 25, 8080).parse().unwrap();
    let mut whole = base.clone();
    for (key, value) in piece {
        merge(&mut whole, &base, &key, value);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut variables = HashMap::new();
    for (key, value) in &whole {
        provide(key, value, folder.path(), &mut variables);
    }
    let text = toml::to_string(&whole).unwrap();
    let secrets = variables.into_iter().map(|(name, secret)| (name, SecretString::from(secret))).collect();
    Config::parse(&text, &folder.path().join("griot.toml"), &Environment { secrets }).map_err(|error| error.to_string())
}

/// Tables are completed; of several newsletters each by the one of the small file, as is the first of the platforms.
fn merge(whole: &mut Table, base: &Table, key: &str, value: Value) {
    let shown = match value {
        Value::Array(tables) if key == "newsletter" => {
            let Value::Array(known) = &base["newsletter"] else { unreachable!("it is a list") };
            let complete = |table| filled(table, known[0].as_table().unwrap());
            Value::Array(tables.into_iter().map(complete).collect())
        }
        Value::Table(table) => match base.get(key) {
            Some(Value::Table(known)) => filled(Value::Table(table), known),
            _ => Value::Table(table),
        },
        other => other,
    };
    whole.insert(key.to_owned(), shown);
}

fn filled(table: Value, known: &Table) -> Value {
    let Value::Table(table) = table else { return table };
    let mut whole = known.clone();
    whole.extend(table);
    Value::Table(whole)
}

/// The files and variables that the piece takes for granted: secrets and keys.
fn provide(place: &str, value: &Value, folder: &Path, variables: &mut HashMap<String, String>) {
    match value {
        Value::Array(tables) => tables.iter().for_each(|table| provide(place, table, folder, variables)),
        Value::Table(table) => {
            for (key, value) in table {
                if let (Some(name), true) = (value.as_str(), key.ends_with("_file")) {
                    write_secret(place, key, &folder.join(name));
                }
                provide(key, value, folder, variables);
            }
            let id = table.get("id").and_then(Value::as_str).map(|id| id.to_uppercase().replace('-', "_"));
            let names_user = table.get("url").and_then(Value::as_str).is_some_and(|url| url.contains('@'));
            let mut set = |variable: &str, secret: &str| {
                for name in [Some(variable.to_owned()), id.as_ref().map(|id| format!("{variable}_{id}"))] {
                    variables.extend(name.map(|name| (name, secret.to_owned())));
                }
            };
            let has_own = table.keys().any(|key| key.starts_with("password") || key == "oauth2");
            match place {
                "smtp" if names_user && !has_own => set("GRIOT_SMTP_PASSWORD", "secret"),
                "imap" if !has_own => set("GRIOT_IMAP_PASSWORD", "secret"),
                "mailgun" => set("GRIOT_HOOKS_MAILGUN_SIGNING_KEY", "secret"),
                "postmark" if table.contains_key("user") => set("GRIOT_HOOKS_POSTMARK_PASSWORD", "secret"),
                "postmark" => set("GRIOT_HOOKS_POSTMARK_SECRET", "secret"),
                "generic" => set("GRIOT_HOOKS_GENERIC_SECRET", "0123456789abcdef0123456789abcdef"),
                "webhook" => set("GRIOT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                _ => {}
            }
        }
        _ => {}
    }
}

fn write_secret(place: &str, key: &str, path: &Path) {
    match (place, key) {
        ("dkim", "key_file") => keys::make(keys::RSA_2048, path),
        ("webhook", _) => fs::write(path, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap(),
        _ => fs::write(path, "0123456789abcdef0123456789abcdef").unwrap(),
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_piece_is_read_as_the_whole_would_be() {
    let config = read("[[newsletter]]\nlocal_hour = \"08:00\"\n").unwrap();
    assert!(config.newsletters[0].local_hour.is_some());
    let error = read("[[newsletter]]\nlocal_hours = \"08:00\"\n").unwrap_err();
    assert!(error.contains("local_hours"), "{error}");
    assert!(read("[smtp]\nurl = \"smtps://user@mail.example.org\"\n").is_ok());
}
