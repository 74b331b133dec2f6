use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::token::Keys;

const LABEL: &str = "griot ticket";
const WORK: &str = "griot ticket work";
/// A form may lie open this long before it is sent.
const HOLDS: TimeDelta = TimeDelta::days(1);
/// A browser tries half of these on average: some tenths of a second.
const MOST_WORK: u32 = 60_000;
/// A browser that does not work waits.
const WAIT_INSTEAD: TimeDelta = TimeDelta::seconds(20);
/// Tickets that are remembered as used; more are only used when a flood comes in, and then the oldest are let go.
const MOST_USED: usize = 200_000;

/// What a form carries: when it was shown, sealed, and as the salt of a piece of work in the manner of ALTCHA, a number
/// that is found by trying, and checked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub issued_at: DateTime<Utc>,
    nonce: u64,
}

/// What stands between a form and its being taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// None, altered, past its time, or used already: the form has to be shown anew.
    NoTicket,
    /// It came back too fast.
    TooSoon,
    /// The work was not done, and it came back too fast for somebody who waited instead.
    NoWork,
}

/// The tickets that were used, where one may be used once.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<HashMap<u64, DateTime<Utc>>>);

impl Ticket {
    pub fn new(now: DateTime<Utc>) -> Self {
        // Where the system has no randomness the ticket is still sealed, and its time tells it from others.
        let nonce = getrandom::u64().unwrap_or_default();
        Self { issued_at: now, nonce }
    }

    pub fn seal(self, keys: &Keys) -> String {
        let mut bytes = self.bytes().to_vec();
        bytes.extend(keys.mac(LABEL, &bytes));
        BASE64URL_NOPAD.encode(&bytes)
    }

    pub fn open(text: &str, keys: &Keys) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == 32)?;
        let (sealed, mac) = bytes.split_at(16);
        if !keys.verify_mac(LABEL, sealed, mac) {
            return None;
        }
        let (seconds, nonce) = sealed.split_at(8);
        let issued_at = DateTime::from_timestamp(i64::from_be_bytes(seconds.try_into().ok()?), 0)?;
        Some(Self { issued_at, nonce: u64::from_be_bytes(nonce.try_into().ok()?) })
    }

    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.issued_at.timestamp().to_be_bytes());
        bytes[8..].copy_from_slice(&self.nonce.to_be_bytes());
        bytes
    }

    /// What the browser has to find the number for: the SHA-256, in hexadecimal digits, of the ticket as it stands in
    /// the form followed by that number in decimal digits.
    pub fn challenge(self, keys: &Keys) -> String {
        let text = format!("{}{}", self.seal(keys), self.number(keys));
        HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
    }

    pub fn most_work() -> u32 {
        MOST_WORK
    }

    fn number(self, keys: &Keys) -> u32 {
        let [a, b, c, d, ..] = keys.mac(WORK, &self.bytes());
        u32::from_be_bytes([a, b, c, d]) % MOST_WORK
    }

    /// Whether a form with this ticket may be sent now. `work` is the number that was found.
    pub fn check(
        self,
        min_time: TimeDelta,
        work: Option<(Option<u32>, &Used)>,
        keys: &Keys,
        now: DateTime<Utc>,
    ) -> Result<(), Obstacle> {
        let age = now - self.issued_at;
        if age > HOLDS || age < TimeDelta::seconds(-60) {
            return Err(Obstacle::NoTicket);
        }
        if age < min_time {
            return Err(Obstacle::TooSoon);
        }
        let Some((number, used)) = work else { return Ok(()) };
        // Keys change seldom; a number that was found before is then found again.
        if number != Some(self.number(keys)) && age < WAIT_INSTEAD {
            return Err(Obstacle::NoWork);
        }
        if used.take(self, now) { Ok(()) } else { Err(Obstacle::NoTicket) }
    }
}

impl Used {
    /// `false` where it was used before.
    fn take(&self, ticket: Ticket, now: DateTime<Utc>) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MOST_USED {
            used.retain(|_, issued_at| now - *issued_at <= HOLDS);
        }
        if used.len() >= MOST_USED {
            used.clear();
        }
        used.insert(ticket.nonce, ticket.issued_at).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Secret;

    fn keys() -> Keys {
        Keys::new(Secret { id: 1, bytes: &[7; 32] }, []).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn w_a_ticket_is_opened_as_it_was_sealed_or_not_at_all() {
        let ticket = Ticket::new(at(0));
        let sealed = ticket.seal(&keys());
        assert_eq!(Ticket::open(&sealed, &keys()), Some(ticket));
        for (place, _) in sealed.char_indices() {
            let mut altered = sealed.clone();
            let other = if &sealed[place..=place] == "A" { "B" } else { "A" };
            altered.replace_range(place..=place, other);
            assert_ne!(Ticket::open(&altered, &keys()), Some(Ticket { issued_at: at(-100), ..ticket }));
            assert!(Ticket::open(&altered, &keys()).is_none(), "{altered}");
        }
        for wrong in ["", "A", &sealed[1..], &format!("{sealed}A")] {
            assert_eq!(Ticket::open(wrong, &keys()), None);
        }
    }

    #[test]
    fn w_a_form_that_comes_back_too_soon_or_too_late_is_not_taken() {
        let ticket = Ticket::new(at(0));
        let check = |seconds| ticket.check(TimeDelta::seconds(2), None, &keys(), at(seconds));
        assert_eq!(check(1), Err(Obstacle::TooSoon));
        assert_eq!(check(2), Ok(()));
        assert_eq!(check(86_400), Ok(()));
        assert_eq!(check(86_401), Err(Obstacle::NoTicket));
        assert_eq!(check(-61), Err(Obstacle::NoTicket));
    }

    #[test]
    fn w_work_is_found_by_trying_and_counts_once() {
        let (ticket, used) = (Ticket::new(at(0)), Used::default());
        let sealed = ticket.seal(&keys());
        let digest = |number: u32| HEXLOWER.encode(&Sha256::digest(format!("{sealed}{number}").as_bytes()));
        let found = (0..MOST_WORK).find(|number| digest(*number) == ticket.challenge(&keys()));
        assert!(found.is_some());
        let check = |number, seconds| ticket.check(TimeDelta::zero(), Some((number, &used)), &keys(), at(seconds));
        assert_eq!(check(None, 19), Err(Obstacle::NoWork));
        assert_eq!(check(found.map(|number| number + 1), 3), Err(Obstacle::NoWork));
        assert_eq!(check(found, 3), Ok(()));
        assert_eq!(check(found, 4), Err(Obstacle::NoTicket));
        let (other, used) = (Ticket::new(at(0)), Used::default());
        assert_eq!(other.check(TimeDelta::zero(), Some((None, &used)), &keys(), at(20)), Ok(()));
    }
}
