use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::super::output::plain;
use super::super::sheet::{Lines, Row, Rows, folded, unguarded};
use super::columns::Columns;
use super::refused::{Reason, Refused, Report};
use super::unzoned::{Unzoned, Unzoneds};
use super::{Output, Station};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::store::{Import, ImportRow, Imported, SubscriptionState, newsletter_number};

/// Rows written in one transaction: the larger, the faster, and the more is done again after a kill.
const CHUNK: usize = 100_000;
/// Longest name, in characters; only mistakes are longer.
const MAX_NAME: usize = 200;

/// Add the subscribers of a CSV file; who left, bounced or was erased stays out
///
/// The first line names the columns: `email`, and if you like `name`, or `first name` and `last name`, and `timezone`.
/// Comma, semicolon and tab, and every usual encoding are understood. Importing a file again changes nothing.
#[derive(Debug, Args)]
pub struct ImportFile {
    /// The file; `-` reads the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The newsletter they subscribe to
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: String,
    /// They have agreed to be mailed and you can show it; without this they are pending
    #[arg(long)]
    confirmed: bool,
    /// Where every refused row is listed [default: FILE.refused.csv]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Rows on their way from the file to the store.
#[derive(Default)]
struct Chunk {
    rows: Vec<ImportRow>,
    refused: Vec<Refused>,
    /// Taken all the same.
    unzoned: Vec<Unzoned>,
}

impl ImportFile {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        let newsletter = press.newsletter(&self.newsletter)?;
        let state = if self.confirmed { SubscriptionState::Confirmed } else { SubscriptionState::Pending };
        let name = self.file.display();
        let progress = ProgressBar::no_length();
        let rows = self.open(&progress).with_context(|| format!("cannot import {name}"))?;

