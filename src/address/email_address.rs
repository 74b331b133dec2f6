use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Octets before the `@` (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Octets after the `@`, as A-labels (RFC 5321 §4.5.3.1.2).
const MAX_DOMAIN: usize = 255;
/// Octets of a path, less its two angle brackets (RFC 5321 §4.5.3.1.3).
const MAX_PATH: usize = 254;

/// An address that can be put into an SMTP envelope as it stands.
///
/// Invariants: ASCII; one `@`; the local part is a dot-atom of at most 64 octets (RFC 5322 §3.2.3) kept as it was
/// written; the domain is lower-case A-labels of at most 255 octets. Quoted local parts and address literals are
/// legal but refused: no mailbox provider hands them out, and they are where parsers disagree.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an address griot mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it has no @")]
    NoAt,
    #[error("nothing stands before the @")]
    NoLocalPart,
    #[error("nothing stands after the @")]
    NoDomain,
    #[error("the part before the @ is longer than 64 characters")]
    LocalTooLong,
    #[error("the domain is longer than 255 characters")]
    DomainTooLong,
    #[error("it is longer than 254 characters")]
    TooLong,
    #[error("the part before the @ has a character that needs SMTPUTF8, which most servers refuse")]
    NeedsSmtpUtf8,
    #[error("the part before the @ may hold letters, digits, single dots inside, and !#$%&'*+-/=?^_`{{|}}~")]
    BadLocalPart,
    #[error("the domain is not a host name")]
    BadDomain,
    #[error("the domain has no dot")]
    NoDotInDomain,
}

impl EmailAddress {
    /// Parses an address, without display name, angle brackets or white space around it.
    ///
    /// An internationalised domain becomes its A-label form (RFC 5891). A domain without a dot is refused, but for
    /// `localhost`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.is_empty() {
            return Err(AddressError::NoLocalPart);
        }
        if domain.is_empty() {
            return Err(AddressError::NoDomain);
        }
        check_local_part(local)?;
        let domain = ascii_domain(domain)?;
        if local.len() + 1 + domain.len() > MAX_PATH {
            return Err(AddressError::TooLong);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The whole address, as it goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.split().0
    }

    /// What stands after the `@`: lower-case A-labels.
    pub fn domain(&self) -> &str {
        self.split().1
    }

    /// The form by which two spellings are one subscriber: everything in lower case.
    ///
    /// RFC 5321 §2.4 lets a host tell `Ada@` from `ada@`; no provider does, and readers write both.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The form for logs: first character and domain, `a***@example.org`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.split();
        // The local part is ASCII, so its first byte is its first character.
        format!("{}***@{domain}", &local[..1])
    }

    fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('@').unwrap_or((&self.0, ""))
    }
}

fn check_local_part(local: &str) -> Result<(), AddressError> {
    if !local.is_ascii() {
        return Err(AddressError::NeedsSmtpUtf8);
    }
    if local.len() > MAX_LOCAL {
        return Err(AddressError::LocalTooLong);
    }
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    if local.split('.').all(is_atom) { Ok(()) } else { Err(AddressError::BadLocalPart) }
}

fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    let is_plain = domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    // The full IDNA mapping costs microseconds; nearly every address of a large import is plain already.
    let ascii = if is_plain && !domain.contains("xn--") {
        domain.to_owned()
    } else {
        idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::BadDomain)?
    };
    if ascii.len() > MAX_DOMAIN {
        return Err(AddressError::DomainTooLong);
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !ascii.split('.').all(is_label) {
        return Err(AddressError::BadDomain);
    }
    match ascii.rsplit_once('.') {
        // A last label of digits is an IPv4 address without its brackets.
        Some((_, last)) if last.bytes().all(|b| b.is_ascii_digit()) => Err(AddressError::BadDomain),
        None if ascii != "localhost" => Err(AddressError::NoDotInDomain),
        _ => Ok(ascii),
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Masked, so that an address never reaches a log through `{:?}`.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, AddressError> {
        EmailAddress::parse(text).map(String::from)
    }

    #[test]
    fn keeps_the_local_part_and_folds_the_domain() {
        assert_eq!(parsed("Ada.Lovelace+news@Example.ORG"), Ok("Ada.Lovelace+news@example.org".into()));
    }

    #[test]
    fn f8_turns_an_idn_domain_into_a_labels_and_refuses_a_non_ascii_local_part() {
        assert_eq!(parsed("kofi@Müller.example"), Ok("kofi@xn--mller-kva.example".into()));
        assert_eq!(parsed("kófi@example.org"), Err(AddressError::NeedsSmtpUtf8));
    }

    #[test]
    fn f8_bounds_every_part() {
        let domain = "example.org";
        assert!(parsed(&format!("{}@{domain}", "a".repeat(64))).is_ok());
        assert_eq!(parsed(&format!("{}@{domain}", "a".repeat(65))), Err(AddressError::LocalTooLong));
        let long = format!("{}.org", ["b".repeat(60).as_str(); 5].join("."));
        assert_eq!(parsed(&format!("a@{long}")), Err(AddressError::DomainTooLong));
        let path = format!("{}@{}.org", "a".repeat(64), ["b".repeat(60).as_str(); 3].join("."));
        assert!(path.len() <= 254 && parsed(&path).is_ok());
    }

    #[test]
    fn refuses_what_could_break_a_header_or_an_envelope() {
        for text in [
            "a@b.org\r\nBcc: c@d.org",
            "a@b.org\r\n",
            " a@b.org",
            "a\0@b.org",
            "a b@c.org",
            "<a@b.org>",
            "\"a b\"@c.org",
            "a@[127.0.0.1]",
        ] {
            assert!(parsed(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, error) in [
            ("ada", AddressError::NoAt),
            ("@example.org", AddressError::NoLocalPart),
            ("ada@", AddressError::NoDomain),
            ("ada..l@example.org", AddressError::BadLocalPart),
            ("ada@example", AddressError::NoDotInDomain),
            ("ada@-example.org", AddressError::BadDomain),
            ("ada@127.0.0.1", AddressError::BadDomain),
        ] {
            assert_eq!(parsed(text), Err(error), "{text}");
        }
    }

    #[test]
    fn shows_itself_masked_to_logs() {
        let address = EmailAddress::parse("ada@example.org").unwrap();
        assert_eq!(format!("{address:?}"), "a***@example.org");
        assert_eq!(EmailAddress::parse("Ada@example.org").unwrap().key(), address.key());
    }
}
