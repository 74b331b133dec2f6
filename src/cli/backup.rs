use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::check::counted;
use super::{Output, Station};
use crate::saying::number::{grouped, megabytes};
use crate::store::{Backup as Made, Extent};

/// Copy the store into a new file, consistent even while griot runs, and look the copy over
///
/// The copy gets its name only when it is durable and whole: its pages and indexes, its references, its schema, and the
/// account of every edition. Nobody but its owner can read it.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to make; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        let began = Instant::now();
        let Made { file, bytes, extent, subscribers, faults } = store.back_up_to(&self.file, station.now())?;
        let seconds = began.elapsed().as_secs_f64();
        if self.json {
            return out.json(&json!({
                "file": file, "bytes": bytes, "seconds": seconds, "subscribers": subscribers,
                "editions": extent.editions, "deliveries": extent.deliveries, "faults_of_the_store": faults.len(),
            }));
        }
        let (from, size) = (store.shown(), megabytes(bytes));
        writeln!(out, "Backed up {from} to {} · {size} in {seconds:.1} s", file.display())?;
        writeln!(out, "Looked over: the file is whole, {}", contents(subscribers, extent))?;
        if !faults.is_empty() {
            let faults = counted(faults.len(), "fault");
            writeln!(out, "The store itself has {faults}, and so has its copy; `griot store check` says what to do")?;
        }
        Ok(())
    }
}

/// `1,200 subscribers, 3 editions, 3,600 deliveries`
pub fn contents(subscribers: u64, Extent { editions, deliveries }: Extent) -> String {
    let of = |many: u64, one: &str, more: &str| format!("{} {}", grouped(many), if many == 1 { one } else { more });
    format!(
        "{}, {}, {}",
        of(subscribers, "subscriber", "subscribers"),
        of(editions, "edition", "editions"),
        of(deliveries, "delivery", "deliveries")
    )
}
