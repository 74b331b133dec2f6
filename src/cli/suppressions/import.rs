use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use super::super::output::plain;
use super::{Output, Station};
use crate::sheet::{Header, Lines, Row, Rows, unguarded};
use crate::store::{Suppressed, Suppression};

/// Rows written in one transaction.
const CHUNK: usize = 10_000;
/// Rows that are not taken and shown.
const SHOWN: usize = 20;
const ADDRESS: [&str; 6] = ["email", "address", "emailaddress", "mail", "recipient", "domain"];

/// Never mail the addresses and domains of a file again
///
/// A CSV file with a column `email`, `address` or `domain`, and if you like `reason` and `created_at`; or a plain list, one
/// a line.
/// Importing a file again changes nothing.
#[derive(Debug, Args)]
pub struct Import {
    /// The file; `-` reads the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Why, where the file says nothing
    #[arg(long, value_name = "TEXT", default_value = "import")]
    reason: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Done {
    added: u64,
    unchanged: u64,
    refused: u64,
    first: Vec<String>,
}

/// Where to look in each row.
struct Columns {
    delimiter: char,
    count: usize,
    address: usize,
    reason: Option<usize>,
    created_at: Option<usize>,
}

impl Import {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let name = self.file.display();
        let (mut rows, columns) = self.open().with_context(|| format!("cannot import {name}"))?;
        let mut done = Done::default();
        let mut is_end = false;
        while !is_end {
            let mut chunk = Vec::new();
            while chunk.len() < CHUNK && !is_end {
                match rows.next().with_context(|| format!("cannot read {name} to its end"))? {
                    None => is_end = true,
                    Some(row) => match self.read(row, &columns) {
                        Ok((who, reason, since)) => {
                            let created_at = since.map_or(press.now(), |since| since.min(press.now()));
                            chunk.push(Suppression { who, reason, created_at });
                        }
                        Err(refused) => done.refuse(refused),
                    },
                }
            }
            let added =
                press.store().write(|db| chunk.iter().try_fold(0, |added, one| Ok(added + u64::from(one.add(db)?))))?;
            done.added += added;
            done.unchanged += chunk.len() as u64 - added;
        }
        let Done { added, unchanged, refused, first } = done;
        let rows = added + unchanged + refused;
        if self.json {
            return out.json(&json!({"rows": rows, "added": added, "unchanged": unchanged, "refused": refused,
                                    "first_refused": first}));
        }
        writeln!(out, "{name}: {rows} rows · {added} added · {unchanged} unchanged · {refused} refused")?;
        first.iter().try_for_each(|line| writeln!(out, "  {}", plain(line)))?;
        Ok(())
    }

    fn open(&self) -> Result<(Rows, Columns)> {
        let bytes: Box<dyn Read + Send> =
            if self.file.as_os_str() == "-" { Box::new(stdin()) } else { Box::new(File::open(&self.file)?) };
        let mut lines = Lines::open(bytes)?;
        let first = loop {
            match lines.next()? {
                None => bail!("it is empty; write an address or a domain a line"),
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
            }
        };
        // A list without a header begins with one of those it lists.
        let columns = match first.text.trim().parse::<Suppressed>() {
            Ok(_) => {
                lines.put_back([first].into_iter());
                Columns { delimiter: '\n', count: 1, address: 0, reason: None, created_at: None }
            }
            Err(_) => Columns::read(&first.text)?,
        };
        Ok((Rows::new(lines, columns.delimiter, columns.count, columns.address), columns))
    }

    fn read(&self, row: Row, columns: &Columns) -> Result<(Suppressed, String, Option<DateTime<Utc>>), String> {
        let (line, cells) = match row {
            Row::Cells { line, cells } => (line, cells),
            Row::Broken { line, text, reason } => return Err(format!("line {line}: {text}: {reason}")),
        };
        let cell = |column: usize| cells.get(column).map_or("", |cell| unguarded(cell.trim()));
        let who = cell(columns.address).parse().map_err(|error| format!("line {line}: {error}"))?;
        let reason = columns.reason.map_or("", cell);
        let since = DateTime::parse_from_rfc3339(columns.created_at.map_or("", cell)).ok();
        let reason = if reason.is_empty() { self.reason.clone() } else { reason.to_owned() };
        Ok((who, reason, since.map(|since| since.to_utc())))
    }
}

impl Columns {
    fn read(header: &str) -> Result<Self> {
        let header = Header::read(header);
        let Some((header, address)) = header.and_then(|header| header.find(&ADDRESS).map(|address| (header, address)))
        else {
            bail!("no column is called `email`, `address` or `domain`, and the first line is none of them either");
        };
        let (reason, created_at) = (header.find(&["reason"]), header.find(&["createdat"]));
        Ok(Self { delimiter: header.delimiter, count: header.names.len(), address, reason, created_at })
    }
}

impl Done {
    fn refuse(&mut self, refused: String) {
        self.refused += 1;
        if self.first.len() < SHOWN {
            self.first.push(refused);
        }
    }
}
