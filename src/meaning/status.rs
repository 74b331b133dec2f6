use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An enhanced status code (RFC 3463 §2): class 2, 4 or 5, subject and detail of at most three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

impl Status {
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }

    pub fn is_permanent(self) -> bool {
        self.class == 5
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |part: Option<&str>| {
            let part = part.filter(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<u16>().ok()).ok_or(())
        };
        let mut parts = text.split('.');
        let (class, subject, detail) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
        match (class, parts.next()) {
            // Of one digit, so that `005.1.1` is none.
            (2 | 4 | 5, None) if text.as_bytes().get(1) == Some(&b'.') => {
                Ok(Self { class: class as u8, subject, detail })
            }
            _ => Err(()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc_3463_allows_and_nothing_else() {
        for text in ["5.1.1", "4.2.2", "2.0.0", "5.7.515"] {
            assert_eq!(text.parse::<Status>().unwrap().to_string(), text);
        }
        for text in ["", "5", "5.1", "5.1.1.1", "3.1.1", "5.1.1234", "5..1", "5.1.x", "550", "05.1.1"] {
            assert_eq!(text.parse::<Status>(), Err(()), "{text:?}");
        }
    }
}
