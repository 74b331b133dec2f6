use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AddressError, EmailAddress};

/// An address with an optional display name: `The Brief <brief@example.org>` (RFC 5322 §3.4).
///
/// Invariant: the name holds no control characters, so it cannot break a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    /// Unicode, unquoted, unencoded; empty where there is none.
    pub name: String,
    pub address: EmailAddress,
}

/// Why a text is not a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("the name holds a control character")]
    ControlCharacter,
    #[error("the closing > is missing or is not the last character")]
    Unclosed,
}

impl Mailbox {
    /// Parses `Name <address>`, `"Name" <address>` or a bare address.
    pub fn parse(text: &str) -> Result<Self, MailboxError> {
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return Ok(Self { name: String::new(), address: EmailAddress::parse(text)? });
        };
        let address = rest.strip_suffix('>').ok_or(MailboxError::Unclosed)?;
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|n| n.strip_suffix('"')).unwrap_or(name).trim();
        if name.chars().any(char::is_control) {
            return Err(MailboxError::ControlCharacter);
        }
        Ok(Self { name: name.to_owned(), address: EmailAddress::parse(address)? })
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Mailbox {
    type Error = MailboxError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.to_string()
    }
}

/// The readable form, for people and configuration; a header is encoded by the message builder.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, address } = self;
        // Quotation marks around the whole name would be taken off when it is read.
        let is_quoted = name.starts_with('"') && name.ends_with('"');
        match name.as_str() {
            "" => write!(f, "{address}"),
            _ if is_quoted => write!(f, "\"{name}\" <{address}>"),
            _ => write!(f, "{name} <{address}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_with_and_without_a_name() {
        let named = Mailbox::parse("Face2Face Africa <brief@example.org>").unwrap();
        assert_eq!((named.name.as_str(), named.address.as_str()), ("Face2Face Africa", "brief@example.org"));
        assert_eq!(Mailbox::parse("\"Brief, The\" <b@example.org>").unwrap().name, "Brief, The");
        assert_eq!(Mailbox::parse("b@example.org").unwrap().name, "");
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        for text in
            ["\"\"A\"\" <b@example.org>", "\"\"\" <b@example.org>", "A \"B\" <b@example.org>", "A < B <b@example.org>"]
        {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!(Mailbox::parse(&mailbox.to_string()), Ok(mailbox), "{text}");
        }
    }

    #[test]
    fn refuses_header_breaks_and_broken_brackets() {
        assert_eq!(Mailbox::parse("A\r\nBcc: x <b@example.org>"), Err(MailboxError::ControlCharacter));
        assert_eq!(Mailbox::parse("A <b@example.org"), Err(MailboxError::Unclosed));
        assert_eq!(Mailbox::parse("A <b@example>"), Err(MailboxError::Address(AddressError::NoDotInDomain)));
    }
}
