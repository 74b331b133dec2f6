use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::output::Tone;
use super::table::{Cell, Table};
use super::{Output, Station};
use crate::saying::number::grouped;
use crate::store::{Rest, WarmUpDay, Warming};

/// Tell how far the warm-up has come with each provider, and what goes today and next
#[derive(Debug, Args)]
pub struct WarmUp {
    /// Answer in JSON, a line a provider
    #[arg(long)]
    json: bool,
}

impl WarmUp {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let policy = &press.config().delivery;
        let Some(plan) = policy.warm_up else {
            bail!("no warm-up is configured; write [delivery.warm_up] with `begins`, as config.example.toml has it");
        };
        let days: Vec<WarmUpDay> = press.store().read(|db| {
            let warming = Warming::load(db, policy, press.now())?;
            Ok(warming.map(|warming| warming.days().cloned().collect()).unwrap_or_default())
        })?;
        if self.json {
            return days.iter().try_for_each(|day| {
                out.json(&json!({
                    "provider": day.provider, "day": day.day, "cap": day.cap, "sent": day.claimed,
                    "deferred": day.deferred, "complaints_in_week": day.complaints, "over": day.is_over(&plan),
                    "resting": day.rest().filter(|_| !day.is_over(&plan)).map(word), "next_cap": day.next_cap(&plan),
                }))
            });
        }
        if days.is_empty() {
            writeln!(out, "The warm-up begins on {}; until then what there is goes out", plan.begins)?;
            return Ok(());
        }
        let mut table = Table::default();
        for day in &days {
            let (state, tone, next) = if day.is_over(&plan) {
                ("warm", Tone::Good, String::new())
            } else {
                let next = format!("{} on the next day", grouped(day.next_cap(&plan).into()));
                match day.rest() {
                    None => ("open", Tone::Good, next),
                    Some(Rest::Full) => ("full", Tone::Neutral, next),
                    Some(rest @ (Rest::Deferred | Rest::Complaints)) => (word(rest), Tone::Bad, next),
                }
            };
            table.row([
                day.provider.as_str().into(),
                Cell::state(state, tone),
                format!("{} of {} today", grouped(day.claimed.into()), grouped(day.cap.into())).into(),
                format!("{} put off", grouped(day.deferred.into())).into(),
                format!("{} complaints in a week", grouped(day.complaints.into())).into(),
                next.into(),
            ]);
        }
        table.write(out)
    }
}

fn word(rest: Rest) -> &'static str {
    match rest {
        Rest::Full => "full",
        Rest::Deferred => "put off too often",
        Rest::Complaints => "complaints",
    }
}
