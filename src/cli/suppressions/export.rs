use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use chrono::SecondsFormat;
use clap::Args;

use super::super::check::counted;
use super::list::each;
use super::{Output, Station};
use crate::sheet::{guarded, plain_error, write_new, writer};
use crate::store::Store;

/// Write who is never mailed as CSV: address, reason, time
#[derive(Debug, Args)]
pub struct Export {
    /// The file to make, which must not exist; the standard output where it is left out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Export {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let Some(file) = &self.file else {
            write(press.store(), out)?;
            return Ok(());
        };
        let exported = write_new(file, |new| write(press.store(), new))?;
        writeln!(out, "Exported {} to {}", counted(exported, "suppression"), file.display())?;
        Ok(())
    }
}

/// Answers how many lines there are besides the header.
fn write(store: &Store, to: impl Write) -> Result<usize> {
    let mut csv = writer(to);
    csv.write_record(["address", "reason", "created_at"]).map_err(plain_error)?;
    let mut exported = 0;
    each(store, "", |suppression| {
        let at = suppression.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        // A domain begins with an @, which a spreadsheet would run.
        csv.write_record([&*guarded(suppression.who.as_str()), &guarded(&suppression.reason), &at])
            .map_err(plain_error)?;
        exported += 1;
        Ok(true)
    })?;
    csv.flush()?;
    Ok(exported)
}
