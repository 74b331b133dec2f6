use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDateTime, Utc};

use super::super::Store;
use super::{Backup, BackupRecord, Keep};

const TIME: &str = "%Y%m%dT%H%M%SZ";

/// A folder with copies that are named by their time: `griot-20261128T033000Z.db`. What is named otherwise is nobody's
/// business here.
#[derive(Clone, Debug)]
pub struct DailyCopies {
    folder: PathBuf,
    /// What their names begin with.
    stem: String,
}

impl DailyCopies {
    /// Those of the store at `path`.
    pub fn of(path: &Path, folder: &Path) -> Self {
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Self { folder: folder.to_owned(), stem }
    }

    /// Makes another one, and lets those go that the rule has no place for. Answers how many those were.
    pub fn add(&self, store: &Store, keep: Keep, now: DateTime<Utc>) -> Result<(Backup, usize)> {
        let file = self.file(now);
        let folder = fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make the folder {} for copies", self.folder.display()));
        if let Err(error) = folder {
            store.write(|db| BackupRecord::of_failure(&file, &error, now).add(db))?;
            return Err(error);
        }
        let backup = store.back_up_to(&file, now)?;
        let copies: Vec<DateTime<Utc>> = self.list()?;
        let gone = keep.too_many(&copies, now);
        for at in &gone {
            let file = self.file(*at);
            fs::remove_file(&file).with_context(|| format!("cannot let the old copy {} go", file.display()))?;
        }
        Ok((backup, gone.len()))
    }

    /// When those were made that are there, oldest first.
    pub fn list(&self) -> Result<Vec<DateTime<Utc>>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.folder.display())),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut times: Vec<DateTime<Utc>> = names.filter_map(|name| self.time(&name)).collect();
        times.sort();
        Ok(times)
    }

    pub fn file(&self, at: DateTime<Utc>) -> PathBuf {
        self.folder.join(self.name(at))
    }

    fn name(&self, at: DateTime<Utc>) -> String {
        format!("{}-{}.db", self.stem, at.format(TIME))
    }

    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let text = name.strip_prefix(&self.stem)?.strip_prefix('-')?.strip_suffix(".db")?;
        let at = NaiveDateTime::parse_from_str(text, TIME).ok()?.and_utc();
        // Exactly what is written here, and nothing that only reads the same.
        (self.name(at) == name).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn makes_copies_by_the_rule_and_touches_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::file(&dir);
        let folder = dir.path().join("backups");
        let copies = DailyCopies::of(store.file().unwrap(), &folder);
        let keep = Keep { daily: 2, weekly: 0, monthly: 0 };
        let first = DateTime::parse_from_rfc3339("2026-11-28T03:30:00Z").unwrap().to_utc();
        copies.add(&store, keep, first).unwrap();
        let foreign = ["griot-20260101T000000Z.db.zip", "other-20260101T000000Z.db", "griot-2026.db", "notes.txt"];
        for name in foreign {
            fs::write(folder.join(name), "mine").unwrap();
        }
        for night in 1..4 {
            copies.add(&store, keep, first + TimeDelta::days(night)).unwrap();
        }
        assert_eq!(copies.list().unwrap(), [2, 3].map(|night| first + TimeDelta::days(night)));
        assert!(foreign.iter().all(|name| folder.join(name).exists()));
        assert!(folder.join("griot-20261201T033000Z.db").exists());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2 + foreign.len());
    }
}
