use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result};
use serde_json::json;

use super::super::output::plain;
use super::Output;
use super::report::Report;
use super::unzoned::Unzoneds;
use crate::publishing::{Export, Press, ReaderSheet, Refused, Unzoned, refusals_told};
use crate::store::{Import, ImportRow, Imported, SubscriptionState, newsletter_number};

/// Rows written in one transaction: the larger, the faster, and the more is done again after a kill.
const CHUNK: usize = 100_000;

/// A plain list of addresses, which goes in as it is read.
#[derive(Debug)]
pub struct PlainList {
    /// The file as it was named.
    pub name: String,
    /// Where every refused row is listed.
    pub report: Option<PathBuf>,
    pub is_confirmed: bool,
    pub is_json: bool,
}

/// Rows on their way from the file to the store.
#[derive(Default)]
struct Chunk {
    rows: Vec<ImportRow>,
    refused: Vec<Refused>,
    /// Taken all the same.
    unzoned: Vec<Unzoned>,
}

impl PlainList {
    pub fn add(self, export: Export, newsletter: &str, press: &Press, out: &mut Output) -> Result<()> {
        let store = press.store();
        let state = if self.is_confirmed { SubscriptionState::Confirmed } else { SubscriptionState::Pending };
        let name = self.name.as_str();
        let rows = ReaderSheet::begin(export, state).with_context(|| format!("cannot import {name}"))?;
        let number = store.write(|db| newsletter_number(db, newsletter))?;
        let import = Import { newsletter: number, state, now: press.now() };
        let mut done = Imported::default();
        let mut report = Report::new(self.report.clone());
        let mut unzoneds = Unzoneds::default();
        std::thread::scope(|scope| {
            // One chunk waits while one is written: enough to keep both threads busy, and little memory.
            let (sender, chunks): (SyncSender<Chunk>, Receiver<Chunk>) = sync_channel(1);
            let reading = scope.spawn(move || read_chunks(rows, &sender));
            for mut chunk in chunks {
                let mut imported = store.write(|db| import.add(db, &mut chunk.rows))?;
                chunk.refused.extend(refusals_told(&chunk.rows, std::mem::take(&mut imported.refused)));
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
        self.tell(&done, &mut report, &unzoneds, out)
    }

    fn tell(&self, done: &Imported, report: &mut Report, unzoneds: &Unzoneds, out: &mut Output) -> Result<()> {
        let refused = report.count();
        let rows = done.added + done.updated + done.unchanged + refused;
        let file = report.finish()?.map(Path::to_owned);
        if self.is_json {
            return out.json(&json!({
                "rows": rows, "added": done.added, "updated": done.updated, "unchanged": done.unchanged,
                "refused": refused, "dry_run": false, "format": "csv", "reasons": report.by_reason, "report": file, "without_timezone": unzoneds.count,
            }));
        }
        writeln!(
            out,
            "{}: {rows} rows · {} added · {} updated · {} unchanged · {refused} refused",
            self.name, done.added, done.updated, done.unchanged
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
        if !self.is_confirmed && done.added > 0 {
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
fn read_chunks(mut rows: ReaderSheet, chunks: &SyncSender<Chunk>) -> Result<()> {
    let mut chunk = Chunk::default();
    while let Some(row) = rows.next_row()? {
        match row {
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
