use std::collections::HashMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::moment;
use crate::sheet::{cells_of, folded, unguarded};

/// The cells of one row, found by the names of their columns. A name is written small and without anything but its
/// letters and digits: `OPTIN_TIME` is `optintime`.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    pub places: &'a HashMap<String, usize>,
    pub cells: &'a [String],
}

impl<'a> Cells<'a> {
    /// The first of these that has anything in it; empty where none has.
    pub fn get(&self, names: &[&str]) -> &'a str {
        let filled = names.iter().map(|name| self.cell(name)).find(|cell| !cell.is_empty());
        filled.unwrap_or_default()
    }

    /// Whether there is such a column at all.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.places.contains_key(*name))
    }

    pub fn when(&self, names: &[&str]) -> Option<DateTime<Utc>> {
        names.iter().find_map(|name| moment::read(self.cell(name)))
    }

    pub fn ip(&self, names: &[&str]) -> Option<IpAddr> {
        names.iter().find_map(|name| self.cell(name).parse().ok())
    }

    /// A truth such as `true` or `1`; nothing where it is neither true nor false.
    pub fn truth(&self, names: &[&str]) -> Option<bool> {
        match self.get(names).to_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" | "on" => Some(true),
            "false" | "f" | "0" | "no" | "n" | "off" => Some(false),
            _ => None,
        }
    }

    /// The tags in all of these columns.
    pub fn lists(&self, names: &[&str]) -> Vec<String> {
        let mut lists: Vec<String> = names.iter().flat_map(|name| tags(self.cell(name))).collect();
        lists.sort_unstable();
        lists.dedup();
        lists
    }

    /// A whole name, or a first and a last one.
    pub fn name(&self, whole: &[&str], first: &[&str], last: &[&str]) -> String {
        match self.get(whole) {
            "" => folded(&format!("{} {}", self.get(first), self.get(last))),
            whole => folded(whole),
        }
    }

    /// The fields a program keeps as one JSON object.
    pub fn fields(&self, names: &[&str]) -> Fields {
        match serde_json::from_str(self.get(names)) {
            Ok(Value::Object(fields)) => Fields(fields),
            _ => Fields::default(),
        }
    }

    fn cell(&self, name: &str) -> &'a str {
        let cell = self.places.get(name).and_then(|place| self.cells.get(*place));
        cell.map_or("", |cell| unguarded(cell.trim()))
    }
}

/// Fields of a JSON object, found like columns.
#[derive(Clone, Debug, Default)]
pub struct Fields(serde_json::Map<String, Value>);

impl Fields {
    pub fn get(&self, names: &[&str]) -> String {
        self.find(names).map(text).unwrap_or_default()
    }

    pub fn when(&self, names: &[&str]) -> Option<DateTime<Utc>> {
        moment::read(&self.get(names))
    }

    pub fn ip(&self, names: &[&str]) -> Option<IpAddr> {
        self.get(names).parse().ok()
    }

    pub fn lists(&self, names: &[&str]) -> Vec<String> {
        match self.find(names) {
            Some(Value::Array(values)) => named(values),
            Some(value) => tags(&text(value)),
            None => Vec::new(),
        }
    }

    fn find(&self, names: &[&str]) -> Option<&Value> {
        let is = |key: &str, name: &str| {
            key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).eq(name.chars())
        };
        names
            .iter()
            .find_map(|name| self.0.iter().find(|(key, value)| is(key, name) && !value.is_null()))
            .map(|(_, value)| value)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// The tags in one cell: a JSON array, or a list with commas, semicolons or bars between; some programs quote each.
fn tags(cell: &str) -> Vec<String> {
    if cell.starts_with('[')
        && let Ok(Value::Array(values)) = serde_json::from_str(cell)
    {
        return named(&values);
    }
    let delimiter = [',', ';', '|'].into_iter().find(|delimiter| cell.contains(*delimiter)).unwrap_or(',');
    let parts = cells_of(cell, delimiter).unwrap_or_else(|| cell.split(delimiter).map(str::to_owned).collect());
    parts.iter().map(|tag| folded(tag.trim_matches(['"', '\'', ' ']))).filter(|tag| !tag.is_empty()).collect()
}

/// What stands in a JSON array: texts, or objects with a name.
fn named(values: &[Value]) -> Vec<String> {
    let name = |value: &Value| match value {
        Value::Object(fields) => ["name", "title", "slug"].iter().find_map(|key| fields.get(*key)).map(text),
        other => Some(text(other)),
    };
    values.iter().filter_map(name).map(|tag| folded(&tag)).filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tags_however_they_are_written() {
        assert_eq!(tags(""), Vec::<String>::new());
        for cell in [
            "\"Lorem Editors\",\"News\"",
            "Lorem Editors, News",
            "Lorem Editors;News",
            "[\"Lorem Editors\", \"News\"]",
            "[{\"name\": \"Lorem Editors\"}, {\"name\": \"News\"}]",
            "Lorem Editors | News",
        ] {
            assert_eq!(tags(cell), ["Lorem Editors", "News"], "{cell}");
        }
        assert_eq!(tags("\"Lorem, the list\""), ["Lorem, the list"]);
        assert_eq!(tags("\"unclosed"), ["unclosed"]);
    }
}
