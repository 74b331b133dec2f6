use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Write, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::super::check::counted;
use super::super::failure::NotKept;
use super::super::output::plain;
use super::super::table::Table;
use super::{Output, Station};
use crate::config::{Bounces, Config};
use crate::feedback::{self, Own};
use crate::mailroom::{Maildir, MaildirMail, Mbox, is_mbox};
use crate::publishing::{Content, Incoming, Press};
use crate::saying::number::grouped;
use crate::store::{Feedback, Source, Store};

/// Written down in one transaction: so many mails, or so many octets of them.
const BATCH: usize = 200;
const BATCH_OCTETS: usize = 32 * 1024 * 1024;
/// Octets that tell an mbox from a mail.
const MARK: u64 = 5;
/// Where nobody names a configuration.
const DEFAULT_CONFIG: &str = "griot.toml";

/// Read bounces, complaints and mails that unsubscribe, and act on them
///
/// A file is one mail, or an mbox if it begins with "From "; a folder is a Maildir. A mail goes away from a Maildir once
/// griot has kept it; nothing else is changed. Reading a mail again does nothing. When a mail from the standard input
/// cannot be kept, the exit code is 75, so that a mail server hands it over again.
#[derive(Debug, Args)]
pub struct Read {
    /// Files and Maildirs; `-`, and nothing at all, read the standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A Maildir to empty
    #[arg(long, value_name = "DIR")]
    maildir: Vec<PathBuf>,
    /// Leave the mails of a Maildir in it, marked as seen; those that are so already are left out
    #[arg(long)]
    keep: bool,
    /// Tell what each mail says, and write nothing; neither a configuration nor a store is needed
    #[arg(long)]
    dry_run: bool,
    /// Answer in JSON; with --dry-run a line a mail
    #[arg(long)]
    json: bool,
}

/// One mail, and where it came from.
struct Mail {
    file: PathBuf,
    /// Which of several in the same mbox or Maildir, from 1.
    number: Option<u64>,
    bytes: Vec<u8>,
}

/// What is done with mails.
enum Desk<'a> {
    Keep(Press),
    Tell { press: Option<Press>, is_json: bool, out: &'a mut Output },
}

#[derive(Default)]
struct Done {
    mails: u64,
    feedback: u64,
    known: u64,
    for_review: u64,
    /// Files that could not be read.
    failed: u64,
}

