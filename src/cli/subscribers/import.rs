use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::failure::Misuse;
use super::moving::Moving;
use super::plain_list::PlainList;
use super::{Output, Station};
use crate::publishing::{Move, Opened, Press, Source, open_exports};

/// Bring in the subscribers of a file, or of another program's export; who left, bounced or was erased stays out
///
/// A plain CSV list goes in at once: its first line names the columns, `email`, and if you like `name`, or `first name` and
/// `last name`, and `timezone`. The export of Mailchimp, Substack, Ghost, listmonk, Keila, beehiiv, Buttondown or Mailtrain,
/// as CSV or ZIP, is recognised by its columns, and moves in as a whole: first it is shown what would happen, and `--apply`
/// does it. Who left there stays away here, and what shows that the others agreed is kept.
///
/// Comma, semicolon and tab, and every usual encoding are understood. Importing a file again changes nothing.
#[derive(Debug, Args)]
pub struct ImportFile {
    /// The files; `-` reads the standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose export it is: mailchimp, substack, ghost, listmonk, keila, beehiiv, buttondown, mailtrain, csv; or auto, to be
    /// told by its columns
    #[arg(long, value_name = "PROGRAM")]
    from: Option<Whose>,
    /// The newsletter they subscribe to
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Those with this tag, or on this list, get this newsletter instead; `*` is all others
    #[arg(long = "map", value_name = "TAG=NEWSLETTER", value_parser = mapped)]
    maps: Vec<(String, String)>,
    /// They have agreed to be mailed and you can show it; without this, those of whom the file says nothing are pending
    #[arg(long)]
    confirmed: bool,
    /// Do what was shown
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Only show what would happen
    #[arg(long)]
    dry_run: bool,
    /// Where the rows are listed [default: FILE.refused.csv, those of a list that were refused; FILE.report.csv, all of an
    /// export]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Whose export it is, where that is said.
#[derive(Clone, Copy, Debug)]
struct Whose(Option<Source>);

impl std::str::FromStr for Whose {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        Ok(Self(if word.eq_ignore_ascii_case("auto") { None } else { Some(word.parse()?) }))
    }
}

/// A tag may hold an `=` itself; no newsletter's id does.
fn mapped(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((list, newsletter)) if !list.trim().is_empty() && !newsletter.trim().is_empty() => {
            Ok((list.trim().to_owned(), newsletter.trim().to_owned()))
        }
        _ => Err("write a tag and a newsletter, such as 'Editors=weekly-brief'".to_owned()),
    }
}

impl ImportFile {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let progress = ProgressBar::no_length();
        let mut opened = self.open(&progress)?;
        let says_nothing = self.from.is_none() && !self.apply && !self.dry_run;
        let is_plain = |one: &Opened| !one.is_archive && one.exports.iter().all(|export| export.source == Source::Csv);
        if says_nothing
            && self.maps.is_empty()
            && opened.len() == 1
            && is_plain(&opened[0])
            && let Some(export) = opened[0].exports.pop()
        {
            let Some(newsletter) = &self.newsletter else {
                return Err(Misuse("name the newsletter they are to get with --newsletter".to_owned()).into());
            };
            let newsletter = press.newsletter(newsletter)?;
            let report = self.report.clone().or_else(|| beside(&self.files[0], ".refused.csv"));
            let (name, is_confirmed, is_json) = (self.files[0].display().to_string(), self.confirmed, self.json);
            let list = PlainList { name, report, is_confirmed, is_json };
            let done = list.add(export, newsletter.id.as_str(), &press, out);
            progress.finish_and_clear();
            return done;
        }
        // What griot exported itself comes back at once, as it always did.
        let is_own = |one: &Opened| one.exports.iter().all(|export| export.source == Source::Griot);
        let applies = self.apply || says_nothing && opened.iter().all(is_own);
        let plan = self.plan(&press, &opened, !applies)?;
        let moving = Moving {
            plan,
            report: self.report.clone().or_else(|| beside(&self.files[0], ".report.csv")),
            is_json: self.json,
            again: self.again(),
        };
        moving.run(opened, &press, &progress, out)
    }

    fn open(&self, progress: &ProgressBar) -> Result<Vec<Opened>> {
        let style = ProgressStyle::with_template("{bar:40} {percent}% · {elapsed}, {eta} to go");
        progress.set_style(style.context("the progress bar's template is wrong")?);
        let from = self.from.and_then(|from| from.0);
        let open = |file: &PathBuf| -> Result<Opened> {
            let name = file.display().to_string();
            let bytes: Box<dyn Read + Send> = if file.as_os_str() == "-" {
                Box::new(stdin())
            } else {
                let file = File::open(file)?;
                progress.inc_length(file.metadata()?.len());
                Box::new(progress.wrap_read(file))
            };
            open_exports(&name, bytes, from)
        };
        self.files.iter().map(|file| open(file).with_context(|| format!("cannot import {}", file.display()))).collect()
    }

    fn plan(&self, press: &Press, opened: &[Opened], is_rehearsal: bool) -> Result<Move> {
        let (all, maps): (Vec<_>, Vec<_>) = self.maps.iter().cloned().partition(|(list, _)| list == "*");
        let mut newsletter =
            self.newsletter.clone().or_else(|| all.into_iter().next().map(|(_, newsletter)| newsletter));
        let names_its_own = opened.iter().flat_map(|one| &one.exports).all(|export| export.source == Source::Griot);
        if newsletter.is_none() && maps.is_empty() && !names_its_own {
            match press.config().newsletters.as_slice() {
                [only] => newsletter = Some(only.id.to_string()),
                _ => {
                    let what = "name the newsletter they are to get with --newsletter, or --map 'TAG=NEWSLETTER'";
                    return Err(Misuse(what.to_owned()).into());
                }
            }
        }
        Ok(Move { newsletter, maps, is_confirmed: self.confirmed, is_rehearsal })
    }

    /// The same command once more, to be done this time.
    fn again(&self) -> String {
        let mut words = vec!["griot subscribers import".to_owned()];
        words.extend(self.files.iter().map(|file| quoted(&file.display().to_string())));
        if let Some(source) = self.from.and_then(|from| from.0) {
            words.push(format!("--from {}", source.id()));
        }
        words.extend(self.newsletter.iter().map(|newsletter| format!("--newsletter {}", quoted(newsletter))));
        words.extend(self.maps.iter().map(|(list, to)| format!("--map {}", quoted(&format!("{list}={to}")))));
        words.extend(self.confirmed.then(|| "--confirmed".to_owned()));
        words.extend(self.report.iter().map(|file| format!("--report {}", quoted(&file.display().to_string()))));
        words.push("--apply".to_owned());
        words.join(" ")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A file with a longer name beside this one; none beside the standard input.
fn beside(file: &Path, end: &str) -> Option<PathBuf> {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    (file.as_os_str() != "-").then(|| PathBuf::from(name))
}
