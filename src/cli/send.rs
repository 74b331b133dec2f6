use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::edition::{account, as_json};
use super::interrupt::stop_on_signal;
use super::output::plain;
use super::progress::Progress;
use super::{Output, Station};
use crate::address::{EmailAddress, Mailbox};
use crate::publishing::{Press, Selected, Sending, Watch};
use crate::saying::time::in_zone;
use crate::store::{DeliveryCounts, Edition, EditionName, EditionState, Subscriber};

/// Send an edition now: a newsletter's unfinished one, else a new one
#[derive(Debug, Args)]
pub struct Send {
    /// A newsletter, or an edition such as `weekly-brief/12`
    #[arg(value_name = "NEWSLETTER|EDITION")]
    target: String,
    /// Send it to these addresses only, as it stands now; no subscriber gets it
    #[arg(long, value_name = "ADDRESS", num_args = 1.., conflicts_with = "dry_run")]
    test: Vec<EmailAddress>,
    /// Say what would be sent and to how many; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Stay until nothing is left to do now, also where a daemon does the sending
    #[arg(long)]
    wait: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Send {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        if self.dry_run {
            return self.would_send(&press, out);
        }
        if !self.test.is_empty() {
            return self.send_test(&press, out).await;
        }
        let edition = match EditionName::parse(&self.target) {
            Some(_) => press.edition(&self.target)?,
            None => press.edition_to_send(press.newsletter(&self.target)?)?,
        };
        let edition = if edition.state.is_final() { edition } else { press.release(&edition)? };
        if edition.state != EditionState::Sending {
            return self.report(&press, &edition, out);
        }
        if !self.wait
            && let Sending::Theirs(holder) = press.sender("griot send")?
        {
            return self.leave_to(&holder, &press, &edition, out);
        }
        let mut stop = stop_on_signal()?;
        let progress = Progress::begin(&press, &edition);
        let end = press.see_through(&edition, "griot send", &mut stop).await;
        progress.end();
        let end = end?;
        let edition = press.edition(&edition.name.to_string())?;
        self.report(&press, &edition, out)?;
        if self.json {
            return self.failure(&end, &press);
        }
        match &end {
            Watch::Waiting(at) => {
                let zone = press.newsletter(&edition.name.newsletter)?.timezone.zone();
                let next = in_zone(*at, zone, press.now());
                writeln!(out, "The next try is due {next} · a daemon makes it, or griot send {}", edition.name)?;
            }
            Watch::Stopped => writeln!(out, "Stopped · griot send {} goes on where it ended", edition.name)?,
            Watch::Settled(_) | Watch::RelayDown(_) => {}
        }
        self.failure(&end, &press)
    }

    /// What makes the command fail, once the account is told.
    fn failure(&self, end: &Watch, press: &Press) -> Result<()> {
        match end {
            Watch::RelayDown(reason) => {
                bail!("{reason}. Nothing is lost: `griot send {}` goes on where it ended", self.target)
            }
            Watch::Settled(edition) if edition.state == EditionState::Paused => {
                let (name, reason) = (&edition.name, plain(&edition.reason));
                match edition.resume_at {
                    Some(at) => {
                        let until = in_zone(at, press.newsletter(&name.newsletter)?.timezone.zone(), press.now());
                        bail!(
                            "{name} is paused until {until}: {reason}. Nothing is lost: a daemon lets it go on then, or \
                             `griot edition resume {name}` at once"
                        )
                    }
                    None => {
                        bail!(
                            "{name} is paused: {reason}. Nothing is lost: `griot edition resume {name}` lets it go on"
                        )
                    }
                }
            }
            Watch::Settled(_) | Watch::Waiting(_) | Watch::Stopped => Ok(()),
        }
    }

    fn leave_to(&self, holder: &str, press: &Press, edition: &Edition, out: &mut Output) -> Result<()> {
        if self.json {
            return self.report(press, edition, out);
        }
        writeln!(out, "{holder} sends {} · griot send {} --wait watches it", edition.name, edition.name)?;
        Ok(())
    }

    fn report(&self, press: &Press, edition: &Edition, out: &mut Output) -> Result<()> {
        let counts = press.store().read(|db| DeliveryCounts::load(db, edition.id))?;
        if self.json {
            return out.json(&as_json(edition, &counts, press.now()));
        }
        let name = &edition.name;
        match edition.state {
            EditionState::Skipped => writeln!(out, "Skipped {name} · {}", plain(&edition.reason))?,
            EditionState::Cancelled => writeln!(out, "{name} was cancelled · {}", plain(&edition.reason))?,
            state => writeln!(out, "{name} · {state} · {}", account(&counts))?,
        }
        Ok(())
    }

    async fn send_test(self, press: &Press, out: &mut Output) -> Result<()> {
        let edition = match EditionName::parse(&self.target) {
            Some(_) => press.edition(&self.target)?,
            None => press.edition_to_test(press.newsletter(&self.target)?)?,
        };
        for address in &self.test {
            let to = Mailbox { name: String::new(), address: address.clone() };
            press.send_one(press.newsletter(&edition.name.newsletter)?, &press.sample_message(&edition, &to)?).await?;
            if !self.json {
                writeln!(out, "Sent {} as a test to {address}", edition.name)?;
            }
        }
        if self.json {
            let sent: Vec<&str> = self.test.iter().map(EmailAddress::as_str).collect();
            out.json(&serde_json::json!({"edition": edition.name.to_string(), "test": sent}))?;
        }
        Ok(())
    }

    fn would_send(&self, press: &Press, out: &mut Output) -> Result<()> {
        let known = match EditionName::parse(&self.target) {
            Some(_) => Some(press.edition(&self.target)?),
            None => {
                let newsletter = press.newsletter(&self.target)?;
                press.store().read(|db| Edition::unfinished(db, newsletter.id.as_str()))?
            }
        };
        let id = known.as_ref().map_or(self.target.as_str(), |edition| &edition.name.newsletter);
        let newsletter = press.newsletter(id)?;
        let (stories, state) = match &known {
            Some(edition) if edition.state != EditionState::Draft => {
                (press.store().read(|db| edition.stories(db))?.len(), edition.state.as_str())
            }
            _ => {
                let Selected { picks, .. } = press.candidates(newsletter)?;
                (picks.len(), "draft")
            }
        };
        let readers = press.store().read(|db| {
            let counts = known.as_ref().map(|edition| DeliveryCounts::load(db, edition.id)).transpose()?;
            match counts.filter(|counts| counts.recipients > 0) {
                Some(counts) => Ok(counts.queued + counts.deferred + counts.sending),
                None => Subscriber::count_confirmed(db, id, press.now()),
            }
        })?;
        let name = known.as_ref().map_or_else(|| format!("a new edition of {id}"), |edition| edition.name.to_string());
        let is_enough = stories >= newsletter.min_stories as usize;
        let relays = press.config().relays.iter().filter(|relay| newsletter.relays.contains(&relay.id));
        let relay = relays.map(|relay| relay.relay.to_string()).collect::<Vec<_>>().join(" and ");
        if self.json {
            return out.json(&serde_json::json!({
                "edition": name, "state": state, "stories": stories, "recipients": readers, "relay": relay,
                "would_be_skipped": !is_enough, "dry_run": true,
            }));
        }
        if is_enough {
            writeln!(out, "Would send {name} · {stories} stories · to {readers} readers · through {relay}")?;
        } else {
            let needed = newsletter.min_stories;
            writeln!(out, "Would skip {name} · {stories} stories, min_stories is {needed} · griot fetch")?;
        }
        Ok(())
    }
}