        let number = store.write(|db| newsletter_number(db, newsletter.id.as_str()))?;
        let import = Import { newsletter: number, state, now: press.now() };
        let mut done = Imported::default();
        let mut report = Report::new(self.report_file());
        let mut unzoneds = Unzoneds::default();
        std::thread::scope(|scope| {
            // One chunk waits while one is written: enough to keep both threads busy, and little memory.
            let (sender, chunks): (SyncSender<Chunk>, Receiver<Chunk>) = sync_channel(1);
            let reading = scope.spawn(move || read_chunks(rows, state, &sender));
            for mut chunk in chunks {
                let mut imported = store.write(|db| import.add(db, &mut chunk.rows))?;
                chunk.refused.extend(told(&chunk.rows, std::mem::take(&mut imported.refused)));
                chunk.refused.sort_by_key(|refused| refused.line);
                done.merge(imported);
                let is_refused = |line| chunk.refused.binary_search_by_key(&line, |refused| refused.line).is_ok();
                chunk.unzoned.into_iter().filter(|row| !is_refused(row.line)).for_each(|row| unzoneds.add(row));
                chunk.refused.into_iter().try_for_each(|refused| report.add(refused))?;
            }
            match reading.join() {
                Ok(read) => read.with_context(|| format!("cannot read {name} to its end; run this again to go on")),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        progress.finish_and_clear();
        self.tell(&done, &mut report, &unzoneds, out)
    }

    fn open(&self, progress: &ProgressBar) -> Result<(Rows, Columns)> {
        let bytes: Box<dyn Read + Send> = if self.file.as_os_str() == "-" {
            Box::new(stdin())
        } else {
            let file = File::open(&self.file)?;
            let style = ProgressStyle::with_template("{bar:40} {percent}% · {elapsed}, {eta} to go");
            progress.set_style(style.context("the progress bar's template is wrong")?);
            progress.set_length(file.metadata()?.len());
            Box::new(progress.wrap_read(file))
        };
        let mut lines = Lines::open(bytes)?;
        let header = loop {
            match lines.next()? {
                None => bail!("it is empty; a CSV file begins with the names of its columns, such as `email,name`"),
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => break line,
            }
        };
        let columns = Columns::read(&header.text)?;
        Ok((Rows::new(lines, columns.delimiter, columns.count, columns.email), columns))
    }

    fn report_file(&self) -> Option<PathBuf> {
        let beside = || {
            let mut file = self.file.clone().into_os_string();
            file.push(".refused.csv");
            PathBuf::from(file)
        };
        self.report.clone().or_else(|| (self.file.as_os_str() != "-").then(beside))
    }

    fn tell(&self, done: &Imported, report: &mut Report, unzoneds: &Unzoneds, out: &mut Output) -> Result<()> {
        let refused = report.count();
        let rows = done.added + done.updated + done.unchanged + refused;
        let file = report.finish()?.map(Path::to_owned);
        if self.json {
            return out.json(&json!({
                "rows": rows, "added": done.added, "updated": done.updated, "unchanged": done.unchanged,
                "refused": refused, "reasons": report.by_reason, "report": file, "without_timezone": unzoneds.count,
            }));
        }
        writeln!(
            out,
            "{}: {rows} rows · {} added · {} updated · {} unchanged · {refused} refused",
            self.file.display(),
            done.added,
            done.updated,
            done.unchanged
        )?;
        for (reason, count) in &report.by_reason {
            writeln!(out, "  {count:>7}  {reason}")?;
        }
        for refused in &report.first {
            writeln!(out, "  line {}: {}: {}", refused.line, plain(&refused.value), refused.reason)?;
        }
        if let Some(file) = file {
            let shown = report.first.len() as u64;
            let more = if refused > shown { format!("The first {shown} are shown; a") } else { "A".to_owned() };
            writeln!(out, "{more}ll {refused} refused rows are in {}", file.display())?;
        }
        unzoneds.tell(out)?;
        if !self.confirmed && done.added > 0 {
            writeln!(
                out,
                "Pending subscribers get nothing. If they have agreed to be mailed and you can show it, run this again \
                 with --confirmed"
            )?;
        }
        Ok(())
    }
}

/// Reads the whole file, a chunk at a time. Ends early, and quietly, where nobody takes the chunks any more.
fn read_chunks(
    (mut rows, columns): (Rows, Columns),
    state: SubscriptionState,
    chunks: &SyncSender<Chunk>,
) -> Result<()> {
    let mut chunk = Chunk::default();
    while let Some(row) = rows.next()? {
        match checked(row, &columns, state) {
            Ok((row, unzoned)) => {
                chunk.rows.push(row);
                chunk.unzoned.extend(unzoned);
            }
            Err(refused) => chunk.refused.push(refused),
        }
        if chunk.rows.len() + chunk.refused.len() == CHUNK && chunks.send(std::mem::take(&mut chunk)).is_err() {
            return Ok(());
        }
    }
    // Nobody to take it means that writing failed, which is told there.
    let _ = chunks.send(chunk);
    Ok(())
}

fn checked(row: Row, columns: &Columns, state: SubscriptionState) -> Result<(ImportRow, Option<Unzoned>), Refused> {
    let (line, cells) = match row {
        Row::Cells { line, cells } => (line, cells),
        Row::Broken { line, text, reason } => return Err(Refused::new(line, &text, Reason::Broken(reason))),
    };
    let cell = |column: usize| cells.get(column).map_or("", |cell| unguarded(cell.trim_matches(' ')));
    let address = cell(columns.email);
    let refused = |reason| Refused::new(line, address, reason);
    if address.trim().is_empty() {
        return Err(Refused::new(line, &cells.join(&columns.delimiter.to_string()), Reason::NoAddress));
    }
    let email = EmailAddress::parse(address).map_err(|error| refused(Reason::Address(error)))?;
    let filled = |column: Option<usize>| column.is_some_and(|column| !cell(column).is_empty());
    let word = columns.state.map_or("", cell);
    let mark = if filled(columns.cleaned) {
        Some("bounced for good, as the file says")
    } else if filled(columns.unsubscribed) || word == SubscriptionState::Ended.as_str() {
        Some("left, as the file says")
    } else if word == SubscriptionState::Pending.as_str() && state == SubscriptionState::Confirmed {
        Some("never confirmed, as the file says")
    } else {
        None
    };
    if let Some(mark) = mark {
        return Err(refused(Reason::Marked(mark)));
    }
    let parts: Vec<&str> = columns.name.iter().map(|column| cell(*column)).collect();
    let name = folded(&parts.join(" "));
    if name.chars().count() > MAX_NAME {
        return Err(refused(Reason::NameTooLong));
    }
    let zone = columns.timezone.map_or("", cell).trim();
    let timezone = Timezone::find(zone);
    let is_unknown = timezone.is_none() && !zone.is_empty();
    let unzoned = is_unknown.then(|| Unzoned::new(line, email.as_str(), zone));
    Ok((ImportRow { line, email, name, timezone }, unzoned))
}

/// Puts to what the store refused the address it stood for.
fn told(rows: &[ImportRow], mut refusals: Vec<(u64, crate::store::Refusal)>) -> Vec<Refused> {
    refusals.sort();
    let mut told = Vec::with_capacity(refusals.len());
    for row in rows {
        if let Ok(index) = refusals.binary_search_by_key(&row.line, |(line, _)| *line) {
            told.push(Refused::new(row.line, row.email.as_str(), Reason::Store(refusals[index].1.clone())));
        }
    }
    told
}
