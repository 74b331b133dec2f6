use std::fmt;
use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};
use serde::Deserialize;

use super::advice::nearest;
use super::problem::{Problem, parse_inside_serde};

/// A zone of the IANA time zone database, such as `Africa/Accra`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Timezone(Tz);

impl Timezone {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if let Ok(zone) = text.parse() {
            return Ok(Self(zone));
        }
        let advice = match nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => "write a continent and a city, such as \"Africa/Accra\", or \"UTC\"".to_owned(),
        };
        Err(Problem::new(format!("there is no time zone `{text}`"), advice))
    }

    /// The zone other programs mean by a text: whatever the case of its letters, and with spaces for underscores.
    pub fn find(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        if let Ok(zone) = text.parse() {
            return Some(Self(zone));
        }
        let name = text.trim().replace(' ', "_");
        TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&name)).map(|zone| Self(*zone))
    }

    pub fn zone(self) -> Tz {
        self.0
    }

    /// `Africa/Accra`
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

/// For the command line, which says it all on one line.
impl FromStr for Timezone {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|problem| format!("{}; {}", problem.message, problem.advice))
    }
}

parse_inside_serde!(Timezone);

impl fmt::Display for Timezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl fmt::Debug for Timezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_zone() {
        assert_eq!(Timezone::parse("Africa/Accra").unwrap().zone(), chrono_tz::Africa::Accra);
        assert_eq!(Timezone::parse("Africa/Acra").unwrap_err().advice, "did you mean \"Africa/Accra\"?");
        assert!(Timezone::parse("GMT+25").is_err());
    }

    #[test]
    fn finds_what_other_programs_mean() {
        let name = |text| Timezone::find(text).map(Timezone::name);
        assert_eq!(name(" america/new york "), Some("America/New_York"));
        assert_eq!(name("US/Eastern"), Some("US/Eastern"));
        assert_eq!((name("Accra"), name("-5"), name("")), (None, None, None));
    }
}
