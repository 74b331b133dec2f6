use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::super::output::{cut, plain};
use super::super::table::Table;
use super::{Output, Station, account, as_json, tone};
use crate::saying::number::grouped;
use crate::store::{self, ClickReport, DeliveryCounts, FollowedLink};

/// Show how often an edition was followed, and what came back of it: by class, reason and domain, and what was said most
#[derive(Debug, Args)]
pub struct Report {
    /// An edition such as `weekly-brief/12`, or a newsletter for its present one
    #[arg(value_name = "EDITION")]
    edition: String,
    /// How many links, domains and diagnostics are told
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Longer ones are cut here; the whole of it is in `--json`.
const SAMPLE_WIDTH: usize = 100;
/// What is left of a line of 80 beside the numbers.
const LINK_WIDTH: usize = 60;

impl Report {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.edition(&self.edition)?;
        let (counts, clicks, report) = press.store().read(|db| {
            let counts = DeliveryCounts::load(db, edition.id)?;
            Ok((counts, edition.clicks(db, self.limit)?, edition.report(db, self.limit)?))
        })?;
        if self.json {
            let mut told = as_json(&edition, &counts, press.now());
            told["report"] = json!(report);
            told["clicks"] = json!(clicks);
            return out.json(&told);
        }
        let state = out.state(edition.state, tone(edition.state), 0);
        writeln!(out, "{} · {state} · {}", edition.name, account(&counts))?;
        if !edition.reason.is_empty() {
            writeln!(out, "{}", plain(&edition.reason))?;
        }
        if let Some(clicks) = &clicks {
            followed(clicks, out)?;
        }
        let store::Report { reasons, domains, diagnostics } = &report;
        if reasons.is_empty() {
            writeln!(out, "Nothing came back")?;
            return Ok(());
        }
        writeln!(out)?;
        let mut table = Table::default();
        for line in reasons {
            table.row([line.class.as_str().into(), right(line.readers).into(), line.reason.as_str().into()]);
        }
        table.write(out)?;
        if !domains.is_empty() {
            writeln!(out)?;
            let mut table = Table::default();
            table.row(["   hard", "   soft", "   ours", "complaint", "domain"].map(Into::into));
            for line in domains {
                let complaints = format!("{:>9}", grouped(line.complaint));
                let numbers = [right(line.hard), right(line.soft), right(line.ours), complaints];
                table.row(numbers.into_iter().chain([line.domain.clone()]).map(Into::into));
            }
            table.write(out)?;
        }
        for line in diagnostics {
            let store::Diagnostic { class, domain, readers, sample, advice, .. } = line;
            writeln!(out)?;
            writeln!(out, "{} {class} at {}", grouped(*readers), if domain.is_empty() { "?" } else { domain })?;
            writeln!(out, "  {}", cut(&plain(sample), SAMPLE_WIDTH))?;
            if !advice.is_empty() {
                writeln!(out, "  = {advice}")?;
            }
        }
        Ok(())
    }
}

/// How often, and what most.
fn followed(clicks: &ClickReport, out: &mut Output) -> Result<()> {
    let ClickReport { readers, scanners, links, opens } = clicks;
    writeln!(out, "{} clicks by readers · {} by scanners", grouped(*readers), grouped(*scanners))?;
    if let Some(opens) = opens {
        writeln!(out, "{} opens by readers who let them be counted", grouped(*opens))?;
    }
    if links.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut table = Table::default();
    table.row(["readers", "scanners", "link"].map(Into::into));
    for FollowedLink { url, headline, readers, scanners } in links {
        let shown = if headline.is_empty() { url } else { headline };
        let scanners = format!("{:>8}", grouped(*scanners));
        table.row([right(*readers), scanners, cut(&plain(shown), LINK_WIDTH)].map(Into::into));
    }
    table.write(out)?;
    writeln!(out)?;
    Ok(())
}

fn right(many: u64) -> String {
    format!("{:>7}", grouped(many))
}
