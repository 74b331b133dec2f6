use anyhow::Result;
use chrono::TimeDelta;

use super::{MOST_WEEKS, NAME_LIMIT};
use crate::address::EmailAddress;
use crate::catalogue::Catalogue;
use crate::composition::Plain;
use crate::publishing::Press;
use crate::store::{Db, EndedBy, Subscriber, SubscriberId, Subscription, SubscriptionState, newsletter_number};
use crate::web::fields::Fields;
use crate::web::site::Site;

/// What one press of a button asks for. Newsletters by their id, which is known.
pub(super) enum Change {
    Leave(String),
    LeaveAll,
    Join(String),
    Rename(String),
    DoWithout { newsletter: String, platforms: Vec<String> },
    Pause { newsletter: String, weeks: u32 },
    Resume(String),
    Opens { newsletter: String, agrees: bool },
    NewAddress(EmailAddress),
}

/// Why nothing was changed.
pub(super) enum Unusable {
    /// The form asks for nothing, or for a newsletter there is not.
    Nothing,
    NoPlatform,
    NoAddress,
}

impl Unusable {
    pub fn notice(&self, words: &Catalogue) -> String {
        words.say(match self {
            Self::Nothing => "nothing-changed",
            Self::NoPlatform => "done-no-platform",
            Self::NoAddress => "sign-up-no-address",
        })
    }
}

impl Change {
    pub fn read(fields: &Fields, press: &Press) -> Result<Self, Unusable> {
        let known = |id: &str| press.config().newsletter(id).ok_or(Unusable::Nothing);
        let id = |id: &str| known(id).map(|newsletter| newsletter.id.as_str().to_owned());
        if fields.has("leave-all", "yes") {
            Ok(Self::LeaveAll)
        } else if let Some(leave) = fields.get("leave") {
            id(leave).map(Self::Leave)
        } else if let Some(join) = fields.get("join") {
            id(join).map(Self::Join)
        } else if let Some(choose) = fields.get("choose") {
            let newsletter = known(choose)?;
            let kept: Vec<&str> = fields.all("platform").collect();
            let (kept, platforms): (Vec<_>, Vec<_>) =
                newsletter.platforms.iter().map(ToString::to_string).partition(|id| kept.contains(&id.as_str()));
            // Who wants none of them wants to leave, and there is a button for it.
            if kept.is_empty() {
                Err(Unusable::NoPlatform)
            } else {
                Ok(Self::DoWithout { newsletter: id(choose)?, platforms })
            }
        } else if let Some(pause) = fields.get("pause") {
            let weeks = fields.get("weeks").and_then(|weeks| weeks.parse().ok());
            let weeks = weeks.filter(|weeks| (1..=MOST_WEEKS).contains(weeks)).ok_or(Unusable::Nothing)?;
            Ok(Self::Pause { newsletter: id(pause)?, weeks })
        } else if let Some(resume) = fields.get("resume") {
            id(resume).map(Self::Resume)
        } else if let Some(opens) = fields.get("opens") {
            Ok(Self::Opens { newsletter: id(opens)?, agrees: fields.has("agree", "yes") })
        } else if let Some(email) = fields.get("email") {
            EmailAddress::parse(email).map(Self::NewAddress).map_err(|_| Unusable::NoAddress)
        } else {
            let name = Plain::new(fields.get("name").ok_or(Unusable::Nothing)?);
            let name: String = name.as_str().chars().take(NAME_LIMIT).collect();
            Ok(Self::Rename(name.trim_end().to_owned()))
        }
    }

    pub fn make(&self, db: &Db, press: &Press, id: SubscriberId) -> Result<()> {
        let now = press.now();
        let leave = |newsletter: &str| -> Result<()> {
            let number = newsletter_number(db, newsletter)?;
            Subscription::end(db, number, id, EndedBy::Page, None, now).map(drop)
        };
        match self {
            Self::Leave(newsletter) => leave(newsletter),
            // Those of newsletters that are no longer configured too.
            Self::LeaveAll => Subscription::of(db, id)?.iter().try_for_each(|tie| leave(&tie.newsletter)),
            // The token came by mail to this address, so nothing is left to confirm.
            Self::Join(newsletter) => {
                let number = newsletter_number(db, newsletter)?;
                let is_listed = press.config().newsletter(newsletter).is_some_and(|newsletter| newsletter.listed);
                if !is_listed && Subscription::find(db, number, id)?.is_none() {
                    // It is on no page, so it can't be asked for by one.
                    return Ok(());
                }
                Subscription::begin(db, number, id, SubscriptionState::Confirmed, "form", now)
            }
            Self::Rename(name) => Subscriber::rename(db, id, name),
            Self::DoWithout { newsletter, platforms } => {
                let number = newsletter_number(db, newsletter)?;
                Subscription::choose_platforms(db, number, id, platforms.iter().map(String::as_str)).map(drop)
            }
            Self::Pause { newsletter, weeks } => {
                let until = now + TimeDelta::weeks((*weeks).into());
                Subscription::pause(db, newsletter_number(db, newsletter)?, id, Some(until), "page", now).map(drop)
            }
            Self::Resume(newsletter) => {
                Subscription::pause(db, newsletter_number(db, newsletter)?, id, None, "page", now).map(drop)
            }
            Self::Opens { newsletter, agrees } => {
                let number = newsletter_number(db, newsletter)?;
                Subscription::agree_to_opens(db, number, id, *agrees, "page", now).map(drop)
            }
            Self::NewAddress(email) => press.ask_new_address(db, id, email.clone()),
        }
    }

    /// What is so once it is made.
    pub fn notice(&self, site: &Site, words: &Catalogue) -> String {
        let of = |id: &str| site.name_of(words, site.press().config().newsletter(id));
        let named = |message: &str, id: &str| words.tell(message, &[("newsletter", of(id).into())]);
        match self {
            Self::Leave(id) => named("done-left", id),
            Self::LeaveAll => words.say("never-again"),
            Self::Join(id) => named("done-joined", id),
            Self::Rename(name) if name.is_empty() => words.say("done-no-name"),
            Self::Rename(name) => words.tell("done-name", &[("name", name.as_str().into())]),
            Self::DoWithout { newsletter, .. } => named("done-platforms", newsletter),
            Self::Pause { newsletter, weeks } => {
                words.tell("done-paused", &[("newsletter", of(newsletter).into()), ("count", (*weeks).into())])
            }
            Self::Resume(id) => named("done-resumed", id),
            Self::Opens { agrees: true, .. } => words.say("done-opens-allowed"),
            Self::Opens { .. } => words.say("done-opens-stopped"),
            Self::NewAddress(email) => words.tell("done-address", &[("address", email.as_str().into())]),
        }
    }
}
