use std::io::Write;

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use super::super::output::{Tone, plain};
use super::super::table::{Cell, Table};
use super::{Output, Station};
use crate::config::Period;
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::saying::time::utc;
use crate::store::{PassCounts, PassTerms, PermissionPass, newsletter_number};

/// Ask an imported list whether it still wants the newsletter, in waves
#[derive(Debug, Subcommand)]
pub enum Ask {
    Start(Start),
    Status(Status),
    Stop(Stop),
}

/// Begin to ask, or go on where it stopped
///
/// Each pending subscriber who came by an import gets one letter, which says where they signed up, and asks once: a button
/// for yes, a link for no. The daemon sends a wave at a time, who agreed last first, and stops by itself where more than
/// 5 % of a wave bounce or more than 0.1 % complain. Who does not answer gets nothing and is never asked again.
#[derive(Debug, Args)]
pub struct Start {
    #[arg(value_name = "NEWSLETTER")]
    newsletter: String,
    /// Letters of a wave
    #[arg(long, value_name = "N")]
    wave: u32,
    /// Time from one wave to the next
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = period)]
    every: Period,
    /// Time to answer; after it the subscription ends
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = period)]
    answer_within: Period,
    /// Ask once more after this time, such as `7d`; without it nobody is reminded
    #[arg(long, value_name = "TIME", value_parser = period)]
    remind_after: Option<Period>,
    /// Only tell how many would be asked, and for how long
    #[arg(long)]
    dry_run: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Show how many were asked, what they said, and when the next wave goes out
#[derive(Debug, Args)]
pub struct Status {
    /// Only of this newsletter
    #[arg(value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Answer in JSON, a line a newsletter
    #[arg(long)]
    json: bool,
}

/// Ask nobody more; who was asked may still answer
#[derive(Debug, Args)]
pub struct Stop {
    #[arg(value_name = "NEWSLETTER")]
    newsletter: String,
}

fn period(text: &str) -> Result<Period, String> {
    Period::parse(text).map_err(|problem| problem.to_string())
}

impl Ask {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        match self {
            Self::Start(command) => command.run(&press, out),
            Self::Status(command) => command.run(&press, out),
            Self::Stop(command) => command.run(&press, out),
        }
    }
}

impl Start {
    fn run(self, press: &Press, out: &mut Output) -> Result<()> {
        let newsletter = press.newsletter(&self.newsletter)?;
        let terms = PassTerms {
            wave: self.wave,
            every: self.every.delta(),
            answer_within: self.answer_within.delta(),
            remind_after: self.remind_after.map(Period::delta),
        };
        let (known, to_ask) = press.store().write(|db| {
            let number = newsletter_number(db, newsletter.id.as_str())?;
            Ok((PermissionPass::find(db, number)?, PermissionPass::to_ask(db, number)?))
        })?;
        press.check_terms(terms)?;
        let waves = to_ask.div_ceil(self.wave.into());
        let now = press.now();
        let first = known.map_or(now, |pass| pass.next_wave_at.max(now));
        let later = terms.every * i32::try_from(waves.saturating_sub(1)).unwrap_or(i32::MAX).min(100_000);
        let last = first.checked_add_signed(later).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if !self.dry_run {
            press.begin_pass(newsletter, terms)?;
        }
        if self.json {
            return out.json(&json!({
                "newsletter": newsletter.id, "dry_run": self.dry_run, "to_ask": to_ask, "waves": waves,
                "first_wave_at": first, "last_wave_at": last,
            }));
        }
        if to_ask == 0 {
            writeln!(out, "{}: nobody is pending who came by an import and was not asked yet", newsletter.id)?;
        } else {
            let times = if waves == 1 { "1 wave".to_owned() } else { format!("{} waves", grouped(waves)) };
            writeln!(out, "{}: {} to ask in {times}, the last {}", newsletter.id, grouped(to_ask), utc(last))?;
        }
        if self.dry_run {
            writeln!(out, "Nothing was changed; without --dry-run it begins")?;
        } else {
            writeln!(out, "The daemon sends them; `griot subscribers ask status` shows how it goes")?;
        }
        Ok(())
    }
}

