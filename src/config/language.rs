use std::fmt;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// The way a text runs, as in the `dir` attribute of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Ltr,
    Rtl,
}

/// A language tag (BCP 47), such as `en`, `fr-SN` or `ff-Adlm`.
///
/// Invariant: well-formed at the level of subtags: letters and digits, 1 to 8 each, a language of two or three
/// letters first. Whether the language is registered is not looked up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Language(String);

/// Languages that are written from right to left where the tag names no script.
const RTL_LANGUAGES: [&str; 15] =
    ["ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "syr", "ug", "ur", "yi", "ji"];
const RTL_SCRIPTS: [&str; 8] = ["adlm", "arab", "aran", "hebr", "nkoo", "rohg", "syrc", "thaa"];

impl Language {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut subtags = text.split('-');
        let is_language = |tag: &str| (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic());
        let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        if subtags.next().is_some_and(is_language) && subtags.all(is_subtag) {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::new(
            format!("`{text}` is not a language tag"),
            "write a tag of BCP 47, such as \"en\", \"fr\" or \"ar\"",
        ))
    }

    pub fn english() -> Self {
        Self("en".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without its region or script: `fr` of `fr-SN`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The way the language is written: its script decides where the tag has one.
    pub fn direction(&self) -> Direction {
        let lower = self.0.to_ascii_lowercase();
        let mut subtags = lower.split('-');
        let language = subtags.next().unwrap_or_default();
        let script = subtags.find(|tag| tag.len() == 4 && tag.bytes().all(|b| b.is_ascii_alphabetic()));
        let is_rtl = match script {
            Some(script) => RTL_SCRIPTS.contains(&script),
            None => RTL_LANGUAGES.contains(&language),
        };
        if is_rtl { Direction::Rtl } else { Direction::Ltr }
    }
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

parse_inside_serde!(Language);

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_direction() {
        for (tag, direction) in [
            ("en", Direction::Ltr),
            ("ar", Direction::Rtl),
            ("AR-EG", Direction::Rtl),
            ("he", Direction::Rtl),
            ("ff-Adlm", Direction::Rtl),
            ("ff", Direction::Ltr),
            ("ur-Latn-PK", Direction::Ltr),
            ("am", Direction::Ltr),
        ] {
            assert_eq!(Language::parse(tag).unwrap().direction(), direction, "{tag}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_tag() {
        for text in ["", "e", "english", "en_GB", "en-", "12", "en-toolongsubtag"] {
            assert!(Language::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