impl Read {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        let reads_stdin = self.files.iter().any(is_stdin) || (self.files.is_empty() && self.maildir.is_empty());
        let done = self.read(station, out);
        let done = if reads_stdin && !self.dry_run { done.context(NotKept)? } else { done? };
        if !self.dry_run {
            self.tell(&done, out)?;
        }
        if done.failed > 0 {
            bail!("{} could not be read; the lines above say why", counted(usize::try_from(done.failed)?, "file"));
        }
        Ok(())
    }

    fn read(&self, station: &Station, out: &mut Output) -> Result<Done> {
        let (mut desk, max) = if self.dry_run {
            let press = press_if_any(station)?;
            let max = press.as_ref().map_or(Bounces::default().max_size, |press| press.config().bounces.max_size);
            (Desk::Tell { press, is_json: self.json, out }, max.bytes())
        } else {
            let press = station.press()?;
            let max = press.config().bounces.max_size.bytes();
            (Desk::Keep(press), max)
        };
        let mut done = Done::default();
        let standard_input = [PathBuf::from("-")];
        let has_none = self.files.is_empty() && self.maildir.is_empty();
        let files = if has_none { &standard_input[..] } else { &self.files };
        for path in files {
            if path.as_os_str() == "-" {
                self.read_stream(path, stdin().lock(), max, &mut desk, &mut done)?;
            } else if Maildir::is_one(path) {
                self.read_maildir(path, max, &mut desk, &mut done)?;
            } else {
                match File::open(path) {
                    Ok(file) => self.read_stream(path, BufReader::new(file), max, &mut desk, &mut done)?,
                    Err(error) => done.complain(path, &error),
                }
            }
        }
        for path in &self.maildir {
            self.read_maildir(path, max, &mut desk, &mut done)?;
        }
        Ok(done)
    }

    /// One mail, or an mbox.
    fn read_stream(
        &self,
        path: &Path,
        mut from: impl BufRead,
        max: u64,
        desk: &mut Desk<'_>,
        done: &mut Done,
    ) -> Result<()> {
        // A pipe may give less than is asked for.
        let mut bytes = Vec::new();
        if let Err(error) = from.by_ref().take(MARK).read_to_end(&mut bytes) {
            return fail(path, error, done);
        }
        let mut batch = Batch::default();
        if !is_mbox(&bytes) {
            let room = max.saturating_sub(bytes.len() as u64);
            let read = from.by_ref().take(room).read_to_end(&mut bytes);
            // The rest is read too: a mail server whose pipe breaks takes it for a failure.
            let read = read.and_then(|_| std::io::copy(&mut from, &mut std::io::sink()));
            if let Err(error) = read {
                return fail(path, error, done);
            }
            batch.add(Mail { file: path.to_owned(), number: None, bytes });
            return batch.hand_over(desk, done).map(drop);
        }
        for (number, mail) in (1..).zip(Mbox::new(bytes.as_slice().chain(from), max)) {
            match mail {
                Ok(bytes) => batch.add(Mail { file: path.to_owned(), number: Some(number), bytes }),
                Err(error) => {
                    fail(path, error, done)?;
                    break;
                }
            }
            if batch.is_full() {
                batch.hand_over(desk, done)?;
            }
        }
        batch.hand_over(desk, done).map(drop)
    }

    fn read_maildir(&self, path: &Path, max: u64, desk: &mut Desk<'_>, done: &mut Done) -> Result<()> {
        let mut maildir = match Maildir::open(path, self.keep) {
            Ok(maildir) => maildir,
            Err(error) => return fail(path, error, done),
        };
        let bar = ProgressBar::new(maildir.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} mails · {elapsed}, {eta} to go") {
            bar.set_style(style);
        }
        let (mut batch, mut number) = (Batch::default(), 0);
        loop {
            let next = maildir.next(max);
            let is_end = next.is_none();
            match next {
                Some(Ok(MaildirMail { path, bytes })) => {
                    number += 1;
                    batch.add(Mail { file: path, number: Some(number), bytes });
                }
                Some(Err((path, error))) => done.complain(&path, &error),
                None => {}
            }
            if batch.is_full() || is_end {
                for mail in batch.hand_over(desk, done)? {
                    if !self.dry_run {
                        let mail = MaildirMail { path: mail.file, bytes: Vec::new() };
                        let let_go = if self.keep { maildir.keep(&mail) } else { maildir.remove(&mail) };
                        // It is kept already; when it is read again it is known.
                        let_go.unwrap_or_else(|error| done.complain(&mail.path, &error));
                    }
                    bar.inc(1);
                }
            }
            if is_end {
                break;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn tell(&self, done: &Done, out: &mut Output) -> Result<()> {
        let Done { mails, feedback, known, for_review, failed } = *done;
        if self.json {
            return out.json(&json!({
                "mails": mails, "feedback": feedback, "known": known, "for_review": for_review, "failed": failed,
            }));
        }
        let mut table = Table::default();
        for (what, many) in [("read", mails), ("acted upon", feedback), ("known before", known)] {
            table.row([what.into(), format!("{:>9}", grouped(many)).into()]);
        }
        let look = if for_review > 0 { "see `griot bounces review`" } else { "" };
        table.row(["for review".into(), format!("{:>9}", grouped(for_review)).into(), look.into()]);
        table.write(out)
    }
}

/// What is configured, if anything is; only a file that somebody named must be there.
fn press_if_any(station: &Station) -> Result<Option<Press>> {
    if station.config == Path::new(DEFAULT_CONFIG) && !station.config.exists() {
        return Ok(None);
    }
    let config = Config::load(&station.config)?;
    if !Store::is_there(&config.store) {
        return Ok(None);
    }
    station.press().map(Some)
}

impl Done {
    /// Goes on with the others.
    fn complain(&mut self, path: &Path, error: &std::io::Error) {
        eprintln!("griot: cannot read {}: {error}", plain(&path.display().to_string()));
        self.failed += 1;
    }
}

/// The standard input cannot be read again; of a file it is said, and the others go on.
fn fail(path: &Path, error: std::io::Error, done: &mut Done) -> Result<()> {
    if path.as_os_str() == "-" {
        return Err(error).context("cannot read the standard input");
    }
    done.complain(path, &error);
    Ok(())
}

#[derive(Default)]
struct Batch {
    mails: Vec<Mail>,
    octets: usize,
}

impl Batch {
    fn add(&mut self, mail: Mail) {
        self.octets += mail.bytes.len();
        self.mails.push(mail);
    }

    fn is_full(&self) -> bool {
        self.mails.len() >= BATCH || self.octets >= BATCH_OCTETS
    }

    /// All of them are durable when it returns; they come back without their bytes, to be let go of.
    fn hand_over(&mut self, desk: &mut Desk<'_>, done: &mut Done) -> Result<Vec<Mail>> {
        self.octets = 0;
        let mut mails = std::mem::take(&mut self.mails);
        done.mails += mails.len() as u64;
        match desk {
            Desk::Keep(press) => {
                let incoming: Vec<Incoming> = mails.iter_mut().map(incoming_of).collect();
                for taken in press.take_in(&incoming)? {
                    done.feedback += taken.actions.len() as u64;
                    done.known += u64::from(taken.is_known);
                    done.for_review += u64::from(taken.is_for_review);
                }
            }
            Desk::Tell { press, is_json, out } => {
                for mail in &mails {
                    let feedback = match press {
                        Some(press) => press.read_mail(&mail.bytes),
                        None => feedback::read(&mail.bytes, &Own::default()),
                    };
                    tell_of(mail, &feedback, *is_json, out)?;
                }
            }
        }
        Ok(mails)
    }
}

fn incoming_of(mail: &mut Mail) -> Incoming {
    let content = Content::Mail(std::mem::take(&mut mail.bytes));
    Incoming { source: Source::Command, key: Vec::new(), content }
}

/// What would be done about a mail.
fn tell_of(mail: &Mail, feedback: &[Feedback], is_json: bool, out: &mut Output) -> Result<()> {
    let file = mail.file.display().to_string();
    if is_json {
        let feedback: Vec<_> = feedback.iter().map(as_json).collect();
        let mut line = json!({"file": file, "feedback": feedback});
        if let Some(number) = mail.number {
            line["mail"] = number.into();
        }
        return out.json(&line);
    }
    let number = mail.number.map_or(String::new(), |number| format!(" {number}"));
    if feedback.is_empty() {
        writeln!(out, "{}{number}: not understood", plain(&file))?;
    }
    for one in feedback {
        let told = as_json(one);
        let word = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        let words = ["class", "reason", "status", "reply", "recipient"].map(word);
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        writeln!(out, "{}{number}: {} → {}", plain(&file), plain(&words.join(" ")), word("action"))?;
    }
    Ok(())
}

fn as_json(feedback: &Feedback) -> serde_json::Value {
    let meaning = &feedback.meaning;
    json!({
        "recipient": feedback.recipient,
        "class": meaning.class,
        "status": meaning.status.map_or(String::new(), |status| status.to_string()),
        "reply": meaning.reply.map_or(String::new(), |reply| reply.to_string()),
        "reason": meaning.reason,
        "action": meaning.class.action(),
        "diagnostic": feedback.diagnostic,
    })
}
