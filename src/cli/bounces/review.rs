use std::io::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::super::check::counted;
use super::super::output::{cut, plain};
use super::super::table::Table;
use super::{Output, Station};
use crate::publishing::Reviewed;
use crate::saying::time::utc;
use crate::store::Review as Entry;

/// Look at what came back and was not understood, or not shown to be about a message of yours
///
/// Without a command it lists them, oldest first.
#[derive(Debug, Args)]
pub struct Review {
    #[command(subcommand)]
    command: Option<ReviewCommand>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Answer in JSON, a line a mail
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum ReviewCommand {
    /// Print one, with what griot reads in it
    Show {
        #[arg(value_name = "ID")]
        id: i64,
    },
    /// Act on what one says: you vouch for it
    Accept {
        #[arg(value_name = "ID")]
        id: i64,
    },
    /// Take some off the list, and do nothing
    Drop {
        #[arg(value_name = "ID", required = true)]
        ids: Vec<i64>,
    },
    /// Read all of them again, as after an upgrade, and act on those that are understood now
    Again,
}

const TEXT_WIDTH: usize = 60;

impl Review {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match &self.command {
            None => self.list(station, out),
            Some(ReviewCommand::Show { id }) => show(station, *id, out),
            Some(ReviewCommand::Accept { id }) => accept(station, *id, out),
            Some(ReviewCommand::Drop { ids }) => drop_all(station, ids, out),
            Some(ReviewCommand::Again) => {
                let done = station.press()?.review_again()?;
                writeln!(out, "{} understood now and off the list", counted(usize::try_from(done)?, "mail"))?;
                Ok(())
            }
        }
    }

    fn list(&self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let (count, page) = press.store().read(|db| Ok((Entry::count(db)?, Entry::page(db, 0, self.limit)?)))?;
        if self.json {
            return page.iter().try_for_each(|entry| out.json(entry));
        }
        let mut table = Table::default();
        for Entry { id, source, sender, subject, because, received_at } in &page {
            table.row([
                format!("{id:>5}").into(),
                utc(*received_at).into(),
                source.into(),
                cut(sender, TEXT_WIDTH).into(),
                cut(subject, TEXT_WIDTH).into(),
                because.into(),
            ]);
        }
        table.write(out)?;
        match (count, page.len() as u64) {
            (0, _) => writeln!(out, "Nothing waits for a review")?,
            (count, shown) if count > shown => writeln!(out, "{} more", count - shown)?,
            _ => writeln!(out, "griot bounces review show ID prints one; accept ID acts on it, drop ID lets it go")?,
        }
        Ok(())
    }
}

fn no_such(id: i64) -> anyhow::Error {
    anyhow::anyhow!("there is no {id} on the review list; `griot bounces review` shows what is")
}

fn show(station: &Station, id: i64, out: &mut Output) -> Result<()> {
    let press = station.press()?;
    let (entry, mail) = press.store().read(|db| Entry::find(db, id))?.ok_or_else(|| no_such(id))?;
    writeln!(out, "{} · {} · by {} · {}", entry.id, utc(entry.received_at), entry.source, entry.because)?;
    for one in press.read_mail(&mail) {
        let status = one.meaning.status.map(|status| format!(" {status}")).unwrap_or_default();
        let (class, reason) = (one.meaning.class, one.meaning.reason);
        writeln!(out, "it says: {} {class}, {reason}{status}: {}", plain(&one.recipient), plain(&one.diagnostic))?;
    }
    writeln!(out)?;
    // Line by line, because nothing in a mail may steer the terminal.
    String::from_utf8_lossy(&mail).lines().try_for_each(|line| writeln!(out, "{}", plain(line)))?;
    Ok(())
}

fn accept(station: &Station, id: i64, out: &mut Output) -> Result<()> {
    let press = station.press()?;
    match press.accept_review(id)?.ok_or_else(|| no_such(id))? {
        Reviewed::Done(actions) => {
            let told: Vec<String> = actions.iter().map(ToString::to_string).collect();
            writeln!(out, "{id} is off the list: {}", told.join(", "))?;
            Ok(())
        }
        Reviewed::NotUnderstood => bail!(
            "{id} is not understood, so there is nothing to act on; use `griot suppressions add`, then `griot bounces \
             review drop {id}`"
        ),
        Reviewed::Nobody => bail!("{id} is about nobody who subscribed; `griot bounces review drop {id}` lets it go"),
    }
}

fn drop_all(station: &Station, ids: &[i64], out: &mut Output) -> Result<()> {
    let press = station.press()?;
    press
        .store()
        .write(|db| ids.iter().try_for_each(|id| if Entry::remove(db, *id)? { Ok(()) } else { Err(no_such(*id)) }))?;
    writeln!(out, "{} off the list", counted(ids.len(), "mail"))?;
    Ok(())
}