impl Status {
    fn run(self, press: &Press, out: &mut Output) -> Result<()> {
        let only = self.newsletter.as_deref().map(|id| press.newsletter(id)).transpose()?;
        let mut passes = Vec::new();
        press.store().read(|db| {
            for pass in PermissionPass::all(db)? {
                let Some(slug) = crate::store::newsletter_slug(db, pass.newsletter)? else { continue };
                if only.is_none_or(|newsletter| newsletter.id.as_str() == slug) {
                    let counts = PermissionPass::counts(db, pass.newsletter)?;
                    passes.push((slug, pass, counts));
                }
            }
            Ok(())
        })?;
        if self.json {
            return passes.iter().try_for_each(|(slug, pass, counts)| out.json(&as_json(slug, pass, counts)));
        }
        if passes.is_empty() {
            writeln!(out, "No list is being asked; `griot subscribers ask start` begins it")?;
        }
        let now = press.now();
        let mut table = Table::default();
        for (slug, pass, counts) in &passes {
            row(&mut table, slug, pass, counts, now);
        }
        table.write(out)
    }
}

impl Stop {
    fn run(self, press: &Press, out: &mut Output) -> Result<()> {
        let newsletter = press.newsletter(&self.newsletter)?;
        let (stopped, counts) = press.store().write(|db| {
            let number = newsletter_number(db, newsletter.id.as_str())?;
            let stopped = PermissionPass::stop(db, number, "an operator stopped it", press.now())?;
            Ok((stopped, PermissionPass::counts(db, number)?))
        })?;
        if !stopped {
            bail!("{} is not being asked; `griot subscribers ask status` shows what is", newsletter.id);
        }
        writeln!(
            out,
            "{}: stopped; {} were asked and {} may still answer, {} were not asked",
            newsletter.id,
            grouped(counts.asked),
            grouped(counts.waiting),
            grouped(counts.to_ask)
        )?;
        Ok(())
    }
}

fn row(table: &mut Table, slug: &str, pass: &PermissionPass, counts: &PassCounts, now: DateTime<Utc>) {
    let (word, tone, then) = match pass.stopped_at {
        Some(at) => ("stopped", Tone::Bad, format!("since {}: {}", utc(at), pass.stopped_because)),
        None if counts.to_ask > 0 => {
            let next = pass.next_wave_at.max(now);
            (
                "asking",
                Tone::Waiting,
                format!("the next {} at {}", grouped(counts.to_ask.min(pass.terms.wave.into())), utc(next)),
            )
        }
        None if counts.waiting > 0 => ("waiting", Tone::Waiting, "all were asked".to_owned()),
        None => ("done", Tone::Good, "all have answered, or had their time".to_owned()),
    };
    let told = format!(
        "{} asked in {} waves: {} confirmed, {} declined, {} bounced, {} unanswered, {} waiting; {} to ask; {}",
        grouped(counts.asked),
        pass.waves,
        grouped(counts.confirmed),
        grouped(counts.declined),
        grouped(counts.bounced),
        grouped(counts.unanswered),
        grouped(counts.waiting),
        grouped(counts.to_ask),
        plain(&then)
    );
    table.row([slug.into(), Cell::state(word, tone), told.into()]);
}

fn as_json(slug: &str, pass: &PermissionPass, counts: &PassCounts) -> serde_json::Value {
    let seconds = TimeDelta::num_seconds;
    json!({
        "newsletter": slug, "started_at": pass.started_at, "waves": pass.waves, "wave": pass.terms.wave,
        "every_seconds": seconds(&pass.terms.every), "answer_within_seconds": seconds(&pass.terms.answer_within),
        "remind_after_seconds": pass.terms.remind_after.as_ref().map(seconds),
        "to_ask": counts.to_ask, "asked": counts.asked, "confirmed": counts.confirmed, "declined": counts.declined,
        "bounced": counts.bounced, "unanswered": counts.unanswered, "waiting": counts.waiting,
        "next_wave_at": pass.stopped_at.is_none().then_some(pass.next_wave_at), "stopped_at": pass.stopped_at,
        "stopped_because": pass.stopped_because,
    })
}
