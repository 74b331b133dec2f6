use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::super::output::plain;
use super::{Output, Station};
use crate::publishing::Press;
use crate::saying::time::moment;
use crate::sheet::{Header, Lines, cells_of, unguarded};
use crate::store;

/// Rows written in one transaction.
const CHUNK: usize = 5_000;
/// Rows that are not taken and shown.
const SHOWN: usize = 20;

/// Tell how often stories were viewed, shared, or whatever is counted
///
/// A value is all there was by a time, not what came since the last one. Telling the same again changes nothing.
#[derive(Debug, Args)]
pub struct Signal {
    /// The story's number or URL; of a URL the story may come later
    #[arg(value_name = "URL|ID", required_unless_present = "csv", conflicts_with = "csv")]
    story: Option<String>,
    /// What was counted, such as views or shares
    #[arg(long, value_name = "NAME", required_unless_present = "csv", conflicts_with = "csv")]
    signal: Option<String>,
    #[arg(long, value_name = "NUMBER", required_unless_present = "csv", conflicts_with = "csv")]
    value: Option<String>,
    /// When it was counted, as `2026-11-27 08:00` (UTC) or RFC 3339; now, where it is not given
    #[arg(long, value_name = "TIME", conflicts_with = "csv")]
    at: Option<String>,
    /// A file with the columns url, signal, value and if you like at; `-` reads the standard input
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Where to look in each row.
struct Columns {
    delimiter: char,
    url: usize,
    signal: usize,
    value: usize,
    at: Option<usize>,
}

impl Signal {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        if let Some(file) = &self.csv {
            return self.import(&press, file, out);
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let at = self.at.as_deref().map(read_at).transpose()?;
        let signal = press.signal(&text(&self.story), &text(&self.signal), &text(&self.value), at)?;
        let new = press.record_signals(std::slice::from_ref(&signal))?;
        if self.json {
            return out.json(&json!({"rows": 1, "recorded": new, "unchanged": 1 - new, "refused": 0}));
        }
        let told = if new == 1 { "Recorded" } else { "Known already:" };
        writeln!(out, "{told} {} {} of {}", signal.value, signal.name, signal.url)?;
        Ok(())
    }

    fn import(&self, press: &Press, file: &Path, out: &mut Output) -> Result<()> {
        let name = file.display();
        let (mut lines, columns) = open(file).with_context(|| format!("cannot read signals from {name}"))?;
        let (mut rows, mut recorded, mut taken) = (0, 0, 0);
        let mut refused: Vec<String> = Vec::new();
        let mut chunk = Vec::new();
        // No cell of a row holds a line break, so that a stray quotation mark costs its own line only.
        while let Some(line) = lines.next().with_context(|| format!("cannot read {name} to its end"))? {
            if line.text.trim().is_empty() {
                continue;
            }
            rows += 1;
            match columns.read(&line.text, press) {
                Ok(signal) => chunk.push(signal),
                Err(error) => refused.push(format!("line {}: {error:#}", line.number)),
            }
            if chunk.len() == CHUNK {
                recorded += press.record_signals(&chunk)?;
                taken += chunk.len();
                chunk.clear();
            }
        }
        recorded += press.record_signals(&chunk)?;
        taken += chunk.len();
        let unchanged = taken - recorded;
        if self.json {
            return out.json(&json!({"rows": rows, "recorded": recorded, "unchanged": unchanged,
                                    "refused": refused.len(), "first_refused": &refused[..refused.len().min(SHOWN)]}));
        }
        let many = refused.len();
        writeln!(out, "{name}: {rows} rows · {recorded} recorded · {unchanged} unchanged · {many} refused")?;
        refused.iter().take(SHOWN).try_for_each(|line| writeln!(out, "  {}", plain(line)))?;
        if many > SHOWN {
            writeln!(out, "  … and {} more", many - SHOWN)?;
        }
        Ok(())
    }
}

fn open(file: &Path) -> Result<(Lines, Columns)> {
    let bytes: Box<dyn Read + Send> =
        if file.as_os_str() == "-" { Box::new(stdin()) } else { Box::new(File::open(file)?) };
    let mut lines = Lines::open(bytes)?;
    loop {
        match lines.next()? {
            None => bail!("it is empty; begin with a line url,signal,value,at"),
            Some(line) if line.text.trim().is_empty() => {}
            Some(line) => return Ok((lines, Columns::of(&line.text)?)),
        }
    }
}

fn read_at(text: &str) -> Result<chrono::DateTime<chrono::Utc>> {
    moment(text, chrono_tz::Tz::UTC)
}

impl Columns {
    fn of(header: &str) -> Result<Self> {
        let header = Header::read(header);
        let (delimiter, names) = header.map_or((',', Vec::new()), |header| (header.delimiter, header.names));
        let names: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
        let find = |known: &str| names.iter().position(|name| name == known);
        let must = |known: &str| {
            find(known).with_context(|| {
                format!("its first line names no column `{known}`; begin the file with a line url,signal,value,at")
            })
        };
        Ok(Self { delimiter, url: must("url")?, signal: must("signal")?, value: must("value")?, at: find("at") })
    }

    fn read(&self, line: &str, press: &Press) -> Result<store::Signal> {
        let cells = cells_of(line, self.delimiter).context("has a quotation mark in the wrong place")?;
        let cell = |column: usize| cells.get(column).map_or("", |cell| unguarded(cell.trim()));
        let at = Some(self.at.map_or("", cell)).filter(|at| !at.is_empty()).map(read_at).transpose()?;
        press.signal(cell(self.url), cell(self.signal), cell(self.value), at)
    }
}
