//! Looking a store over: whether the file is whole, every reference has its row, and every edition's account is true.
//!
//! Owns: what is looked at, and what an operator is told of it. It only reads, and what it keeps in memory does not
//! grow with the deliveries. Leaves out: mending; a fault that griot could mend by itself would be no fault.

mod account;
mod derived;
mod file;

use std::fmt;

use anyhow::Result;

use super::{Db, SenderLock, Store};

pub(super) use account::{check as accounts, sending};
pub(super) use file::{integrity, references};

/// Something in a store that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `weekly-brief/12`; empty where it is the file's.
    pub edition: String,
    /// What is wrong.
    pub wrong: String,
    /// What to do about it.
    pub to_do: String,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub editions: u64,
    pub deliveries: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thing = if self.edition.is_empty() { "the store" } else { &self.edition };
        write!(f, "{thing}: {}; {}", self.wrong, self.to_do)
    }
}

impl Store {
    /// Looks the whole store over, while others may use it. `progress` hears now and then how many deliveries are done.
    ///
    /// Faults are added to `faults` as they are found, so that they can be told also where a damaged file ends the work.
    pub fn check(&self, faults: &mut Vec<Fault>, progress: impl FnMut(u64)) -> Result<Extent> {
        let mut of_accounts = Vec::new();
        // Each takes about as long as the other, and neither waits for the disk.
        let (file, accounts) = std::thread::scope(|scope| {
            let file = scope.spawn(|| self.read(|db| file::check(db, faults)));
            let accounts = self.read(|db| account::check(db, &mut of_accounts, progress));
            let derived = self.read(|db| derived::check(db, &mut of_accounts));
            (file.join(), accounts.and_then(|extent| derived.map(|()| extent)))
        });
        let abandoned = self.abandoned_deliveries(&mut of_accounts);
        faults.append(&mut of_accounts);
        match file {
            Ok(file) => file?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        abandoned?;
        accounts
    }

    /// Deliveries that are `sending` while no process holds the lock.
    ///
    /// They are counted under the lock, which is taken for that moment only and only where there are any: a sender that
    /// has ended since has left none.
    fn abandoned_deliveries(&self, faults: &mut Vec<Fault>) -> Result<()> {
        if self.read(account::sending)?.is_empty() {
            return Ok(());
        }
        if let Ok(_lock) = SenderLock::try_take(self, "griot store check")? {
            for (edition, many) in self.read(account::sending)? {
                let to_do = format!("the next `griot daemon` or `griot send {edition}` finds out what became of them");
                let wrong = format!("{} under way, and nobody sends", deliveries(many));
                faults.push(Fault { edition, wrong, to_do });
            }
        }
        Ok(())
    }
}

/// Looks over what a connection sees, in the transaction that is open on it.
pub(super) fn look_over(db: &Db, faults: &mut Vec<Fault>) -> Result<Extent> {
    file::check(db, faults)?;
    let extent = account::check(db, faults, |_| ())?;
    derived::check(db, faults)?;
    Ok(extent)
}

/// `1 delivery is`, `2 deliveries are`
pub(super) fn deliveries(many: u64) -> String {
    if many == 1 { "1 delivery is".to_owned() } else { format!("{many} deliveries are") }
}
