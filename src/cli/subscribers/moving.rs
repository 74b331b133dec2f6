//! Readers who move in from another program: what would come of it, or came, and every row in a file.

use std::fs::{File, OpenOptions, remove_file};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::super::check::counted;
use super::super::output::plain;
use super::super::table::{Cell, Table};
use super::Output;
use crate::publishing::{Counts, Export, Move, Moved, MovedRow, Opened, Press};
use crate::sheet::{guarded, writer};

/// Rows, lists and files that are shown.
const SHOWN: usize = 20;

#[derive(Debug)]
pub struct Moving {
    pub plan: Move,
    /// Where every row is listed.
    pub report: Option<PathBuf>,
    pub is_json: bool,
    /// The command that does it.
    pub again: String,
}

/// All rows in a file, and the first that were refused.
struct Told {
    report: Option<csv::Writer<File>>,
    refused: Vec<String>,
}

impl Moving {
    pub fn run(self, opened: Vec<Opened>, press: &Press, progress: &ProgressBar, out: &mut Output) -> Result<()> {
        let aside: Vec<(String, String)> = opened.iter().flat_map(|one| one.aside.clone()).collect();
        let exports: Vec<Export> = opened.into_iter().flat_map(|one| one.exports).collect();
        let report = self.report.as_deref().map(begin).transpose()?;
        let has_several = exports.len() > 1;
        let mut told = Told { report, refused: Vec::new() };
        let done = press.move_in(exports, &self.plan, &mut |row| told.add(&row, has_several)).and_then(|moved| {
            told.finish()?;
            Ok(moved)
        });
        progress.finish_and_clear();
        let moved = done.inspect_err(|_| {
            // A list of what did not happen helps nobody.
            let _ = self.report.as_deref().map(remove_file);
        })?;
        if self.is_json { out.json(&self.json(&moved, &aside)) } else { self.tell(&moved, &aside, &told.refused, out) }
    }

    fn json(&self, moved: &Moved, aside: &[(String, String)]) -> Value {
        let counts = |counts: &Counts| {
            let Counts { added, updated, unchanged, refused, suppressed, ended } = counts;
            json!({"added": added, "updated": updated, "unchanged": unchanged, "refused": refused,
                   "suppressed": suppressed, "ended": ended})
        };
        let newsletters: serde_json::Map<String, Value> =
            moved.by_newsletter.iter().map(|(id, of)| (id.clone(), counts(of))).collect();
        let files: Vec<Value> = moved
            .files
            .iter()
            .map(|(file, source, rows)| json!({"file": file, "format": source.id(), "rows": rows}))
            .collect();
        let aside: Vec<Value> = aside.iter().map(|(file, why)| json!({"file": file, "reason": why})).collect();
        let mut answer = counts(&moved.counts);
        let more = json!({
            "rows": moved.counts.rows(), "dry_run": self.plan.is_rehearsal, "format": format_of(moved),
            "subscribed": moved.subscribed, "pending": moved.pending, "unsubscribed": moved.unsubscribed,
            "cleaned": moved.cleaned, "complained": moved.complained, "reasons": moved.reasons,
            "newsletters": newsletters, "unmapped": moved.unmapped, "without_timezone": moved.without_timezone,
            "files": files, "aside": aside, "report": self.report, "next": self.next(moved),
        });
        if let (Value::Object(answer), Value::Object(more)) = (&mut answer, more) {
            answer.extend(more);
        }
        answer
    }

