//! `config.example.toml` as the documentation it is: parts, tables, and keys with their words.

use std::fs;

use crate::generated::root;

/// A stretch of the file under one of its rules: `# ---- The store: … ----`.
#[derive(Debug)]
pub struct Part {
    pub title: String,
    pub tables: Vec<Table>,
}

#[derive(Debug)]
pub struct Table {
    /// `newsletter.section`.
    pub path: String,
    /// `[[newsletter.section]]`.
    pub heading: String,
    pub words: Vec<String>,
    pub groups: Vec<Group>,
}

/// Keys that are told of together.
#[derive(Debug)]
pub struct Group {
    pub words: Vec<String>,
    /// What stands behind "Default:", without its last dot.
    pub default: Option<String>,
    pub keys: Vec<Setting>,
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub name: String,
    /// As it is written.
    pub value: String,
}

pub fn text() -> String {
    fs::read_to_string(root().join("config.example.toml")).unwrap()
}

/// A line without the mark that makes it optional, if it is one of a key or a heading.
pub fn set(line: &str) -> Option<&str> {
    let bare = line.strip_prefix("# ").unwrap_or(line);
    (heading(bare).is_some() || setting(bare).is_some()).then_some(bare)
}

pub fn heading(line: &str) -> Option<&str> {
    let path = line.strip_prefix('[')?.strip_suffix(']')?;
    let path = path.strip_prefix('[').and_then(|path| path.strip_suffix(']')).unwrap_or(path);
    path.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.')).then_some(path)
}

pub fn setting(line: &str) -> Option<Setting> {
    let (name, value) = line.split_once(" = ")?;
    let is_key = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_key.then(|| Setting { name: name.to_owned(), value: value.to_owned() })
}

/// The file, part by part. Of tables that stand several times in it the first has the words.
pub fn parts() -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for block in text().split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some(rest) = block.strip_prefix("# ---- ") {
            parts.push(Part { title: rest.trim_end_matches('-').trim().to_owned(), tables: Vec::new() });
            continue;
        }
        // Before the first part the file tells of itself.
        let Some(part) = parts.last_mut() else { continue };
        read_block(block, part, &mut seen);
    }
    parts
}

fn read_block(block: &str, part: &mut Part, seen: &mut Vec<String>) {
    let mut words = Vec::new();
    let mut keys = Vec::new();
    for line in block.lines() {
        let bare = set(line);
        if let Some(path) = bare.and_then(heading) {
            if seen.iter().any(|known| known == path) {
                return;
            }
            seen.push(path.to_owned());
            let table = Table {
                path: path.to_owned(),
                heading: bare.unwrap().to_owned(),
                words: std::mem::take(&mut words),
                groups: Vec::new(),
            };
            part.tables.push(table);
        } else if let Some(setting) = bare.and_then(setting) {
            keys.push(setting);
        } else {
            words.push(line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line).to_owned());
        }
    }
    if keys.is_empty() {
        assert!(words.is_empty(), "config.example.toml: these words belong to no key and no table:\n{block}");
        return;
    }
    let table = part.tables.last_mut().unwrap_or_else(|| panic!("config.example.toml: keys without a table:\n{block}"));
    let (words, default) = parted(words);
    table.groups.push(Group { words, default, keys });
}

/// The words, and what they say of the default.
pub fn parted(mut words: Vec<String>) -> (Vec<String>, Option<String>) {
    let Some(start) = words.iter().position(|line| line.starts_with("Default: ")) else { return (words, None) };
    let default = words.split_off(start).join(" ");
    let default = default.trim_start_matches("Default: ").trim_end_matches('.').to_owned();
    (words, Some(default))
}
