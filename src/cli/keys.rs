//! `griot keys …`: what seals the links and Message-IDs of messages.

use std::io::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::check::counted;
use super::output::Tone;
use super::{Output, Station};
use crate::saying::time::{maybe_utc, utc};
use crate::store::LinkKey;

/// Look at and renew the keys that seal links and Message-IDs
#[derive(Debug, Subcommand)]
pub enum Keys {
    List(List),
    Rotate(Rotate),
    Retire(Retire),
}

/// List the keys, and what each of them is for
#[derive(Debug, Args)]
pub struct List {
    /// Answer in JSON, a line a key
    #[arg(long)]
    json: bool,
}

/// Make a new key, which signs from now on; links in mail already sent go on working
///
/// A daemon that runs takes the new key over by itself. Editions that are approved keep to the key they were approved
/// with, so that a message which is tried again is the same to the byte.
#[derive(Debug, Args)]
pub struct Rotate {}

/// Let a key verify nothing any more: every link made with it is dead from then on
///
/// For a key that others have got hold of, and for nothing else: the unsubscribe links of the editions made with it end
/// nothing any more, and bounces of those are not known again.
#[derive(Debug, Args)]
pub struct Retire {
    /// The key, by its number in `griot keys list`
    #[arg(value_name = "KEY")]
    key: u8,
    /// Do it; without this it is only said what would be lost
    #[arg(long)]
    yes: bool,
}

impl Keys {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Rotate(command) => command.run(station, out),
            Self::Retire(command) => command.run(station, out),
        }
    }
}

impl List {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let keys = station.press()?.store().read(LinkKey::list)?;
        let signing = keys.iter().rev().find(|key| key.retired_at.is_none()).map(|key| key.id);
        for key in &keys {
            let (word, tone) = match key.retired_at {
                Some(_) => ("retired", Tone::Bad),
                None if Some(key.id) == signing => ("signs", Tone::Good),
                None => ("verifies", Tone::Neutral),
            };
            if self.json {
                out.json(&json!({
                    "key": key.id, "state": word, "created_at": key.created_at, "retired_at": key.retired_at,
                    "editions": key.editions, "last_used_at": key.last_used_at,
                }))?;
                continue;
            }
            let (word, since, used) = (out.state(word, tone, 8), utc(key.created_at), maybe_utc(key.last_used_at));
            let editions = counted(usize::try_from(key.editions)?, "edition");
            writeln!(out, "{:>3}  {word}  since {since}  {editions}, the last approved {used}", key.id)?;
        }
        Ok(())
    }
}

impl Rotate {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let id = press.store().write(|db| LinkKey::rotate(db, station.now()))?;
        writeln!(out, "Key {id} signs from now on; links in mail already sent go on working. Back up the store.")?;
        Ok(())
    }
}

impl Retire {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = station.now();
        let store = press.store();
        if !self.yes {
            let key = store.read(|db| Ok(LinkKey::list(db)?.into_iter().find(|key| key.id == self.key)))?;
            let Some(key) = key else {
                bail!("there is no key {}; `griot keys list` shows those there are", self.key);
            };
            let editions = counted(usize::try_from(key.editions)?, "edition");
            bail!(
                "the links of {editions}, the last approved {}, would be dead: unsubscribe, preferences, clicks, and what \
                 comes back of them is not known again. A reader who unsubscribes by one stays subscribed, which the law \
                 forbids for 30 days at least (CAN-SPAM). Where others have the key, add --yes",
                maybe_utc(key.last_used_at)
            );
        }
        let key = store.write(|db| LinkKey::retire(db, self.key, now))?;
        let editions = counted(usize::try_from(key.editions)?, "edition");
        writeln!(out, "Key {} is retired: the links of {editions} are dead.", self.key)?;
        Ok(())
    }
}
