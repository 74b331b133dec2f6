//! The rows of an import that were not taken: counted by reason, the first few kept to be shown, all of them written
//! to a file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::publishing::Refused;
use crate::sheet::{guarded, writer};

/// How many are shown.
const SHOWN: usize = 20;

/// All of them so far.
#[derive(Debug)]
pub struct Report {
    pub by_reason: BTreeMap<String, u64>,
    pub first: Vec<Refused>,
    destination: Option<PathBuf>,
    file: Option<csv::Writer<File>>,
}

impl Report {
    /// The list goes to `destination`, made when the first row is refused.
    pub fn new(destination: Option<PathBuf>) -> Self {
        Self { by_reason: BTreeMap::new(), first: Vec::new(), destination, file: None }
    }

    pub fn count(&self) -> u64 {
        self.by_reason.values().sum()
    }

    pub fn add(&mut self, refused: Refused) -> Result<()> {
        if let Some(destination) = &self.destination {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(begin(destination)?),
            };
            file.write_record([
                refused.line.to_string().as_str(),
                &guarded(&refused.value),
                &guarded(&refused.reason.to_string()),
            ])
            .with_context(|| format!("cannot write {}", destination.display()))?;
        }
        *self.by_reason.entry(refused.reason.kind().into_owned()).or_default() += 1;
        if self.first.len() < SHOWN {
            self.first.push(refused);
        }
        Ok(())
    }

    /// Writes what is still in memory, and names the file if there is one.
    pub fn finish(&mut self) -> Result<Option<&Path>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush().context("cannot write the list of refused rows")?;
        Ok(self.destination.as_deref())
    }
}

fn begin(destination: &Path) -> Result<csv::Writer<File>> {
    // It holds addresses: for the owner only.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(destination);
    let file = file.with_context(|| {
        format!("cannot write the list of refused rows to {}; name another file with --report", destination.display())
    })?;
    let mut file = writer(file);
    file.write_record(["line", "value", "reason"])?;
    Ok(file)
}
