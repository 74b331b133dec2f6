use std::path::Path;

use serde::Deserialize;

use super::document::Secrecy;
use super::imap::{self, ImapTable};
use super::problem::{Problem, Step};
use super::tables::Tables;
use super::{Environment, ImapMailbox, LmtpAddress, Percent, Period, Size, domain_name, secret};
use crate::address::EmailAddress;

/// `[bounces]`: where messages come back to that could not be delivered, and what is done about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounces {
    /// The domain of return addresses of which each names its delivery (VERP), as lower-case A-labels. Where it is
    /// missing, MAIL FROM is the sender's address.
    #[serde(deserialize_with = "domain_name::optional")]
    pub domain: Option<String>,
    /// Where complaints are sent by who knows RFC 9477.
    pub cfbl: Option<EmailAddress>,
    /// An address is suppressed that bounced softly for this many editions in a row …
    pub soft_editions: u32,
    /// … over at least this time.
    pub soft_period: Period,
    /// An edition is paused when this share of its last 500 messages failed by our fault; never, if zero.
    pub pause_ours: Percent,
    /// … or when this share of who got it complained; never, if zero.
    pub pause_complaints: Percent,
    /// Where a mail server hands over what came back; nowhere, if missing.
    pub lmtp: Option<LmtpAddress>,
    /// So much of a mail is read and kept; what lies beyond is thrown away, and the mail is taken all the same.
    pub max_size: Size,
    /// In the order of the file; no id twice.
    #[serde(skip)]
    pub mailboxes: Vec<ImapMailbox>,
    /// The same as they stand in the file, until their secrets are found.
    pub(super) imap: Tables<ImapTable>,
}

impl Default for Bounces {
    fn default() -> Self {
        Self {
            domain: None,
            cfbl: None,
            soft_editions: 3,
            soft_period: Period::from_hours(15 * 24),
            pause_ours: Percent::from_thousandths(50),
            pause_complaints: Percent::from_thousandths(3),
            lmtp: None,
            max_size: Size::from_megabytes(10),
            mailboxes: Vec::new(),
            imap: Tables::default(),
        }
    }
}

impl Bounces {
    /// Finds the passwords of the mailboxes; `name` is the configuration file.
    pub(super) fn resolve(&mut self, name: &Path, environment: &Environment, secrecy: Secrecy) -> Result<(), Problem> {
        let folder = name.parent().unwrap_or(Path::new(""));
        let tables: Vec<(Vec<Step>, ImapTable)> = std::mem::take(&mut self.imap).placed("imap");
        let in_bounces = |problem: Problem| problem.within(&[Step::Key("bounces")]);
        let inline = tables.iter().filter_map(|(place, table)| {
            let (key, outer) = table.inline_secret()?.split_last()?;
            let place = place.iter().copied().chain(outer.iter().map(|key| Step::Key(key)));
            Some((place.collect(), *key))
        });
        secret::check_exposed(inline, name, secrecy).map_err(in_bounces)?;
        if let Some(LmtpAddress::Unix(path)) = &mut self.lmtp {
            *path = folder.join(&path);
        }
        self.mailboxes = imap::resolve(tables, folder, environment).map_err(in_bounces)?;
        Ok(())
    }
}