    fn tell(&self, moved: &Moved, aside: &[(String, String)], refused: &[String], out: &mut Output) -> Result<()> {
        let is_dry = self.plan.is_rehearsal;
        writeln!(out, "{}", if is_dry { "What would happen; nothing is changed yet:" } else { "Done, all of it:" })?;
        let mut table = Table::default();
        for (file, source, rows) in moved.files.iter().take(SHOWN) {
            table.row([file.as_str().into(), source.name().into(), Cell::from(counted(*rows as usize, "row"))]);
        }
        table.write(out)?;
        writeln!(out, "{} rows · {}", moved.counts.rows(), told(&moved.counts, true))?;
        for (newsletter, counts) in &moved.by_newsletter {
            writeln!(out, "  {newsletter}: {}", told(counts, false))?;
        }
        for (reason, count) in &moved.reasons {
            writeln!(out, "  {count:>7}  {reason}")?;
        }
        refused.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        if moved.without_timezone > 0 {
            let rows = counted(moved.without_timezone as usize, "row");
            writeln!(out, "Taken without a time zone, because theirs is no IANA name such as Africa/Lagos: {rows}")?;
        }
        for (file, why) in aside.iter().take(SHOWN) {
            writeln!(out, "Laid aside: {}: {why}", plain(file))?;
        }
        self.tell_unmapped(moved, out)?;
        if let Some(report) = &self.report {
            writeln!(out, "Every row is in {}", report.display())?;
        }
        if !is_dry && moved.pending > 0 && moved.counts.added > 0 {
            writeln!(out, "Pending subscribers get nothing until they confirm")?;
        }
        writeln!(out, "{} {}", if is_dry { "To do it:" } else { "See who is in:" }, self.next(moved))?;
        Ok(())
    }

    fn tell_unmapped(&self, moved: &Moved, out: &mut Output) -> Result<()> {
        let mut lists: Vec<(&String, &u64)> = moved.unmapped.iter().collect();
        lists.sort_by_key(|(list, readers)| (std::cmp::Reverse(**readers), *list));
        let Some((first, _)) = lists.first() else { return Ok(()) };
        let map = format!("{first}=NEWSLETTER").replace('\'', r"'\''");
        writeln!(out, "Tags and lists that lead to no newsletter of their own (--map '{}'):", plain(&map))?;
        for (list, readers) in lists.iter().take(SHOWN) {
            writeln!(out, "  {readers:>7}  {}", plain(list))?;
        }
        if lists.len() > SHOWN {
            writeln!(out, "  and {} more", lists.len() - SHOWN)?;
        }
        Ok(())
    }

    /// What to type next.
    fn next(&self, moved: &Moved) -> String {
        if self.plan.is_rehearsal {
            return self.again.clone();
        }
        match moved.by_newsletter.keys().next() {
            Some(newsletter) if moved.by_newsletter.len() == 1 => {
                format!("griot subscribers list --newsletter {newsletter}")
            }
            _ => "griot subscribers list".to_owned(),
        }
    }
}

impl Told {
    fn add(&mut self, row: &MovedRow<'_>, has_several: bool) -> Result<()> {
        if row.word == "refused" && self.refused.len() < SHOWN {
            let file = if has_several { format!("{}, ", plain(row.file)) } else { String::new() };
            self.refused.push(format!("{file}line {}: {}: {}", row.line, plain(row.value), row.why));
        }
        let Some(report) = &mut self.report else { return Ok(()) };
        let line = row.line.to_string();
        report
            .write_record([&*line, &guarded(row.value), row.word, &guarded(row.why), &guarded(row.file)])
            .context("cannot write the report")
    }

    fn finish(&mut self) -> Result<()> {
        match &mut self.report {
            Some(report) => report.flush().context("cannot write the report"),
            None => Ok(()),
        }
    }
}

fn format_of(moved: &Moved) -> &'static str {
    let mut sources = moved.files.iter().map(|(_, source, _)| source);
    match sources.next() {
        Some(first) if sources.all(|source| source == first) => first.id(),
        _ => "several",
    }
}

/// In words; what is nothing only where `has_all`.
fn told(counts: &Counts, has_all: bool) -> String {
    let Counts { added, updated, unchanged, refused, suppressed, ended } = *counts;
    let all = [
        (added, "added"),
        (updated, "updated"),
        (unchanged, "unchanged"),
        (refused, "refused"),
        (suppressed, "suppressed"),
        (ended, "ended"),
    ];
    let told = all.iter().filter(|(many, _)| has_all || *many > 0).map(|(many, word)| format!("{many} {word}"));
    told.collect::<Vec<_>>().join(" · ")
}

fn begin(report: &Path) -> Result<csv::Writer<File>> {
    // It holds addresses: for the owner only.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(report);
    let file = file.with_context(|| {
        format!("cannot write the report of every row to {}; name another file with --report", report.display())
    })?;
    let mut file = writer(file);
    file.write_record(["line", "address", "what", "why", "file"])?;
    Ok(file)
}
