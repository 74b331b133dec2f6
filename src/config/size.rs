use std::fmt;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// A number of bytes, written `512KB` or `10MB`: thousands, not 1024s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Size {
    bytes: u64,
}

impl Size {
    pub const fn from_megabytes(megabytes: u64) -> Self {
        Self { bytes: megabytes * 1_000_000 }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let trimmed = text.trim();
        let digits = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
        let factor = match trimmed[digits.len()..].trim() {
            "KB" => Some(1000),
            "MB" => Some(1_000_000),
            _ => None,
        };
        let bytes = factor.and_then(|factor: u64| digits.parse::<u64>().ok()?.checked_mul(factor));
        match bytes.filter(|bytes| (1..=1_000_000_000).contains(bytes)) {
            Some(bytes) => Ok(Self { bytes }),
            None => Err(Problem::new(
                format!("`{text}` is not a size between 1KB and 1000MB"),
                "write a whole number and KB or MB, such as \"10MB\"",
            )),
        }
    }

    pub const fn bytes(self) -> u64 {
        self.bytes
    }
}

parse_inside_serde!(Size);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bytes.is_multiple_of(1_000_000) {
            write!(f, "{}MB", self.bytes / 1_000_000)
        } else {
            write!(f, "{}KB", self.bytes / 1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_shows() {
        assert_eq!(Size::parse("10 MB").unwrap(), Size::from_megabytes(10));
        assert_eq!(Size::parse("512KB").unwrap().to_string(), "512KB");
        for text in ["", "10", "10mb", "0MB", "1001MB", "1.5MB", "99999999999999999999MB"] {
            assert!(Size::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
