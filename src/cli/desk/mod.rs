//! `griot desk …`: who works at the desk.
//!
//! Owns: the commands. Leaves out: the desk itself, which a daemon serves.

mod close;
mod invite;
mod list;
mod reset;
mod token;

use anyhow::{Result, bail};
use clap::Subcommand;

use super::{Output, Station};
use crate::store::{Db, Member};

/// As it stands in the record of who did what.
const WHO: &str = "the command line";

/// See and change who works at the desk
#[derive(Debug, Subcommand)]
pub enum Desk {
    Invite(invite::Invite),
    List(list::List),
    Close(close::Close),
    Reset(reset::Reset),
    #[command(subcommand)]
    Token(token::Token),
}

impl Desk {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Invite(command) => command.run(station, out),
            Self::List(command) => command.run(station, out),
            Self::Close(command) => command.run(station, out),
            Self::Reset(command) => command.run(station, out),
            Self::Token(command) => command.run(station, out),
        }
    }
}

fn named(db: &Db, name: &str) -> Result<Member> {
    match Member::named(db, name)? {
        Some(member) => Ok(member),
        None => bail!("nobody at the desk is called {name:?}; `griot desk list` shows who there is"),
    }
}
