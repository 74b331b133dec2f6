use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::super::output::plain;
use super::{Output, Station};
use crate::publishing::{Press, StoriesImported, StoryImport};
use crate::saying::number::grouped;
use crate::saying::time::moment;

/// Of a file that is read through once more for its pictures.
const BUFFER: usize = 256 * 1024;
/// Refused stories that are listed; the JSON has more.
const SHOWN: usize = 20;

/// Take in the stories of a WordPress site, for READ ALSO and the search
///
/// From an export file (WXR: Tools, Export, All content), or from the site itself by its REST API. Only published posts
/// are taken. They count as seen when they were published, so none comes into a brief by being imported. A story that a
/// feed brought stays as it is, and a feed makes no second one of what was imported. Importing again changes only what
/// has changed.
#[derive(Debug, Args)]
pub struct Stories {
    /// The export file, or the address of the site
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// The platform they are shown under
    #[arg(long, value_name = "ID")]
    platform: String,
    /// What the source is; `auto` tells an address from a file
    #[arg(long, value_enum, default_value_t = From::Auto)]
    from: From,
    /// Only what was published since, as `2019-01-01`, `2019-01-01 08:00` (UTC) or RFC 3339
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    Auto,
    /// An export file
    Wxr,
    /// A site, by its REST API
    Wordpress,
}

impl Stories {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let since = self.since.as_deref().map(|text| moment(text, chrono_tz::Tz::UTC)).transpose()?;
        let wish = StoryImport { platform: self.platform.clone(), since, is_dry_run: self.dry_run };
        let is_url = ["http://", "https://"].iter().any(|scheme| self.source.starts_with(scheme));
        let done = match (self.from, is_url) {
            (From::Wxr, true) => {
                bail!("{} is an address; download the export, and give its file", self.source)
            }
            (From::Wordpress, false) => {
                bail!("{} is no address of a site; write it with https://", self.source)
            }
            (From::Auto | From::Wordpress, true) => self.take_site(&press, wish).await,
            (From::Auto | From::Wxr, false) => self.take_file(&press, wish).await,
        };
        self.tell(&done.with_context(|| format!("cannot import {}", self.source))?, out)
    }

    async fn take_file(&self, press: &Press, wish: StoryImport) -> Result<StoriesImported> {
        let path = Path::new(&self.source);
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{bar:40} {percent}% · {elapsed}, {eta} to go");
        bar.set_style(style.context("the progress bar's template is wrong")?);
        let (file, drawn) = (path.to_owned(), bar.clone());
        let open = move || {
            let file = File::open(&file)?;
            drawn.set_length(2 * file.metadata()?.len());
            Ok(BufReader::with_capacity(BUFFER, drawn.wrap_read(file)))
        };
        let done = press.blocking(move |press| press.import_export(open, wish)).await;
        bar.finish_and_clear();
        done
    }

    async fn take_site(&self, press: &Press, wish: StoryImport) -> Result<StoriesImported> {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{bar:40} page {pos} of {len} · {elapsed}, {eta} to go");
        bar.set_style(style.context("the progress bar's template is wrong")?);
        let told = |page: usize, pages: Option<usize>| {
            bar.set_length(pages.unwrap_or(page + 1) as u64);
            bar.set_position(page as u64);
        };
        let done = press.import_site(&self.source, wish, told).await;
        bar.finish_and_clear();
        done
    }

    fn tell(&self, done: &StoriesImported, out: &mut Output) -> Result<()> {
        if self.json {
            let refusals = done.refusals.iter();
            let refusals: Vec<_> =
                refusals.map(|refused| json!({"story": refused.name, "reason": refused.reason})).collect();
            return out.json(&json!({
                "dry_run": self.dry_run, "added": done.added, "updated": done.updated, "unchanged": done.unchanged,
                "refused": done.refused, "refusals": refusals, "left_out": done.left_out,
            }));
        }
        writeln!(
            out,
            "{}: {} added · {} updated · {} unchanged · {} refused",
            self.source,
            grouped(done.added),
            grouped(done.updated),
            grouped(done.unchanged),
            grouped(done.refused)
        )?;
        for refused in done.refusals.iter().take(SHOWN) {
            writeln!(out, "  refused: {}: {}", plain(&refused.name), plain(&refused.reason))?;
        }
        if done.refused > SHOWN as u64 {
            writeln!(out, "  The first {SHOWN} are shown; --json has more")?;
        }
        for (what, count) in &done.left_out {
            writeln!(out, "  left out: {} ({})", plain(what), grouped(*count))?;
        }
        if self.dry_run {
            writeln!(out, "Nothing was changed; without --dry-run it is done")?;
        }
        Ok(())
    }
}
