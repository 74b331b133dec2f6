use std::fmt;

use serde::Deserialize;

use super::Colour;
use super::problem::{Problem, parse_inside_serde};

/// `[publisher.fonts]`: what everything is set in. Mail programs show what the reader's machine has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fonts {
    /// What is read.
    #[serde(default = "FontStack::serif")]
    pub serif: FontStack,
    /// What stands beside it.
    #[serde(default = "FontStack::sans")]
    pub sans: FontStack,
}

impl Default for Fonts {
    fn default() -> Self {
        Self { serif: FontStack::serif(), sans: FontStack::sans() }
    }
}

/// `[publisher.colours]`: by day. What is missing is griot's warm white and its near-black.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Colours {
    /// What text stands on. Not darker than the accent can be read on: 4.5 to 1 (rule H).
    pub paper: Option<Colour>,
    /// Around the paper.
    pub ground: Option<Colour>,
    /// What is read: 7 to 1 on the paper at least.
    pub ink: Option<Colour>,
}

impl Colours {
    pub(super) fn paper(&self) -> Colour {
        self.paper.unwrap_or(Colour::PAGE)
    }

    pub(super) fn ink(&self) -> Colour {
        self.ink.unwrap_or(Colour::INK)
    }
}

/// Fonts in the order in which they are asked for, as CSS has them.
///
/// Invariant: families of letters, digits, spaces and hyphens, in single quotes where they need them, parted by commas:
/// it may stand in an attribute in double quotes and in a style sheet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FontStack(String);

impl FontStack {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut families = Vec::new();
        for family in text.split(',').map(str::trim) {
            let bare = unquoted(family).ok_or_else(|| wrong(text, "a quote stands alone"))?;
            let is_family = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-');
            if bare.is_empty() {
                return Err(wrong(text, "a font between two commas is missing"));
            }
            if let Some(sign) = bare.chars().find(|&c| !is_family(c)) {
                return Err(wrong(text, &format!("`{sign}` is in no font's name")));
            }
            let is_identifier = bare.starts_with(char::is_alphabetic) && !bare.contains(' ') && bare.is_ascii();
            families.push(if is_identifier { bare.to_owned() } else { format!("'{bare}'") });
        }
        Ok(Self(families.join(",")))
    }

    pub fn serif() -> Self {
        Self("Georgia,'Times New Roman',serif".to_owned())
    }

    pub fn sans() -> Self {
        Self("Arial,Helvetica,sans-serif".to_owned())
    }
}

/// A family without the quotes around it; `None` where there is one quote alone.
fn unquoted(family: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(rest) = family.strip_prefix(quote) {
            return rest.strip_suffix(quote).map(str::trim);
        }
    }
    (!family.ends_with(['"', '\''])).then_some(family)
}

fn wrong(text: &str, why: &str) -> Problem {
    Problem::new(
        format!("`{text}` is not a list of fonts: {why}"),
        "write names of letters, digits, spaces and hyphens, with commas between them, such as \"Georgia, serif\"",
    )
}

parse_inside_serde!(FontStack);

impl fmt::Display for FontStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_stack_as_an_attribute_can_hold_it() {
        let stack = |text: &str| FontStack::parse(text).unwrap().to_string();
        assert_eq!(stack("Georgia, \"Times New Roman\" , serif"), FontStack::serif().to_string());
        assert_eq!(stack("Arial,Helvetica,sans-serif"), FontStack::sans().to_string());
        assert_eq!(stack("'Source Serif 4', Noto Naskh Arabic, serif"), "'Source Serif 4','Noto Naskh Arabic',serif");
    }

    #[test]
    fn refuses_what_could_leave_the_attribute() {
        for text in ["", "Georgia,,serif", "Georgia;color:red", "'Georgia", "Geo'rgia", "</style>", "url(x)"] {
            assert!(FontStack::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
