use std::fmt;
use std::ops::Deref;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// A text of one line, fit for a header, a title or a footer.
///
/// Invariants: not empty, no white space at its ends, no control characters (rule W, injection).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Line(String);

impl Line {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::new("it is empty", ""));
        }
        if text.chars().any(char::is_control) {
            return Err(Problem::new("it holds a line break or another control character", "write it on one line"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parse_inside_serde!(Line);

impl Deref for Line {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_refuses_what_could_break_a_header() {
        assert_eq!(Line::parse(" Harmattan Press ").unwrap().as_str(), "Harmattan Press");
        for text in ["", "  ", "a\r\nBcc: b", "a\nb", "a\0b"] {
            assert!(Line::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
