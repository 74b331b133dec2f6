use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use anyhow::{Context, Result};

use super::{Counts, Export, Move, ReaderSheet, Refused, Source, open_exports, refusals_told};
use crate::publishing::Press;
use crate::store::{Fate, Import, ImportRow, SubscriptionState, Upload, known_newsletter_number, newsletter_number};

/// Rows written in one transaction: others want to write too.
const CHUNK: usize = 20_000;

/// What an import would do, row by row in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreseen {
    pub rows: Vec<ForeseenRow>,
    pub totals: Totals,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub refused: u64,
    /// Of another program's export: who left there, and who is never to be mailed.
    pub ended: u64,
    pub suppressed: u64,
    /// Of those that are taken, the ones whose time zone is none.
    pub without_timezone: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenRow {
    /// Of the file, from 1.
    pub line: u64,
    /// The address, or the line where there is none.
    pub value: String,
    pub name: String,
    /// `added`, `updated`, `unchanged`, `ended`, `suppressed` or `refused`.
    pub word: &'static str,
    /// Why it is refused, or what is left out of it; may be empty.
    pub reason: String,
}

impl Press {
    /// What [`Press::import_upload`] would do now. An error tells why the file can't be read.
    pub fn foresee_import(&self, upload: &Upload) -> Result<Foreseen> {
        let state = state_of(upload);
        let mut sheet = match opened(upload)? {
            Opened::Plain(export) => ReaderSheet::begin(*export, state)?,
            Opened::Foreign(exports) => return self.move_upload(exports, upload, true),
        };
        let mut taken: Vec<ImportRow> = Vec::new();
        let mut foreseen = Foreseen::default();
        let mut zones = HashMap::new();
        while let Some(row) = sheet.next_row().context("the file can't be read to its end")? {
            match row {
                Ok((row, unzoned)) => {
                    zones.extend(unzoned.map(|unzoned| (unzoned.line, unzoned.zone)));
                    taken.push(row);
                }
                Err(refused) => foreseen.refuse(&refused),
            }
        }
        let fates = self.store().read(|db| {
            // Where the newsletter has no number yet nobody gets it.
            let newsletter = known_newsletter_number(db, &upload.newsletter)?.unwrap_or_default();
            Import { newsletter, state, now: self.now() }.foresee(db, &mut taken)
        })?;
        for (row, (line, fate)) in taken.iter().zip(fates) {
            let (word, reason) = match fate {
                Fate::Added => ("added", String::new()),
                Fate::Updated => ("updated", String::new()),
                Fate::Unchanged => ("unchanged", String::new()),
                Fate::Refused(refusal) => ("refused", refusal.to_string()),
            };
            let unknown = zones.get(&line).filter(|_| word != "refused");
            let reason = unknown.map_or(reason, |zone| format!("without the time zone: {zone} is no IANA name"));
            foreseen.totals.without_timezone += u64::from(unknown.is_some());
            foreseen.totals.count(word);
            let (value, name) = (row.email.as_str().to_owned(), row.name.clone());
            foreseen.rows.push(ForeseenRow { line, value, name, word, reason });
        }
        foreseen.rows.sort_by_key(|row| row.line);
        Ok(foreseen)
    }

    /// Brings in the readers of a file, a chunk in a transaction: where it is cut off, it can be sent again. Those of another
    /// program's export come all in one.
    pub fn import_upload(&self, upload: &Upload) -> Result<Totals> {
        let state = state_of(upload);
        let mut sheet = match opened(upload)? {
            Opened::Plain(export) => ReaderSheet::begin(*export, state)?,
            Opened::Foreign(exports) => return Ok(self.move_upload(exports, upload, false)?.totals),
        };
        let mut totals = Totals::default();
        let mut is_over = false;
        while !is_over {
            let mut rows: Vec<ImportRow> = Vec::new();
            let mut unzoned = Vec::new();
            while rows.len() < CHUNK {
                match sheet.next_row().context("the file can't be read to its end")? {
                    None => {
                        is_over = true;
                        break;
                    }
                    Some(Ok((row, unknown))) => {
                        unzoned.extend(unknown.map(|unknown| unknown.line));
                        rows.push(row);
                    }
                    Some(Err(_)) => totals.refused += 1,
                }
            }
            let imported = self.store().write(|db| {
                let newsletter = newsletter_number(db, &upload.newsletter)?;
                Import { newsletter, state, now: self.now() }.add(db, &mut rows)
            })?;
            let refused = refusals_told(&rows, imported.refused);
            let lines: HashSet<u64> = refused.iter().map(|one| one.line).collect();
            unzoned.retain(|line| !lines.contains(line));
            totals.added += imported.added;
            totals.updated += imported.updated;
            totals.unchanged += imported.unchanged;
            totals.refused += refused.len() as u64;
            totals.without_timezone += unzoned.len() as u64;
        }
        Ok(totals)
    }

    /// Takes over the readers of another program's export, or tells what would come of it.
    fn move_upload(&self, exports: Vec<Export>, upload: &Upload, is_rehearsal: bool) -> Result<Foreseen> {
        let plan = Move {
            newsletter: Some(upload.newsletter.clone()),
            maps: Vec::new(),
            is_confirmed: upload.is_confirmed,
            is_rehearsal,
        };
        let mut rows = Vec::new();
        let moved = self.move_in(exports, &plan, &mut |row| {
            if is_rehearsal {
                let (value, name) = (row.value.to_owned(), row.name.to_owned());
                rows.push(ForeseenRow { line: row.line, value, name, word: row.word, reason: row.why.to_owned() });
            }
            Ok(())
        })?;
        let Counts { added, updated, unchanged, refused, suppressed, ended } = moved.counts;
        let without_timezone = moved.without_timezone;
        Ok(Foreseen {
            rows,
            totals: Totals { added, updated, unchanged, refused, ended, suppressed, without_timezone },
        })
    }
}

/// A plain list, or what another program exported.
enum Opened {
    Plain(Box<Export>),
    Foreign(Vec<Export>),
}

fn opened(upload: &Upload) -> Result<Opened> {
    let opened = open_exports(&upload.file_name, Cursor::new(upload.bytes.clone()), None)?;
    let mut exports = opened.exports;
    match exports.pop() {
        Some(only) if exports.is_empty() && !opened.is_archive && only.source == Source::Csv => {
            Ok(Opened::Plain(Box::new(only)))
        }
        last => Ok(Opened::Foreign(exports.into_iter().chain(last).collect())),
    }
}

impl Foreseen {
    fn refuse(&mut self, refused: &Refused) {
        let (line, value, reason) = (refused.line, refused.value.clone(), refused.reason.to_string());
        self.rows.push(ForeseenRow { line, value, name: String::new(), word: "refused", reason });
        self.totals.count("refused");
    }
}

impl Totals {
    fn count(&mut self, word: &str) {
        match word {
            "added" => self.added += 1,
            "updated" => self.updated += 1,
            "unchanged" => self.unchanged += 1,
            _ => self.refused += 1,
        }
    }

    pub fn rows(&self) -> u64 {
        self.added + self.updated + self.unchanged + self.refused + self.ended + self.suppressed
    }
}

fn state_of(upload: &Upload) -> SubscriptionState {
    if upload.is_confirmed { SubscriptionState::Confirmed } else { SubscriptionState::Pending }
}
