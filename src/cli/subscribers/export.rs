use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::super::check::counted;
use super::{Output, Station};
use crate::publishing::{RosterFilter, write_roster};
use crate::sheet::write_new;
use crate::store::SubscriptionState;

/// Write subscribers as CSV, a line a subscription
#[derive(Debug, Args)]
pub struct Export {
    /// The file to make, which must not exist; the standard output where it is left out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only subscriptions to this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Only subscriptions in this state: pending, confirmed or ended
    #[arg(long, value_name = "STATE")]
    state: Option<SubscriptionState>,
}

impl Export {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let filter = RosterFilter { newsletter: self.newsletter.as_deref(), state: self.state };
        let Some(file) = &self.file else {
            write_roster(store, &filter, out)?;
            return Ok(());
        };
        let exported = write_new(file, |new| write_roster(store, &filter, new))?;
        let exported = counted(exported, "subscription");
        writeln!(out, "Exported {exported} to {}", file.display())?;
        Ok(())
    }
}
