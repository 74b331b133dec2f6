use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::table::Table;
use super::{Output, Station, as_json};
use crate::store::Event;

/// List what is to come, the soonest first
#[derive(Debug, Args)]
pub struct List {
    /// Answer in JSON, a line each
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        let events = press.store().read(|db| Event::to_come(db, now))?;
        let mut table = Table::default();
        for event in &events {
            if self.json {
                out.json(&as_json(event))?;
                continue;
            }
            let (id, when) = (event.id.0.to_string(), event.when(now));
            let from = if event.calendar.is_empty() { "by hand" } else { &event.calendar };
            table.row([id.into(), when.into(), (&event.title).into(), (&event.place).into(), from.into()]);
        }
        table.write(out)?;
        if events.is_empty() && !self.json {
            writeln!(
                out,
                "Nothing is coming up; `griot event add` adds something, and a [[calendar]] brings it by itself"
            )?;
        }
        Ok(())
    }
}
