//! Why a row of a file is not taken.

use std::borrow::Cow;
use std::fmt;

use crate::address::AddressError;
use crate::saying::text::plain;
use crate::store::Refusal;

/// How much of a row is kept, in characters: enough to find it, and little however long it is.
const MAX_VALUE: usize = 200;

/// One row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Of the file, from 1.
    pub line: u64,
    /// What stood there: the address, or the line where there is none.
    pub value: String,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The line is no record.
    Broken(&'static str),
    NoAddress,
    Address(AddressError),
    NameTooLong,
    /// The file itself says that the reader left, bounced or never confirmed.
    Marked(&'static str),
    /// The word by which the file says where the reader stands is none that is known.
    Status(String),
    /// Nothing that the reader is on leads to a newsletter.
    NoNewsletter,
    Store(Refusal),
}

impl Refused {
    pub fn new(line: u64, value: &str, reason: Reason) -> Self {
        Self { line, value: value.chars().take(MAX_VALUE).collect(), reason }
    }
}

impl Reason {
    /// What it is counted under: without what differs from row to row.
    pub fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Broken(reason) | Self::Marked(reason) => Cow::Borrowed(reason),
            Self::Store(Refusal::Left(_)) => Cow::Borrowed("left before"),
            Self::Store(Refusal::Suppressed(_)) => Cow::Borrowed("is suppressed"),
            Self::NoAddress
            | Self::Address(_)
            | Self::NameTooLong
            | Self::Status(_)
            | Self::NoNewsletter
            | Self::Store(Refusal::Erased) => Cow::Owned(self.to_string()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) | Self::Marked(reason) => f.write_str(reason),
            Self::NoAddress => f.write_str("has no address"),
            Self::Address(error) => write!(f, "is no address griot can mail: {error}"),
            Self::NameTooLong => f.write_str("has a name longer than 200 characters"),
            Self::Status(word) => write!(f, "has a status that is not known here: {}", plain(word)),
            Self::NoNewsletter => f.write_str("is on no list that leads to a newsletter"),
            Self::Store(refusal) => write!(f, "{refusal}"),
        }
    }
}
