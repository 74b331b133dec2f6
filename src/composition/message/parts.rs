use std::fmt;

use chrono::{DateTime, FixedOffset};

use crate::address::{EmailAddress, Mailbox};
use crate::composition::place::{Piece, Place};

/// All that is the same for every reader of an edition, or all of a letter but its addressee.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub from: &'a Mailbox,
    /// Who sends it for `from`; left out of the message where it is the same address.
    pub sender: Option<&'a Mailbox>,
    /// A mailbox that someone reads.
    pub reply_to: Option<&'a Mailbox>,
    /// Unicode, one line.
    pub subject: &'a str,
    /// When the edition was approved, or the letter written: not when it is tried, so a retry is the same bytes (F3).
    pub date: DateTime<FixedOffset>,
    /// The text part, complete in itself, with links (F5). Lines end in LF or CRLF.
    pub text: &'a [Piece<'a>],
    /// The HTML part. Values that go into its places are escaped on the way in.
    pub html: &'a [Piece<'a>],
    pub stream: Stream<'a>,
    pub feedback_id: Option<FeedbackId<'a>>,
    /// Where a mailbox provider reports complaints to (RFC 9477).
    pub cfbl_address: Option<&'a EmailAddress>,
}

/// What kind of mail it is.
#[derive(Debug, Clone, Copy)]
pub enum Stream<'a> {
    /// An edition, to everyone subscribed. Carries the list headers.
    Digest(List<'a>),
    /// One letter because of something its reader did: to confirm, to say goodbye. There is no list to leave.
    Transactional,
    /// A letter that asks whether its reader wants to be on a list. It is left by the header, as an edition is.
    Question,
}

/// What the list headers say (RFC 2369, 2919). URLs are `https:`, `http:` or `mailto:`.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// The newsletter's name, for people.
    pub name: &'a str,
    /// A domain name of the publisher's own that never changes: `weekly-brief.list-id.example.org`.
    pub id: &'a str,
    pub help: Option<&'a str>,
    pub subscribe: Option<&'a str>,
    pub owner: Option<&'a str>,
    pub archive: Option<&'a str>,
}

/// What Gmail groups its complaint figures by: `edition:newsletter:stream:sender`. Nothing in it tells readers apart.
#[derive(Debug, Clone, Copy)]
pub struct FeedbackId<'a> {
    pub edition: &'a str,
    pub newsletter: &'a str,
    /// 5 to 15 characters that stay the same in all the publisher's mail.
    pub sender: &'a str,
}

/// What is one reader's own. [`Reader::new`] leaves the optional ones empty.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub to: &'a Mailbox,
    /// What stands before the `@` of the Message-ID; the From domain stands after it (F4).
    pub message_id_local: &'a str,
    /// Ends the subscription by a bare POST (RFC 8058). A digest cannot do without; `https:` but on a test machine.
    pub unsubscribe_url: &'a str,
    /// The other way out: `mailto:…?subject=unsubscribe`. May be empty.
    pub unsubscribe_mailto: &'a str,
    pub preferences_url: &'a str,
    pub online_url: &'a str,
    /// The last part of the path of links that count who follows them: letters, digits, `-` and `_`.
    pub reader_token: &'a str,
    pub subscribed_on: &'a str,
    /// Names this message in a complaint (RFC 9477); not used without [`Parts::cfbl_address`]. May be empty.
    pub cfbl_feedback_id: &'a str,
}

/// Why a message is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the {0} holds a line break or another control character, which would break the message; take it out")]
    ControlCharacter(&'static str),
    #[error(
        "the {0} is not a URL a header can carry: https:, http: or mailto:, ASCII, no spaces, at most 900 characters"
    )]
    NotAUrl(&'static str),
    #[error("the message needs the reader's {0}, which is empty")]
    Missing(&'static str),
    #[error("the list id {0:?} is not a domain name of at most 255 characters, like weekly-brief.list-id.example.org")]
    BadListId(String),
    #[error(
        "the feedback id part {0:?} may hold letters, digits, dots, dashes, underscores; the sender 5 to 15 of them"
    )]
    BadFeedbackId(String),
    #[error("the {0} is not made of letters, digits, dots, dashes and underscores")]
    BadIdentifier(&'static str),
    #[error("the {0} part holds a place marker that names no place; the template prints a marker that does not exist")]
    StrayMarker(&'static str),
    #[error("the {0} part holds a NUL character; take it out of the story it came with")]
    Nul(&'static str),
    #[error("the subject is empty; give the edition one")]
    NoSubject,
}

impl<'a> Reader<'a> {
    /// A reader with an address and a Message-ID, and nothing else of their own.
    pub fn new(to: &'a Mailbox, message_id_local: &'a str) -> Self {
        Self {
            to,
            message_id_local,
            unsubscribe_url: "",
            unsubscribe_mailto: "",
            preferences_url: "",
            online_url: "",
            reader_token: "",
            subscribed_on: "",
            cfbl_feedback_id: "",
        }
    }

    /// What goes into a place.
    pub(super) fn value(&self, place: Place) -> &'a str {
        match place {
            Place::UnsubscribeUrl => self.unsubscribe_url,
            Place::PreferencesUrl => self.preferences_url,
            Place::OnlineUrl => self.online_url,
            Place::ReaderToken => self.reader_token,
            Place::SubscribedOn => self.subscribed_on,
        }
    }
}

/// Without the links: whoever has one can act for the reader.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("to", &self.to.address).finish_non_exhaustive()
    }
}

impl Stream<'_> {
    /// The stream's name in a Feedback-ID.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Digest(_) => "digest",
            Self::Transactional | Self::Question => "letter",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_shows_no_links_and_no_whole_address_to_logs() {
        let to = Mailbox::parse("Ada <ada@example.org>").unwrap();
        let reader = Reader { unsubscribe_url: "https://example.org/unsubscribe/TOKEN", ..Reader::new(&to, "id") };
        assert_eq!(format!("{reader:?}"), "Reader { to: a***@example.org, .. }");
    }
}
