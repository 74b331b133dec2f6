use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::super::output::plain;
use super::{Output, Station};
use crate::calendar::MAX_SIZE;

/// Take in the events of an iCalendar file (.ics), those of the next 400 days
///
/// Imported again under the same name, a calendar is brought to what its file says now: what is to come and is not in
/// it any more goes away. Other events stay as they are.
#[derive(Debug, Args)]
pub struct Import {
    /// The file; `-` reads the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name its events go by [default: what the calendar calls itself, else the file's name]
    #[arg(long, value_name = "NAME")]
    calendar: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let is_stdin = self.file.as_os_str() == "-";
        let name = if is_stdin { "the standard input".to_owned() } else { self.file.display().to_string() };
        let named = self.calendar.as_deref().map(str::trim);
        if named == Some("") {
            bail!("--calendar is empty; give the calendar a name, or leave it out");
        }
        let bytes = self.bytes(is_stdin).with_context(|| format!("cannot read {name}"))?;
        let otherwise = self.file.file_name().filter(|_| !is_stdin).map(|name| name.to_string_lossy().into_owned());
        let imported = press
            .import_calendar(&bytes, named, otherwise.as_deref())
            .with_context(|| format!("cannot import {name}"))?;
        let changes = imported.changes;
        if self.json {
            return out.json(&json!({
                "calendar": imported.calendar, "added": changes.added, "changed": changes.changed,
                "unchanged": changes.unchanged, "removed": changes.removed, "skipped": imported.skipped,
                "whole": imported.is_whole,
            }));
        }
        writeln!(
            out,
            "{}: {} added · {} changed · {} as before · {} removed · {} with a problem",
            plain(&imported.calendar),
            changes.added,
            changes.changed,
            changes.unchanged,
            changes.removed,
            imported.skipped.len()
        )?;
        imported.skipped.iter().try_for_each(|problem| writeln!(out, "  {}", plain(problem)))?;
        if !imported.is_whole {
            writeln!(out, "  It is cut off (it does not end with END:VCALENDAR), so nothing was removed for it")?;
        }
        Ok(())
    }

    /// A little more than is read, so that what is too large is told as that.
    fn bytes(&self, is_stdin: bool) -> std::io::Result<Vec<u8>> {
        let from: Box<dyn Read> = if is_stdin { Box::new(stdin()) } else { Box::new(File::open(&self.file)?) };
        let mut bytes = Vec::new();
        from.take(MAX_SIZE as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
