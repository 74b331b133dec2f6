//! The rows of an import that were not taken: counted by reason, the first few kept to be shown, all of them written
//! to a file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::super::sheet::{guarded, writer};
use crate::address::AddressError;
use crate::store::Refusal;

/// How many are shown.
const SHOWN: usize = 20;
/// How much of a row is kept, in characters: enough to find it, and little however long it is.
const MAX_VALUE: usize = 200;

/// One row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Of the file, from 1.
    pub line: u64,
    /// What stood there: the address, or the line where there is none.
    pub value: String,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The line is no record.
    Broken(&'static str),
    NoAddress,
    Address(AddressError),
    NameTooLong,
    /// The file itself says that the reader left, bounced or never confirmed.
    Marked(&'static str),
    Store(Refusal),
}

impl Refused {
    pub fn new(line: u64, value: &str, reason: Reason) -> Self {
        Self { line, value: value.chars().take(MAX_VALUE).collect(), reason }
    }
}

impl Reason {
    /// What it is counted under: without what differs from row to row.
    fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Broken(reason) | Self::Marked(reason) => Cow::Borrowed(reason),
            Self::Store(Refusal::Left(_)) => Cow::Borrowed("left before"),
            Self::Store(Refusal::Suppressed(_)) => Cow::Borrowed("is suppressed"),
            Self::NoAddress | Self::Address(_) | Self::NameTooLong | Self::Store(Refusal::Erased) => {
                Cow::Owned(self.to_string())
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) | Self::Marked(reason) => f.write_str(reason),
            Self::NoAddress => f.write_str("has no address"),
            Self::Address(error) => write!(f, "is no address griot can mail: {error}"),
            Self::NameTooLong => f.write_str("has a name longer than 200 characters"),
            Self::Store(refusal) => write!(f, "{refusal}"),
        }
    }
}

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
