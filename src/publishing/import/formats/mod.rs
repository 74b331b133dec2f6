//! The exports griot reads, a file for each: by which columns one is recognised, and what a row of it says.
//!
//! Pure: cells in, values out. What the programs' columns and words mean is taken from their documentation.

mod beehiiv;
mod buttondown;
mod csv;
mod ghost;
mod griot;
mod keila;
mod listmonk;
mod mailchimp;
mod mailtrain;
mod substack;

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::cells::Cells;
use super::refused::Reason;
use crate::sheet::{Header, folded_name};
use crate::store::{Evidence, Kept, Standing};

/// Whose export a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Griot,
    Mailchimp,
    Substack,
    Ghost,
    Listmonk,
    Mailtrain,
    Buttondown,
    Keila,
    Beehiiv,
    Csv,
}

/// What a row says, without its address.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: String,
    pub language: String,
    pub zone: String,
    pub standing: Standing,
    pub since: Option<DateTime<Utc>>,
    pub evidence: Evidence,
    pub lists: Vec<String>,
    /// Where griot's own export says where a subscription came from.
    pub source: Option<String>,
    pub kept: Option<Box<Kept>>,
}

/// What a format may know besides the cells of a row.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The name of the file, small: some programs say there who is in it.
    pub file: &'a str,
    /// The operator vouches for the consent of those a file says nothing of.
    pub is_confirmed: bool,
}

impl Source {
    /// In the order in which they are told apart.
    pub const ALL: [Self; 10] = [
        Self::Griot,
        Self::Mailchimp,
        Self::Substack,
        Self::Ghost,
        Self::Listmonk,
        Self::Mailtrain,
        Self::Buttondown,
        Self::Keila,
        Self::Beehiiv,
        Self::Csv,
    ];

    /// As `--from` names it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Griot => "griot",
            Self::Mailchimp => "mailchimp",
            Self::Substack => "substack",
            Self::Ghost => "ghost",
            Self::Listmonk => "listmonk",
            Self::Mailtrain => "mailtrain",
            Self::Buttondown => "buttondown",
            Self::Keila => "keila",
            Self::Beehiiv => "beehiiv",
            Self::Csv => "csv",
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mailchimp => "Mailchimp",
            Self::Substack => "Substack",
            Self::Ghost => "Ghost",
            Self::Mailtrain => "Mailtrain",
            Self::Buttondown => "Buttondown",
            Self::Keila => "Keila",
            Self::Csv => "CSV",
            Self::Griot | Self::Listmonk | Self::Beehiiv => self.id(),
        }
    }

    /// Sets of columns: a file that has all of one is an export of this program.
    fn marks(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Griot => griot::MARKS,
            Self::Mailchimp => mailchimp::MARKS,
            Self::Substack => substack::MARKS,
            Self::Ghost => ghost::MARKS,
            Self::Listmonk => listmonk::MARKS,
            Self::Mailtrain => mailtrain::MARKS,
            Self::Buttondown => buttondown::MARKS,
            Self::Keila => keila::MARKS,
            Self::Beehiiv => beehiiv::MARKS,
            Self::Csv => &[&[]],
        }
    }

    /// Whose export a header is of; [`Source::Csv`] where it bears nobody's marks.
    pub fn recognise(header: &Header) -> Self {
        let names: Vec<String> = header.names.iter().map(|name| folded_name(name)).collect();
        let has = |mark: &&[&str]| mark.iter().all(|column| names.iter().any(|name| name == column));
        Self::ALL.into_iter().find(|source| source.marks().iter().any(has)).unwrap_or(Self::Csv)
    }

    /// What a row of it says, or why it is left out.
    pub(super) fn told(self, cells: &Cells<'_>, setting: &Setting<'_>) -> Result<Told, Reason> {
        match self {
            Self::Griot => griot::told(cells),
            Self::Mailchimp => mailchimp::told(cells, setting),
            Self::Substack => substack::told(cells),
            Self::Ghost => ghost::told(cells),
            Self::Listmonk => listmonk::told(cells),
            Self::Mailtrain => mailtrain::told(cells),
            Self::Buttondown => buttondown::told(cells),
            Self::Keila => keila::told(cells),
            Self::Beehiiv => beehiiv::told(cells),
            Self::Csv => csv::told(cells, setting),
        }
    }

    /// What a subscription that comes from there is said to come from.
    pub fn origin(self) -> Cow<'static, str> {
        match self {
            Self::Csv | Self::Griot => Cow::Borrowed("import"),
            other => Cow::Owned(format!("import from {}", other.name())),
        }
    }

    /// What stands for the words somebody agreed to, which no export tells.
    fn wording(self) -> Cow<'static, str> {
        match self {
            Self::Csv => Cow::Borrowed("Imported from a file, which told that they had agreed."),
            other => Cow::Owned(format!("Imported from {}, which told that they had agreed.", other.name())),
        }
    }
}

impl FromStr for Source {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|source| source.id() == word.to_lowercase());
        known.ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|source| source.id()).collect();
            format!("{word:?} is none of auto, {}", words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_export_is_recognised_by_its_header_and_a_plain_list_is_nobodys() {
        let headers = [
            (Source::Griot, "email,name,newsletter,state,source,created_at,confirmed_at,ended_at,ended_by,timezone"),
            (
                Source::Mailchimp,
                "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,TAGS",
            ),
            (Source::Mailchimp, "Email Address;Vorname;CLEAN_TIME;CLEAN_CAMPAIGN_TITLE"),
            (Source::Substack, "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment"),
            (Source::Substack, "Email,Name,Stripe plan,Cancel date,Start date"),
            (Source::Substack, "Email,Name,Subscription type,Activity,Subscription date,Revenue"),
            (Source::Ghost, "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at"),
            (Source::Listmonk, "uuid,email,name,attributes,status,created_at,updated_at"),
            (Source::Mailtrain, "cid,status,HASH_EMAIL,EMAIL,FIRST_NAME,LAST_NAME"),
            (
                Source::Buttondown,
                "email,notes,metadata,tags,referrer_url,secondary_id,subscriber_type,source,creation_date",
            ),
            (Source::Keila, "Email,First name,Last name,External ID,Status,Data"),
            (Source::Beehiiv, "id,email,status,created_at,utm_source,utm_medium"),
            (Source::Beehiiv, "Email,Status,Created At,Subscription Tier"),
            (Source::Csv, "email"),
            (Source::Csv, "Email Address,First Name,Last Name,TIMEZONE,State,Tags"),
            (Source::Csv, "Name;E-Mail"),
        ];
        for (source, header) in headers {
            assert_eq!(Source::recognise(&Header::read(header).unwrap()), source, "{header}");
        }
    }
}
