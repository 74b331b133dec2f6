//! Pages that are made, and committed: a test finds the one that is out of date, and writes it anew where it is asked to.

use std::fs;
use std::path::{Path, PathBuf};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares the committed file with what it has to be; `UPDATE=1` in the environment writes it.
pub fn must_be(file: &str, expected: &str) {
    let path: PathBuf = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(expected.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(expected.lines().count()));
    let shown = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    assert!(
        committed == expected,
        "{file} is out of date, first in line {}:\n  there:   {}\n  it must: {}\nrun: UPDATE=1 cargo test --test docs",
        line + 1,
        shown(&committed),
        shown(expected),
    );
}
