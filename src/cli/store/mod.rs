//! `griot store …`: what holds everything.

mod relocation;

use std::io::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::check::counted;
use super::output::plain;
use super::{Output, Station};
use crate::store::{DeliveryCounts, Edition, Extent, Fault};

/// Look after the store
#[derive(Debug, Subcommand)]
pub enum Store {
    Check(Check),
    Move(relocation::Move),
}

/// Look the whole store over: the file, its references, and the account of every edition
///
/// It changes nothing, and griot may run meanwhile. Each fault is a line: where it is, what is wrong, what to do.
#[derive(Debug, Args)]
pub struct Check {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Store {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Check(command) => command.run(station, out),
            Self::Move(command) => command.run(station, out),
        }
    }
}

impl Check {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        let all: u64 = store.read(|db| {
            let counts = Edition::list(db, None)?.into_iter().map(|edition| DeliveryCounts::load(db, edition.id));
            // Wrong counts are what is looked for; here they only make a wrong bar.
            Ok(counts.map(|counts| counts.map_or(0, |counts| counts.recipients)).sum())
        })?;
        let bar = ProgressBar::new(all);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} deliveries · {elapsed}") {
            bar.set_style(style);
        }
        let mut faults = Vec::new();
        let checked = store.check(&mut faults, |deliveries| bar.set_position(deliveries));
        bar.finish_and_clear();
        if self.json {
            let extent = checked.as_ref().ok();
            let shown: Vec<_> = faults.iter().map(as_json).collect();
            out.json(&json!({
                "sound": extent.is_some() && faults.is_empty(), "editions": extent.map(|extent| extent.editions),
                "deliveries": extent.map(|extent| extent.deliveries), "faults": shown,
            }))?;
        } else {
            for fault in &faults {
                writeln!(out, "{}", plain(&fault.to_string()))?;
            }
        }
        let Extent { editions, deliveries } = checked?;
        if !faults.is_empty() {
            let found = counted(faults.len(), "fault");
            bail!("{} has {found}; the line of each says what to do", store.shown());
        }
        if !self.json {
            let noun = if deliveries == 1 { "delivery" } else { "deliveries" };
            let editions = counted(usize::try_from(editions)?, "edition");
            writeln!(out, "the store is sound: {editions}, {deliveries} {noun}")?;
        }
        Ok(())
    }
}

fn as_json(fault: &Fault) -> serde_json::Value {
    let edition = (!fault.edition.is_empty()).then_some(&fault.edition);
    json!({"edition": edition, "wrong": fault.wrong, "to_do": fault.to_do})
}
