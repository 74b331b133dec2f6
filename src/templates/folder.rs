use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The templates in a publisher's folder, by name: every file but hidden ones, copies of an editor (`~`) and the
/// catalogues in `languages`.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    visit(folder, "", &mut found)?;
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) -> Result<()> {
    let reading = || format!("reading the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') || name.ends_with('~') || prefix.is_empty() && name == "languages" {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            visit(&path, &format!("{name}/"), found)?;
        } else {
            // What is no text is no template; the check names it as unknown.
            let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            found.insert(name, String::from_utf8_lossy(&text).replace("\r\n", "\n"));
        }
    }
    Ok(())
}
