//! `griot subscribers …`: who reads what, and how they came and went.
//!
//! Owns: the commands, the CSV they read and write, the report of an import. Leaves out: which rows may come in, which
//! is the store's ([`crate::store::Import`]).

mod add;
mod ask;
mod confirm;
mod erase;
mod export;
mod import;
mod list;
mod moving;
mod plain_list;
mod remove;
mod report;
mod show;
mod unzoned;

use anyhow::{Result, anyhow};
use clap::Subcommand;

use super::output::Tone;
use super::{Output, Station};
use crate::address::EmailAddress;
use crate::store::{Db, Subscriber, SubscriptionState};

/// Add, show, move and remove subscribers
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Confirm(confirm::Confirm),
    Remove(remove::Remove),
    Import(import::ImportFile),
    #[command(subcommand)]
    Ask(ask::Ask),
    Export(export::Export),
    Erase(erase::Erase),
}

impl Subscribers {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Add(command) => command.run(station, out).await,
            Self::List(command) => command.run(station, out),
            Self::Show(command) => command.run(station, out),
            Self::Confirm(command) => command.run(station, out),
            Self::Remove(command) => command.run(station, out).await,
            Self::Import(command) => command.run(station, out),
            Self::Ask(command) => command.run(station, out),
            Self::Export(command) => command.run(station, out),
            Self::Erase(command) => command.run(station, out),
        }
    }
}

/// The subscriber with this address, or an error that says what to do.
fn find(db: &Db, email: &EmailAddress) -> Result<Subscriber> {
    Subscriber::find_by_email(db, email)?
        .ok_or_else(|| anyhow!("{email} is no subscriber; `griot subscribers list` shows who is"))
}

fn tone(state: SubscriptionState) -> Tone {
    match state {
        SubscriptionState::Confirmed => Tone::Good,
        SubscriptionState::Pending => Tone::Waiting,
        SubscriptionState::Ended => Tone::Neutral,
    }
}
