use std::fmt;

use serde::{Deserialize, Serialize};

use super::problem::{Problem, parse_inside_serde};

/// The id of a platform: 1 to 32 of `a-z`, `0-9` and `-`. It stands in URLs and tables, so it never changes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PlatformId(String);

/// The id of a newsletter: 1 to 32 of `a-z`, `0-9` and `-`. It stands in URLs, tables and List-ID, so it never
/// changes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct NewsletterId(String);

/// The id of a relay: 1 to 32 of `a-z`, `0-9` and `-`. The variable with its password is named after it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RelayId(String);

/// The id of a mailbox that is emptied: 1 to 32 of `a-z`, `0-9` and `-`. The variable with its password is named after
/// it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct MailboxId(String);

/// The id of a webhook: 1 to 32 of `a-z`, `0-9` and `-`. What it was told goes by it, and the variable with its secret is
/// named after it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct WebhookId(String);

fn slug(text: &str, reason: &str) -> Result<String, Problem> {
    let is_slug = (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_slug {
        return Ok(text.to_owned());
    }
    let suggestion = id_like(text);
    let advice = if suggestion.is_empty() { String::new() } else { format!("write \"{suggestion}\"") };
    Err(Problem::new(format!("an id is 1 to 32 of a-z, 0-9 and - inside, because it stands in {reason}"), advice))
}

/// The id that is most like a name; empty where it has no letter or digit that an id may have.
pub fn id_like(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit())).filter(|word| !word.is_empty());
    let mut id = words.collect::<Vec<_>>().join("-");
    id.truncate(32);
    id.truncate(id.trim_end_matches('-').len());
    id
}

macro_rules! id {
    ($name:ident, $reason:literal) => {
        impl $name {
            pub fn parse(text: &str) -> Result<Self, Problem> {
                slug(text, $reason).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        parse_inside_serde!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

id!(PlatformId, "URLs");
id!(NewsletterId, "URLs");
id!(RelayId, "the names of variables");
id!(MailboxId, "the names of variables");
id!(WebhookId, "URLs and the names of variables");

/// What the only relay is called where nobody names it.
impl Default for RelayId {
    fn default() -> Self {
        Self("relay".to_owned())
    }
}

/// What the only mailbox is called where nobody names it.
impl Default for MailboxId {
    fn default() -> Self {
        Self("imap".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_ids_and_suggests_one() {
        assert_eq!(PlatformId::parse("north-star").unwrap().as_str(), "north-star");
        assert!(PlatformId::parse(&"a".repeat(32)).is_ok());
        for text in ["", "-a", "a-", "a_b", "A", "ä", "a b"] {
            assert!(NewsletterId::parse(text).is_err(), "{text:?} was accepted");
        }
        assert!(NewsletterId::parse(&"a".repeat(33)).is_err());
        assert_eq!(RelayId::parse("relay").unwrap(), RelayId::default());
        assert!(RelayId::parse("SES").is_err());
        assert_eq!(NewsletterId::parse("The Weekly_Brief!").unwrap_err().advice, "write \"the-weekly-brief\"");
    }
}
