use std::io::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::WHO;
use crate::cli::output::{Output, plain};
use crate::cli::station::Station;
use crate::cli::table::Table;
use crate::config::Period;
use crate::saying::time::{maybe_utc, utc};
use crate::staff::{NewToken, add_token, revoke_token};
use crate::store::{ApiToken, Scope};

/// Make, list and revoke tokens by which programs use the API
#[derive(Debug, Subcommand)]
pub enum Token {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Make a token, and print its secret: this once, and never again
#[derive(Debug, Args)]
pub struct Add {
    /// What the token is called in the record of who did what
    name: String,
    /// What it opens, such as subscribers:read; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<Scope>,
    /// How long it is good, such as 90d; without it until it is revoked
    #[arg(long, value_name = "TIME", value_parser = period)]
    expires: Option<Period>,
}

/// List the tokens, with those that are revoked
#[derive(Debug, Args)]
pub struct List {
    /// Answer in JSON, a line each
    #[arg(long)]
    json: bool,
}

/// Revoke a token: it opens nothing from now on
#[derive(Debug, Args)]
pub struct Revoke {
    name: String,
}

fn period(text: &str) -> Result<Period, String> {
    match Period::parse(text) {
        Ok(period) if period.is_zero() => Err("a token that lasts no time opens nothing".to_owned()),
        Ok(period) => Ok(period),
        Err(problem) => Err(problem.to_string()),
    }
}

impl Token {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Add(command) => command.run(station, out),
            Self::List(command) => command.run(station, out),
            Self::Revoke(command) => command.run(station, out),
        }
    }
}

impl Add {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let new = NewToken { name: self.name, scopes: self.scopes, lasts: self.expires.map(Period::delta) };
        let secret = add_token(press.store(), WHO, &new, press.now())?;
        writeln!(out, "{}", secret.as_str())?;
        let end = new
            .lasts
            .map_or_else(|| "until it is revoked".to_owned(), |lasts| format!("until {}", utc(press.now() + lasts)));
        writeln!(out, "For {} · good {end} · shown only now; a daemon serves the API", plain(&new.name))?;
        Ok(())
    }
}

impl List {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        let tokens = press.store().read(ApiToken::all)?;
        let mut table = Table::default();
        for token in &tokens {
            if self.json {
                out.json(&serde_json::json!({
                    "name": token.name, "scopes": token.scopes, "state": token.state(now),
                    "created_by": token.created_by, "created_at": token.created_at, "expires_at": token.expires_at,
                    "used_at": token.used_at, "revoked_at": token.revoked_at,
                }))?;
                continue;
            }
            let scopes = token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
            let used = format!("used {}", maybe_utc(token.used_at));
            table.row([token.name.as_str().into(), token.state(now).into(), used.into(), scopes.into()]);
        }
        table.write(out)?;
        if tokens.is_empty() && !self.json {
            writeln!(out, "There is no token yet · griot desk token add NAME --scope editions:read")?;
        }
        Ok(())
    }
}

impl Revoke {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        press.store().write(|db| match ApiToken::named(db, &self.name)? {
            Some(token) => revoke_token(db, WHO, &token, now),
            None => bail!("there is no token {:?}; `griot desk token list` shows them", self.name),
        })?;
        writeln!(out, "Revoked the token {}; it opens nothing any more", plain(&self.name))?;
        Ok(())
    }
}
