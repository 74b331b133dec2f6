use std::fs::{File, OpenOptions, rename};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

/// A writer of quoted cells.
pub fn writer<W: Write>(to: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).buffer_capacity(64 * 1024).from_writer(to)
}

/// Writes a new file, under another name until it is whole.
pub fn write_new<T>(file: &Path, write: impl FnOnce(&File) -> Result<T>) -> Result<T> {
    if file.exists() {
        bail!("{} exists already; name another file", file.display());
    }
    let written = || -> Result<T> {
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".unfinished");
        // It holds addresses: for the owner only.
        let new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        let answer = write(&new)?;
        new.sync_all()?;
        rename(&unfinished, file)?;
        Ok(answer)
    };
    written().with_context(|| format!("cannot export to {}", file.display()))
}

/// The error beneath csv's, which hides that nobody reads the output any more.
pub fn plain_error(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow!("{other:?}"),
    }
}
