//! The linters of `tests/lint`, which run in Node and Chromium.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Runs one of the scripts; panics with what it found.
pub fn lint(script: &str, arguments: &[&OsStr]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    assert!(
        folder.join("node_modules").is_dir(),
        "The linters are not installed: run ./check, which installs them, or npm ci in tests/lint."
    );
    let output = Command::new("node")
        .arg(folder.join(script))
        .args(arguments)
        .output()
        .expect("node is not installed: run ./check, which says what is missing");
    assert!(
        output.status.success(),
        "{script} found:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
