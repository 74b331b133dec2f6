use std::io::Write;

use anyhow::{Result, bail};
use chrono::Utc;
use clap::Args;

use super::check::counted;
use super::output::{Tone, plain};
use super::{Output, Station};
use crate::config::NameServer;
use crate::doctor::{self, Dns, Finding, Level};
use crate::publishing::Press;

/// Ask whether mailbox providers will believe your mail: SPF, DKIM, DMARC, names and addresses, the relay, the pages
///
/// It changes and sends nothing, and griot may run meanwhile or not. What is not well comes with what to put in DNS, ready to
/// paste, or what to do. Exit code 1 where anything fails.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Ask this name server: an address, with a port if it is not 53
    #[arg(long, value_name = "HOST:PORT")]
    resolver: Option<NameServer>,
}

impl Doctor {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let config = station.config()?;
        let dns = Dns::new(self.resolver.or(config.doctor.resolver).map(|server| server.0))?;
        let press = Press::open_unchanged(config.clone(), Utc::now).map_err(|error| format!("{error:#}"));
        let findings = doctor::examine(&config, press.as_ref().map_err(String::as_str), &dns, Utc::now).await;
        if self.json {
            out.json(&findings)?;
        } else {
            write_findings(&findings, out)?;
        }
        let many = |level| findings.iter().filter(|finding| finding.level == level).count();
        let (passes, warns, fails) = (many(Level::Pass), many(Level::Warn), many(Level::Fail));
        if !self.json {
            writeln!(
                out,
                "\n{}: {passes} well, {warns} to look at, {fails} to mend",
                counted(findings.len(), "check")
            )?;
        }
        if fails > 0 {
            bail!("{} to mend; each says what to do", counted(fails, "thing"));
        }
        Ok(())
    }
}

/// A line for each, beneath its subject; what is not well with what follows from it.
fn write_findings(findings: &[Finding], out: &mut Output) -> Result<()> {
    let width = |length: fn(&Finding) -> usize| findings.iter().map(length).max().unwrap_or_default();
    let (ids, abouts) = (width(|finding| finding.id.len()), width(|finding| finding.about.chars().count()));
    let mut subjects: Vec<&str> = Vec::new();
    for finding in findings {
        if !subjects.contains(&finding.subject()) {
            subjects.push(finding.subject());
        }
    }
    for (index, subject) in subjects.into_iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        writeln!(out, "{gap}{subject}")?;
        for finding in findings.iter().filter(|finding| finding.subject() == subject) {
            let tone = match finding.level {
                Level::Pass => Tone::Good,
                Level::Warn => Tone::Waiting,
                Level::Fail => Tone::Bad,
            };
            let level = out.state(finding.level, tone, 0);
            let (about, found) = (plain(&finding.about), plain(&finding.found));
            writeln!(out, "  {level}  {:ids$}  {about:abouts$}  {found}", finding.id)?;
            for line in [&finding.why, &finding.to_do].into_iter().filter(|line| !line.is_empty()) {
                writeln!(out, "        {}", plain(line))?;
            }
            for record in &finding.dns {
                writeln!(out, "        {}", plain(record))?;
            }
        }
    }
    Ok(())
}
