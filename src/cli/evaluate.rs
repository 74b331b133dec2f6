use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use super::output::Output;
use super::station::Station;
use super::table::{Cell, Table};
use crate::evaluation::{Interval, Measured, Method, Week, cluster_headlines, measure, rank, read};
use crate::selection::Likeness;

/// Headlines alone share few words, so less likeness joins them.
const HEADLINES: Likeness = Likeness { cosine: 0.11, seconds: 72 * 3600 };

/// Replay weeks whose answer is known, and show how selection does beside simpler methods
///
/// The weeks are the editions of a newsletter that were sent, whose stories are the answer; or those of a folder. That holds NAME.jsonl (or .jsonl.gz) for each week, a story a line, and NAME.picks, the URLs an editor picked; or
/// the record of a front page. docs/selection.md tells both formats.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// Whose editions are replayed
    #[arg(value_name = "NEWSLETTER", required_unless_present = "folder", conflicts_with = "folder")]
    newsletter: Option<String>,
    /// Where the weeks are
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Answer in JSON, a line a method
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let weeks = match (&self.folder, &self.newsletter) {
            (Some(folder), _) => read(folder)?,
            (None, newsletter) => {
                let press = station.press()?;
                let newsletter = press.newsletter(newsletter.as_deref().unwrap_or_default())?;
                let weeks = press.past_weeks(newsletter)?;
                ensure!(
                    !weeks.is_empty(),
                    "no edition of {} was sent yet, so there is nothing to replay",
                    newsletter.id
                );
                weeks
            }
        };
        let weeks: Vec<&Week> = weeks.iter().collect();
        let is_watched = weeks.iter().any(|week| week.items.iter().any(|item| item.is_sighted()));
        let mut table = Table::default();
        let head = ["", "overlap", "", "R-precision", "recall at 2N", "nDCG", "duplicates", "platforms", "weeks"];
        table.row(head.map(Cell::from));
        for method in Method::ALL.into_iter().filter(|method| is_watched || !method.is_watching()) {
            let rankings: Vec<Vec<usize>> = weeks
                .iter()
                .map(|week| {
                    // Leave one week out: the week that is ranked is never learnt from.
                    let others: Vec<&Week> = weeks.iter().filter(|other| other.name != week.name).copied().collect();
                    rank(method, week, &others)
                })
                .collect();
            let measured = measure(&weeks, &rankings);
            if self.json {
                out.json(&as_json(method, &measured))?;
            } else {
                table.row(as_row(method, &measured));
            }
        }
        let headlines = self.folder.map(|folder| folder.join("clusters.csv")).filter(|path| path.exists());
        let clustered = headlines.map(|path| cluster_headlines(&path, HEADLINES)).transpose()?;
        if self.json {
            return clustered
                .map_or(Ok(()), |clustered| out.json(&json!({ "method": "clusters", "clusters": clustered })));
        }
        let names: Vec<&str> = weeks.iter().map(|week| week.name.as_str()).collect();
        let stories: usize = weeks.iter().map(|week| week.items.len()).sum();
        let signals: usize = weeks.iter().map(|week| week.signal_stories.len()).sum();
        writeln!(out, "{} · {stories} candidates, {signals} signal stories", names.join(", "))?;
        table.write(out)?;
        if let Some(found) = clustered {
            writeln!(
                out,
                "{} headlines clustered: pairwise precision {:.3}, recall {:.3}, B-cubed F1 {:.3}",
                found.headlines, found.precision, found.recall, found.b_cubed
            )?;
        }
        writeln!(out, "The mean over the weeks, and how far it goes by chance in 95 of 100 draws of as many weeks.")?;
        Ok(())
    }
}

fn as_row(method: Method, measured: &Measured) -> Vec<Cell> {
    let overlap = measured.overlap;
    let weeks: Vec<String> = measured.weeks.iter().map(usize::to_string).collect();
    vec![
        Cell::from(method.as_str()),
        Cell::from(format!("{:.2}", overlap.mean)),
        Cell::from(format!("{:.1} to {:.1}", overlap.low, overlap.high)),
        Cell::from(spread(measured.r_precision)),
        Cell::from(spread(measured.recall)),
        Cell::from(spread(measured.ndcg)),
        Cell::from(format!("{:.1}", measured.duplicates.mean)),
        Cell::from(format!("{:.1}", measured.platforms.mean)),
        Cell::from(weeks.join(" ")),
    ]
}

fn spread(interval: Interval) -> String {
    format!("{:.2} ({:.2} to {:.2})", interval.mean, interval.low, interval.high)
}

fn as_json(method: Method, measured: &Measured) -> serde_json::Value {
    json!({
        "method": method.as_str(), "overlap": measured.overlap, "r_precision": measured.r_precision,
        "recall_at_2n": measured.recall, "ndcg": measured.ndcg, "duplicates": measured.duplicates,
        "platforms": measured.platforms, "weeks": measured.weeks,
    })
}
