use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::Tone;
use super::table::{Cell, Table};
use super::{Output, Station};
use crate::saying::time;
use crate::store::{Node, NodeState};

/// Tell which machines work on the store, what each does, and when it last showed a sign of life
#[derive(Debug, Args)]
pub struct Nodes {
    /// Answer in JSON, a line a node
    #[arg(long)]
    json: bool,
}

impl Nodes {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let nodes = press.store().read(Node::all)?;
        if self.json {
            return nodes.iter().try_for_each(|node| {
                out.json(&json!({
                    "name": node.name, "state": node.state().as_str(), "roles": node.roles, "leads": node.leads,
                    "version": node.version, "started_at": node.started_at, "seen_at": node.seen_at,
                    "silent_seconds": node.silent_for.as_secs(),
                }))
            });
        }
        if nodes.is_empty() {
            writeln!(out, "No daemon has worked on {} yet; `griot daemon` does", press.store().shown())?;
            return Ok(());
        }
        let zone = press.config().home_zone();
        let mut table = Table::default();
        for node in &nodes {
            let (tone, seen) = match node.state() {
                NodeState::Up => (Tone::Good, format!("seen {} s ago", node.silent_for.as_secs())),
                NodeState::Stopped => {
                    (Tone::Neutral, format!("since {}", time::in_zone(node.seen_at, zone, press.now())))
                }
                NodeState::Lost => (Tone::Bad, format!("last seen {}", time::in_zone(node.seen_at, zone, press.now()))),
            };
            let leads = if node.leads { "keeps the schedule" } else { "" };
            table.row([
                node.name.as_str().into(),
                Cell::state(node.state().as_str(), tone),
                node.roles.join(", ").into(),
                format!("griot {}", node.version).into(),
                seen.into(),
                leads.into(),
            ]);
        }
        table.write(out)
    }
}
