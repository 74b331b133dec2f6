use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::table::Table;
use super::{Output, Station};
use crate::saying::time::utc;
use crate::store::{Store, Suppressed, Suppression};

/// Rows read at once.
const PAGE: u32 = 1_000;
/// Rows shown where no number is given: about a screen.
const SHOWN: usize = 50;

/// List who is never mailed, in the order of the alphabet, domains first
#[derive(Debug, Args)]
pub struct List {
    /// Only those whose reason holds this text, such as `complaint` or `hard bounce`
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How many at most [default: 50; with --json all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on behind this one
    #[arg(long, value_name = "ADDRESS|@DOMAIN")]
    after: Option<Suppressed>,
    /// Answer in JSON, a line each
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let limit = self.limit.unwrap_or(if self.json { usize::MAX } else { SHOWN });
        let is_wanted = |one: &Suppression| self.reason.as_ref().is_none_or(|text| one.reason.contains(text.as_str()));
        let after = self.after.as_ref().map_or("", Suppressed::as_str);
        let mut table = Table::default();
        let (mut shown, mut last, mut has_more) = (0, None, false);
        each(press.store(), after, |suppression| {
            if !is_wanted(suppression) {
                return Ok(true);
            }
            if shown == limit {
                has_more = true;
                return Ok(false);
            }
            shown += 1;
            if self.json {
                out.json(suppression)?;
            } else {
                let Suppression { who, reason, created_at } = suppression;
                table.row([who.as_str().into(), utc(*created_at).into(), reason.as_str().into()]);
                last = Some(who.clone());
            }
            Ok(true)
        })?;
        table.write(out)?;
        if let (true, false, Some(last)) = (has_more, self.json, last) {
            writeln!(out, "There are more: griot suppressions list --after {last}")?;
        }
        if shown == 0 && !self.json {
            writeln!(out, "Nobody is suppressed")?;
        }
        Ok(())
    }
}

/// Hands over every suppression behind `after`, until it is told to stop.
pub(super) fn each(store: &Store, after: &str, mut take: impl FnMut(&Suppression) -> Result<bool>) -> Result<()> {
    let mut after = after.to_owned();
    loop {
        let page = store.read(|db| Suppression::page(db, &after, PAGE))?;
        for suppression in &page {
            if !take(suppression)? {
                return Ok(());
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = last.who.as_str().to_owned(),
            _ => return Ok(()),
        }
    }
}
