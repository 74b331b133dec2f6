//! The command line: what an operator or editor types, and what they read back.
//!
//! Owns: every command's arguments and its words, one file a command; where output goes (`Output`); what an error
//! looks like and how a command exits. Leaves out: the work itself, which is done further left. The clock is read
//! here and handed down.
//!
//! How it exits is told at the end of `griot --help`. A reader that goes away (`griot subscribers list | head`) is no
//! failure.
//!
//! To add a command: a file with its arguments and `run`, its `mod`, its variant and the arm that runs it.

mod alerts;
mod approve;
mod backup;
mod bounces;
mod check;
mod completions;
mod daemon;
mod demo;
mod desk;
mod dkim;
mod doctor;
mod draft;
mod edition;
mod evaluate;
mod event;
mod failure;
mod feeds;
mod fetch;
mod import;
mod init;
mod interrupt;
mod keys;
mod learn;
mod logging;
mod man;
mod nodes;
mod output;
mod preview;
mod progress;
mod question;
mod restore;
mod send;
mod station;
mod store;
mod stories;
mod story;
mod subscribers;
mod suppressions;
mod table;
mod templates;
mod warm_up;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use self::output::Output;
use self::station::Station;
use crate::config::LogFormat;

const EXIT_CODES: &str = "\
Exit codes: 0 it is done, 1 it failed, 2 the command line can't be understood, 75 a mail that was handed over on the \
standard input could not be kept and is to be handed over again.";

/// griot gathers what your platforms published, picks the week's top stories, and puts one brief in every inbox.
#[derive(Debug, Parser)]
#[command(name = "griot", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    station: Station,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Check(check::Check),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Dkim(dkim::Dkim),
    Daemon(daemon::Daemon),
    Demo(demo::Demo),
    Fetch(fetch::Fetch),
    #[command(subcommand)]
    Feeds(feeds::Feeds),
    Stories(stories::Stories),
    #[command(subcommand)]
    Story(story::Story),
    #[command(subcommand)]
    Event(event::Event),
    #[command(subcommand)]
    Import(import::Import),
    Draft(draft::Draft),
    Evaluate(evaluate::Evaluate),
    Learn(learn::Learn),
    Preview(preview::Preview),
    Approve(approve::Approve),
    Send(send::Send),
    #[command(subcommand)]
    Edition(edition::Edition),
    #[command(subcommand)]
    Templates(templates::Templates),
    #[command(subcommand)]
    Desk(desk::Desk),
    #[command(subcommand)]
    Subscribers(subscribers::Subscribers),
    #[command(subcommand)]
    Bounces(bounces::Bounces),
    #[command(subcommand)]
    Suppressions(suppressions::Suppressions),
    #[command(subcommand)]
    Store(store::Store),
    Nodes(nodes::Nodes),
    WarmUp(warm_up::WarmUp),
    Alerts(alerts::Alerts),
    Backup(backup::Backup),
    Restore(restore::Restore),
    #[command(subcommand)]
    Keys(keys::Keys),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Init(command) => command.run(station, out).await,
            Self::Check(command) => command.run(station, out),
            Self::Doctor(command) => command.run(station, out).await,
            Self::Dkim(command) => command.run(station, out),
            Self::Daemon(command) => command.run(station).await,
            Self::Demo(command) => command.run(out).await,
            Self::Fetch(command) => command.run(station, out).await,
            Self::Feeds(command) => command.run(station, out),
            Self::Stories(command) => command.run(station, out),
            Self::Story(command) => command.run(station, out),
            Self::Event(command) => command.run(station, out),
            Self::Import(command) => command.run(station, out).await,
            Self::Draft(command) => command.run(station, out),
            Self::Evaluate(command) => command.run(station, out),
            Self::Learn(command) => command.run(station, out),
            Self::Preview(command) => command.run(station, out),
            Self::Approve(command) => command.run(station, out),
            Self::Send(command) => command.run(station, out).await,
            Self::Edition(command) => command.run(station, out),
            Self::Templates(command) => command.run(station, out),
            Self::Desk(command) => command.run(station, out),
            Self::Subscribers(command) => command.run(station, out).await,
            Self::Bounces(command) => command.run(station, out),
            Self::Suppressions(command) => command.run(station, out),
            Self::Store(command) => command.run(station, out),
            Self::Nodes(command) => command.run(station, out),
            Self::WarmUp(command) => command.run(station, out),
            Self::Alerts(command) => command.run(station, out),
            Self::Backup(command) => command.run(station, out),
            Self::Restore(command) => command.run(station, out),
            Self::Keys(command) => command.run(station, out),
            Self::Completions(command) => command.run(out),
            Self::Man(command) => command.run(out),
        }
    }
}

/// Reads the command line of this process, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        // What is wrong with the configuration is said by the command itself.
        Command::Daemon(_) => {
            logging::begin("info", || cli.station.config().map(|config| config.log.format).unwrap_or_default())
        }
        // That a store was upgraded is told by whatever command did it.
        _ => logging::begin("warn,griot::store::migrations=info", LogFormat::default),
    }
    let mut out = Output::stdout();
    let done = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.command.run(&cli.station, &mut out)))
        .and_then(|()| Ok(out.flush()?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::has_no_reader(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // What was done before it failed stands above the error.
            let _ = out.flush();
            failure::report(&error)
        }
    }
}
