//! The page of all keys: which there are, and of what kind, is read off the types; what they mean stands in
//! `config.example.toml`, which `griot init` writes. One without the other fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use griot::config::{Config, Environment, Written};
use secrecy::SecretString;

use crate::example::{self, Group, Part, Setting, Table};
use crate::generated;
use crate::markdown;
use crate::types::{Key, Kind, ROOT, Types, parted};

const PAGE: &str = "docs/reference/configuration.md";

const BEGINNING: &str = "\
# Every key of griot.toml

<!-- Made by `UPDATE=1 cargo test --test docs` of the types in src/config and of config.example.toml. -->

`griot.toml` is written in [TOML](https://toml.io). `griot init` makes one in which every key stands with what is said
of it here ([the file](example.md)); `griot check` reads it, and tells file, line and what to write instead where something
is wrong. An unknown key is an error, so that a slip is found.

- Paths are relative to the folder of `griot.toml`.
- Secrets are best in the environment, then in a file of their own, and last in `griot.toml`.
- What is changed holds from the next start of griot on.
- Editors that know JSON Schema complete and check the file by [griot.schema.json](griot.schema.json): put
  `#:schema ./griot.schema.json` into its first line.
";

/// By their places, as `newsletter.section.title`.
type Known = BTreeMap<String, Key>;

/// All keys of the types, tables left out.
fn known(types: &Types) -> Known {
    let mut known = Known::new();
    walk(types, ROOT, "", &mut known);
    known
}

fn walk(types: &Types, table: &str, path: &str, known: &mut Known) {
    for key in types.keys(table) {
        let place = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        match &key.kind {
            Kind::Table(inner) | Kind::Tables(inner) | Kind::TableOrTables(inner) => walk(types, inner, &place, known),
            _ => drop(known.insert(place, key)),
        }
    }
}

/// The key of the types that one of the example is; `None` where they know no such key.
fn key_of(known: &Known, table: &str, key: &str) -> Option<Key> {
    if let Some(key) = known.get(&format!("{table}.{key}")) {
        return Some(key.clone());
    }
    match &known.get(table)?.kind {
        // The name is the publisher's own.
        Kind::Names(value) => {
            Some(Key { name: key.to_owned(), kind: (**value).clone(), is_required: false, is_open: false })
        }
        _ => None,
    }
}

#[test]
fn every_key_has_its_words_and_all_words_have_a_key() {
    let known = known(&Types::read());
    let mut told = BTreeSet::new();
    let mut wrong = Vec::new();
    for table in example::parts().iter().flat_map(|part| &part.tables) {
        for group in &table.groups {
            for key in &group.keys {
                let place = format!("{}.{}", table.path, key.name);
                match key_of(&known, &table.path, &key.name) {
                    None => wrong.push(format!("config.example.toml has {place}, which no type in src/config knows")),
                    Some(key) if key.is_required && group.default.is_some() => {
                        wrong.push(format!("config.example.toml tells a default of {place}, which has none"));
                    }
                    Some(_) => {}
                }
                let is_first = told.insert(if known.contains_key(&table.path) { table.path.clone() } else { place });
                if !is_first {
                    wrong.push(format!("config.example.toml tells of {}.{} twice", table.path, key.name));
                }
                if group.words.is_empty() && table.words.is_empty() {
                    wrong.push(format!("config.example.toml says nothing about {}.{}", table.path, key.name));
                }
            }
        }
    }
    for place in known.keys().filter(|place| !told.contains(*place)) {
        wrong.push(format!(
            "config.example.toml does not tell of {place}: add a paragraph with its meaning and default"
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_all_keys_is_up_to_date() {
    let types = Types::read();
    generated::must_be(PAGE, &page(&types, &known(&types), &example::parts()));
}

fn page(types: &Types, known: &Known, parts: &[Part]) -> String {
    let mut page = BEGINNING.to_owned();
    let mut used = BTreeSet::new();
    page.push('\n');
    for part in parts {
        let table = |table: &Table| format!("[`{}`](#{})", table.heading, markdown::slug(&table.path));
        let tables: Vec<String> = part.tables.iter().map(table).collect();
        writeln!(page, "- {}: {}", part.title.split(':').next().unwrap(), tables.join(", ")).unwrap();
    }
    for part in parts {
        write!(page, "\n## {}\n", part.title).unwrap();
        for table in &part.tables {
            write!(page, "\n### `{}`\n", table.heading).unwrap();
            let (words, default) = example::parted(table.words.clone());
            write_words(&mut page, &words);
            if let Some(default) = default {
                write!(page, "\nDefault: {default}.\n").unwrap();
            }
            for group in &table.groups {
                write_group(&mut page, types, known, table, group, &mut used);
            }
        }
    }
    page.push_str("\n## Kinds of values\n\nText stands in double quotes. These texts and numbers have a form:\n");
    for name in used {
        let (anchor, heading) = (parted(&name, '-'), parted(&name, ' '));
        write!(page, "\n<a id=\"kind-{anchor}\"></a>\n\n### {heading}\n\n{}\n", types.words_of(&name)).unwrap();
    }
    page
}

fn write_group(
    page: &mut String,
    types: &Types,
    known: &Known,
    table: &Table,
    group: &Group,
    used: &mut BTreeSet<String>,
) {
    page.push('\n');
    for key in &group.keys {
        writeln!(page, "<a id=\"{}.{}\"></a>", table.path, key.name).unwrap();
    }
    let names: Vec<String> = group.keys.iter().map(|key| format!("`{}`", key.name)).collect();
    write!(page, "\n#### {}\n", names.join(", ")).unwrap();
    write_words(page, &group.words);
    let defaults = defaults(group, |key| key_of(known, &table.path, key).is_some_and(|key| key.is_required));
    let mut takes = |key: &Setting| said(types, &key_of(known, &table.path, &key.name).unwrap().kind, used);
    if let ([key], [default]) = (&group.keys[..], &defaults[..]) {
        let example = code(&format!("{} = {}", key.name, key.value));
        write!(page, "\nTakes: {} · {} · {example}\n", takes(key), default.as_words()).unwrap();
    } else {
        page.push_str("\n| key | takes | default | example |\n|---|---|---|---|\n");
        for (key, default) in group.keys.iter().zip(defaults) {
            writeln!(page, "| `{}` | {} | {} | {} |", key.name, takes(key), default.said(), code(&key.value)).unwrap();
        }
    }
    for key in &group.keys {
        let Kind::Choice(name) = key_of(known, &table.path, &key.name).unwrap().kind else { continue };
        let choices = types.choices(&name);
        if choices.iter().any(|(_, words)| !words.is_empty()) {
            page.push('\n');
            for (word, words) in choices {
                let words = if words.is_empty() { String::new() } else { format!(": {words}") };
                writeln!(page, "- `\"{word}\"`{words}").unwrap();
            }
        }
    }
}

/// Comment lines as paragraphs; those that are indented as they stand, because their columns mean something.
fn write_words(page: &mut String, words: &[String]) {
    let is_indented = |line: &String| line.starts_with("  ");
    for run in words.chunk_by(|one, other| is_indented(one) == is_indented(other)) {
        if is_indented(&run[0]) {
            let lines: Vec<&str> = run.iter().map(|line| &line[2..]).collect();
            write!(page, "\n```text\n{}\n```\n", lines.join("\n")).unwrap();
        } else {
            write!(page, "\n{}\n", linked(&run.join("\n"))).unwrap();
        }
    }
}

/// Pages that are named become links, and what Markdown would take for its own does not.
fn linked(words: &str) -> String {
    let mut linked = String::new();
    let mut rest = words;
    while let Some(start) = rest.find("docs/") {
        let end = start + rest[start..].find(".md").expect("docs/ names a page") + 3;
        let page = &rest[start + 5..end];
        write!(linked, "{}[{page}](../{page})", &rest[..start]).unwrap();
        rest = &rest[end..];
    }
    linked + rest
}

fn code(value: &str) -> String {
    format!("`{}`", value.replace('|', "\\|"))
}

fn said(types: &Types, kind: &Kind, used: &mut BTreeSet<String>) -> String {
    match kind {
        Kind::Named(name) => {
            used.insert(name.clone());
            format!("[{}](#kind-{})", parted(name, ' '), parted(name, '-'))
        }
        Kind::Choice(name) => {
            let words: Vec<String> = types.choices(name).into_iter().map(|(word, _)| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        Kind::List(inner) => format!("list: {}", said(types, inner, used)),
        Kind::Names(_) | Kind::Table(_) | Kind::Tables(_) | Kind::TableOrTables(_) => {
            unreachable!("a table is no value")
        }
        Kind::Text => "text".into(),
        Kind::Secret => "text, secret".into(),
        Kind::File => "path".into(),
        Kind::Flag => "`true`, `false`".into(),
        Kind::Whole => "whole number".into(),
        Kind::Number => "number".into(),
        Kind::Socket => "IP address and port".into(),
        Kind::Day => "day, as year, month and day".into(),
    }
}

/// What a key is where it is left out.
#[derive(Debug, PartialEq)]
enum Default {
    /// It may not be left out.
    Required,
    Value(String),
    /// As it is told.
    Told(String),
}

impl Default {
    fn said(&self) -> String {
        match self {
            Self::Required => "required".into(),
            Self::Value(value) => code(value),
            Self::Told(words) => words.clone(),
        }
    }

    fn as_words(&self) -> String {
        if *self == Self::Required { self.said() } else { format!("default: {}", self.said()) }
    }
}

/// The defaults of a group's keys, in their order: `"50%", 2 and 1` is told of three.
fn defaults(group: &Group, is_required: impl Fn(&str) -> bool) -> Vec<Default> {
    let told = group.default.as_deref();
    let values = told.and_then(|told| values(told, group.keys.len()));
    let of = |(index, key): (usize, &Setting)| match (told, &values) {
        _ if is_required(&key.name) => Default::Required,
        (Some(_), Some(values)) => values[index].clone().map_or(Default::Told("none".into()), Default::Value),
        (Some(told), None) => Default::Told(told.to_owned()),
        // A group without a word on defaults shows them, unless it shows a secret and where it may stand.
        (None, _) if is_secret(group) => Default::Told("none".into()),
        (None, _) => Default::Value(key.value.clone()),
    };
    group.keys.iter().enumerate().map(of).collect()
}

fn is_secret(group: &Group) -> bool {
    group.keys.iter().any(|key| key.name.ends_with("_file"))
}

/// `3, and "15d"` as two values; "none" is none.
fn values(told: &str, count: usize) -> Option<Vec<Option<String>>> {
    if told == "none" {
        return Some(vec![None; count]);
    }
    let list = told.replace(", and ", ", ").replace(" and ", ", ");
    let parts: Vec<&str> = if count == 1 { vec![told] } else { list.split(", ").collect() };
    if parts.len() != count {
        return None;
    }
    let value = |part: &str| match part {
        "none" => Some(None),
        value => format!("key = {value}").parse::<toml::Table>().ok().map(|_| Some(value.to_owned())),
    };
    parts.into_iter().map(value).collect()
}

/// The example with only what must be set, and what `changed` sets besides.
fn example_with(table: &str, changed: Option<&Setting>, is_required: &dyn Fn(&str, &str) -> bool) -> String {
    let mut lines = Vec::new();
    let mut current = String::new();
    // A table is there where it is the one that is looked at, or stands around it.
    let is_open = |path: &str| table == path || table.starts_with(&format!("{path}."));
    let mut is_set = false;
    for line in example::text().lines() {
        let Some(bare) = example::set(line) else { continue };
        if let Some(path) = example::heading(bare) {
            is_set = is_open(path) || !line.starts_with('#');
            if is_set {
                lines.push(bare.to_owned());
            }
            path.clone_into(&mut current);
            if let Some(setting) = changed.filter(|_| path == table)
                && !lines.iter().rev().skip(1).any(|known| known == bare)
            {
                lines.push(format!("{} = {}", setting.name, setting.value));
            }
        } else if let Some(setting) = example::setting(bare).filter(|_| is_set) {
            let is_changed = current == table && changed.is_some_and(|changed| changed.name == setting.name);
            if is_required(&current, &setting.name) && !is_changed {
                lines.push(bare.to_owned());
            }
        }
    }
    lines.join("\n")
}

fn read(text: &str) -> Result<String, String> {
    let secrets = [
        ("GRIOT_IMAP_PASSWORD", "from the environment"),
        ("GRIOT_HOOKS_MAILGUN_SIGNING_KEY", "from the environment"),
        ("GRIOT_HOOKS_GENERIC_SECRET", "from the environment, and long enough"),
        ("GRIOT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ];
    // A mailbox has a password or a token, never both.
    let secrets = secrets.iter().filter(|(name, _)| !(text.contains("oauth2]") && *name == "GRIOT_IMAP_PASSWORD"));
    let secrets = secrets.map(|(name, secret)| ((*name).to_owned(), SecretString::from(*secret))).collect();
    let config = Config::parse(text, Path::new("griot.toml"), &Environment { secrets });
    config.map(|config| format!("{:?}", Config { written: Written::default(), ..config })).map_err(|e| e.to_string())
}

/// Whatever is called a default on the page: setting it changes nothing.
#[test]
fn what_is_called_a_default_is_one() {
    let known = known(&Types::read());
    let is_required = |table: &str, key: &str| key_of(&known, table, key).is_some_and(|key| key.is_required);
    let mut tried = 0;
    let mut wrong = Vec::new();
    for table in example::parts().iter().flat_map(|part| &part.tables) {
        if known.contains_key(&table.path) {
            continue;
        }
        let without = example_with(&table.path, None, &is_required);
        for group in &table.groups {
            for (key, default) in group.keys.iter().zip(defaults(group, |key| is_required(&table.path, key))) {
                let Default::Value(value) = default else { continue };
                // What such a key is by default is made up where it is used, and can't be seen here.
                if key_of(&known, &table.path, &key.name).is_some_and(|key| key.is_open) {
                    continue;
                }
                tried += 1;
                let setting = Setting { name: key.name.clone(), value };
                let with = example_with(&table.path, Some(&setting), &is_required);
                match (read(&without), read(&with)) {
                    (Ok(without), Ok(with)) if without == with => {}
                    (Ok(_), Ok(_)) => wrong.push(format!("{}.{} is not {}", table.path, key.name, setting.value)),
                    (Err(error), _) | (_, Err(error)) => wrong.push(format!("{}.{}: {error}", table.path, key.name)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried >= 60, "only {tried} defaults were tried");
}
