use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::cli::backup::contents;
use crate::cli::table::Table;
use crate::cli::{Output, Station};
use crate::config::{Config, is_store_url, store_url_holds_password};
use crate::saying::number::{grouped, megabytes};
use crate::store::{Location, Relocated};

/// Move the store to a database of PostgreSQL, or back into a file
///
/// Everything is copied into what must be empty, read back and compared, and looked over; the present store stays as it is.
/// griot must not run. What to put into griot.toml then is printed.
#[derive(Debug, Args)]
pub struct Move {
    /// Where to: postgres://user@host/name, or a file that does not exist
    #[arg(long, value_name = "URL|FILE", required_unless_present = "to_file")]
    to: Option<String>,
    /// A file that holds the URL, so that its password is on no command line
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    to_file: Option<PathBuf>,
    /// Tell each table
    #[arg(short, long)]
    verbose: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Move {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let config = station.config()?;
        let (to, settings) = self.target(&config)?;
        let press = station.press()?;
        let store = press.store();
        let bar = if stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows · {elapsed}") {
            bar.set_style(style);
        }
        let began = Instant::now();
        let relocated = store.relocate(&to, |stage, rows| {
            bar.set_message(stage.to_string());
            bar.set_position(rows);
        });
        bar.finish_and_clear();
        let (relocated, seconds) = (relocated?, began.elapsed().as_secs_f64());
        if self.json {
            return self.write_json(store.shown(), &to, &settings, &relocated, seconds, out);
        }
        if self.verbose {
            write_tables(&relocated, out)?;
        }
        let (from, rows, size) = (store.shown(), grouped(relocated.rows()), megabytes(relocated.bytes()));
        writeln!(out, "Moved {from} to {to} · {rows} rows, {size} in {seconds:.1} s")?;
        writeln!(
            out,
            "Read back and compared: every row is the same; looked over: {}",
            contents(rows_of(&relocated, "subscribers"), relocated.extent)
        )?;
        if relocated.changed_texts > 0 {
            let (many, noun) = match relocated.changed_texts {
                1 => ("1".to_owned(), "text"),
                many => (grouped(many), "texts"),
            };
            writeln!(out, "{many} {noun} had a character that PostgreSQL does not keep (U+0000); it is U+FFFD there")?;
        }
        writeln!(out, "{from} is as it was. Send nothing from it any more: readers would get twice what both send")?;
        writeln!(out, "\nThis is [store] in {} from now on:\n\n[store]\n{settings}", station.config.display())?;
        Ok(())
    }

    /// Where to, and the line of `[store]` that leads there.
    fn target(&self, config: &Config) -> Result<(Location, String)> {
        let (text, file) = match (&self.to, &self.to_file) {
            (Some(text), _) => (text.clone(), None),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file);
                let text = text.with_context(|| format!("cannot read the URL from {}", file.display()))?;
                (text.trim_end_matches(['\r', '\n']).to_owned(), Some(file))
            }
            (None, None) => bail!("name where to move it: --to or --to-file"),
        };
        if !is_store_url(&text) {
            if let Some(file) = file {
                bail!("{} holds no URL; it must begin with postgres:// (a file is named with --to)", file.display());
            }
            let path = PathBuf::from(&text);
            let settings = format!("path = {}", quoted(&shown_from_anywhere(&path)));
            return Ok((Location::File(path), settings));
        }
        let url = SecretString::from(text);
        let settings = match file {
            Some(file) => format!("url_file = {}", quoted(&shown_from_anywhere(file))),
            None if store_url_holds_password(&url) => {
                "url_file = \"griot-store-url\"   # a file that holds the URL, and that only griot's user can read"
                    .into()
            }
            None => format!("url = {}", quoted(url.expose_secret())),
        };
        Ok((Location::Server { url, local: config.store.local.clone() }, settings))
    }

    fn write_json(
        &self,
        from: &str,
        to: &Location,
        settings: &str,
        relocated: &Relocated,
        seconds: f64,
        out: &mut Output,
    ) -> Result<()> {
        let tables: Vec<_> = relocated
            .tables
            .iter()
            .map(|table| {
                let digest = format!("{:032x}", table.digest);
                json!({"name": table.name, "rows": table.rows, "bytes": table.bytes, "digest": digest})
            })
            .collect();
        out.json(&json!({
            "from": from, "to": to.to_string(), "rows": relocated.rows(), "bytes": relocated.bytes(), "seconds": seconds,
            "changed_texts": relocated.changed_texts, "subscribers": rows_of(relocated, "subscribers"),
            "editions": relocated.extent.editions, "deliveries": relocated.extent.deliveries, "tables": tables,
            "store": settings,
        }))
    }
}

fn write_tables(relocated: &Relocated, out: &mut Output) -> Result<()> {
    let mut shown = Table::default();
    for table in &relocated.tables {
        shown.row([
            table.name.into(),
            grouped(table.rows).into(),
            megabytes(table.bytes).into(),
            format!("{:032x}", table.digest).into(),
        ]);
    }
    shown.write(out)
}

fn rows_of(relocated: &Relocated, table: &str) -> u64 {
    relocated.tables.iter().filter(|moved| moved.name == table).map(|moved| moved.rows).sum()
}

/// The configuration need not be where the command was given.
fn shown_from_anywhere(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// As TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
