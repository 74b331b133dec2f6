use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::table::{Cell, Table};
use super::{Output, Station, as_json, tone};
use crate::saying::time::utc;
use crate::store::{DeliveryCounts, Edition};

/// List editions, newest first
#[derive(Debug, Args)]
pub struct List {
    /// Only of this newsletter
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Answer in JSON, a line an edition
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let editions = press.store().read(|db| {
            let editions = Edition::list(db, self.newsletter.as_deref())?;
            editions
                .into_iter()
                .map(|edition| {
                    let counts = DeliveryCounts::load(db, edition.id)?;
                    Ok((edition, counts))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut table = Table::default();
        for (edition, counts) in &editions {
            if self.json {
                out.json(&as_json(edition, counts, press.now()))?;
                continue;
            }
            let account = match counts.recipients {
                0 => edition.reason.clone(),
                many => format!("{} of {many} accepted", counts.accepted),
            };
            table.row([
                edition.name.to_string().into(),
                Cell::state(edition.state, tone(edition.state)),
                utc(edition.created_at).into(),
                account.into(),
                edition.subject.as_str().into(),
            ]);
        }
        if editions.is_empty() && !self.json {
            writeln!(out, "There are no editions yet; `griot draft NEWSLETTER` makes one")?;
        }
        table.write(out)
    }
}
