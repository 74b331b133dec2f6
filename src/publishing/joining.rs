//! A reader whom somebody subscribes for them, by hand.

use anyhow::Result;

use super::Press;
use crate::address::EmailAddress;
use crate::config::{Newsletter, Timezone};
use crate::store::{
    Db, Erasure, NewsletterNumber, Subscriber, Subscription, SubscriptionState, Suppression, newsletter_number,
};

/// Who is to get a newsletter.
#[derive(Clone, Debug)]
pub struct Joining {
    pub email: EmailAddress,
    /// On one line; takes the place of an empty one only.
    pub name: String,
    /// `None` leaves what is known.
    pub timezone: Option<Timezone>,
    /// They have agreed to be mailed, and whoever adds them can show it.
    pub is_confirmed: bool,
    /// `command line`, `desk` or `api`.
    pub source: &'static str,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// They got it before.
    Already,
    Confirmed(Subscriber),
    /// They are to be asked by a letter.
    Pending(Subscriber),
    /// Nothing was done: the address is never mailed, for this reason.
    Suppressed(String),
    /// Nothing was done: only the reader brings back a reader who went, as this part of a sentence says.
    Went(String),
}

impl Press {
    /// Begins the subscription, unless the address is suppressed, or went and has not been asked.
    pub fn join(&self, newsletter: &Newsletter, joining: &Joining) -> Result<Joined> {
        let now = self.now();
        let id = newsletter.id.as_str();
        let Joining { email, name, timezone, is_confirmed, source } = joining;
        self.store().write(|db| {
            let number = newsletter_number(db, id)?;
            if let Some(reason) = Suppression::reason_for(db, email)? {
                return Ok(Joined::Suppressed(reason));
            }
            let before = state_before(db, email, number)?;
            // Who left it out takes no zone away.
            let set_timezone = |reader: &Subscriber| match timezone {
                Some(_) => Subscriber::set_timezone(db, reader.id, *timezone),
                None => Ok(()),
            };
            if before == Some(SubscriptionState::Confirmed) {
                if let Some(known) = Subscriber::find_by_email(db, email)? {
                    set_timezone(&known)?;
                }
                return Ok(Joined::Already);
            }
            if *is_confirmed {
                if before == Some(SubscriptionState::Ended) {
                    return Ok(Joined::Went(format!("left {id}")));
                }
                if Erasure::load(db, now)?.covers(db, email)? {
                    return Ok(Joined::Went("was erased at the reader's wish".to_owned()));
                }
            }
            let state = if *is_confirmed { SubscriptionState::Confirmed } else { SubscriptionState::Pending };
            let reader = Subscriber::find_or_add(db, email, name, now)?;
            set_timezone(&reader)?;
            Subscription::begin(db, number, reader.id, state, source, now)?;
            Ok(if *is_confirmed { Joined::Confirmed(reader) } else { Joined::Pending(reader) })
        })
    }
}

fn state_before(db: &Db, email: &EmailAddress, newsletter: NewsletterNumber) -> Result<Option<SubscriptionState>> {
    let Some(reader) = Subscriber::find_by_email(db, email)? else { return Ok(None) };
    Ok(Subscription::find(db, newsletter, reader.id)?.map(|tie| tie.state))
}
