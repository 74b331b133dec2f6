use serde::{Deserialize, Deserializer};

use super::problem::{Problem, parse_inside_serde};
use crate::address::EmailAddress;

/// What may stand behind the @ of an address: lower-case A-labels (RFC 5891).
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct DomainName(pub String);

impl DomainName {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        // Domains are compared with those of addresses, so the same code reads them.
        match EmailAddress::parse(&format!("postmaster@{text}")) {
            Ok(address) => Ok(Self(address.domain().to_owned())),
            Err(_) => Err(Problem::new(
                format!("`{text}` is not a domain name"),
                "write what stands behind the @ of an address, such as \"example.org\"",
            )),
        }
    }
}

parse_inside_serde!(DomainName);

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names: Vec<DomainName> = Vec::deserialize(deserializer)?;
    Ok(names.into_iter().map(|name| name.0).collect())
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name: Option<DomainName> = Option::deserialize(deserializer)?;
    Ok(name.map(|name| name.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f8_is_lower_case_a_labels() {
        for (text, name) in [
            ("Gmail.COM", "gmail.com"),
            ("Müller.example", "xn--mller-kva.example"),
            ("xn--mller-kva.example", "xn--mller-kva.example"),
            ("a.b.c.example.org", "a.b.c.example.org"),
        ] {
            assert_eq!(DomainName::parse(text).unwrap().0, name, "{text}");
        }
        for text in
            ["", "org", "a@example.org", "@example.org", "example.org.", "a b.org", "127.0.0.1", "*.example.org"]
        {
            assert!(DomainName::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
