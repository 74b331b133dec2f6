//! Seeing to those an edition did not reach, after the fact: whose outcome is unknown, and who missed it.
//!
//! Both walk in pages: each is found on a reader, and changed in a transaction of its own, so that a million readers
//! never hold the writer.

use anyhow::{Context, Result, bail};

use super::Press;
use crate::store::{Db, Edition, EditionState, Missed, SubscriberId};

/// Deliveries changed in one transaction.
const PAGE: u32 = 20_000;

/// What came of asking for unknown deliveries to be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resent {
    /// As it is now.
    pub edition: Edition,
    /// Deliveries that are due now and were not.
    pub due: u64,
    /// Deliveries that stay unknown, because their reader has left or is suppressed.
    pub left: u64,
}

impl Press {
    /// Makes every unknown delivery of an edition due now, whatever was planned for it (S6). A second time it finds
    /// nothing to do. Refused for an edition that was never sent, or never will be again.
    pub fn resend_unknown(&self, edition: &Edition) -> Result<Resent> {
        let now = self.now();
        check_is_out(edition)?;
        let (mut due, mut left, mut after) = (0, 0, SubscriberId(0));
        loop {
            let page = self.store().read(|db| edition.unknown_deliveries(db, after, PAGE, now))?;
            let Some(last) = page.last() else { break };
            after = last.subscriber;
            left += page.iter().filter(|delivery| !delivery.is_wanted).count() as u64;
            due += self.store().write(|db| still_out(db, edition)?.resend(db, &page, now))?;
        }
        let edition = self.store().read(|db| found(db, edition))?;
        Ok(Resent { edition, due, left })
    }

    /// Queues the edition for every confirmed reader who missed it, and answers with the edition as it is now. A second
    /// time it finds nobody. Refused also while its recipients are being frozen.
    pub fn send_missed(&self, edition: &Edition) -> Result<(Edition, Missed)> {
        let now = self.now();
        check_is_out(edition)?;
        if edition.frozen_at.is_none() {
            bail!(
                "the recipients of {} are not complete yet, and who is confirmed gets it anyway; run this again once \
                 `griot edition show {}` counts them all",
                edition.name,
                edition.name
            );
        }
        let mut missed = Missed::default();
        missed.again += self.store().write(|db| still_out(db, edition)?.reopen_unfinished(db, now))?;
        let mut after = SubscriberId(0);
        loop {
            let page = self.store().read(|db| edition.forgotten_deliveries(db, after, PAGE))?;
            let Some(last) = page.last() else { break };
            after = *last;
            missed.again += self.store().write(|db| still_out(db, edition)?.remember(db, &page, now))?;
        }
        let counts_opens = self.newsletter(&edition.name.newsletter)?.opens;
        after = SubscriberId(0);
        loop {
            let page = self.store().read(|db| edition.missed_readers(db, after, PAGE, now))?;
            let Some(last) = page.last() else { break };
            after = last.subscriber;
            // Who chose something else since we looked is no reason to give anybody the wrong variant.
            loop {
                self.make_variants(edition)?;
                let queued = self.store().write(|db| {
                    let edition = still_out(db, edition)?;
                    if !edition.wanted_variants(db, counts_opens)?.is_empty() {
                        return Ok(None);
                    }
                    edition.queue_missed(db, &page, now).map(Some)
                })?;
                if let Some(queued) = queued {
                    missed += queued;
                    break;
                }
            }
        }
        Ok((self.store().read(|db| found(db, edition))?, missed))
    }
}

fn found(db: &Db, edition: &Edition) -> Result<Edition> {
    Edition::find(db, edition.id)?.with_context(|| format!("{} is gone from the store", edition.name))
}

/// The edition as it is in this transaction: another process may have cancelled it since the last page.
fn still_out(db: &Db, edition: &Edition) -> Result<Edition> {
    let known = found(db, edition)?;
    check_is_out(&known)?;
    Ok(known)
}

fn check_is_out(edition: &Edition) -> Result<()> {
    let name = &edition.name;
    match edition.state {
        EditionState::Sending | EditionState::Paused | EditionState::Sent => Ok(()),
        EditionState::Draft | EditionState::Approved => {
            bail!("{name} is {}, and nobody was sent it yet; `griot send {name}` begins", edition.state)
        }
        EditionState::Cancelled | EditionState::Skipped => bail!(
            "{name} is {}, and that is for good; `griot send {}` sends the next edition",
            edition.state,
            name.newsletter
        ),
    }
}
