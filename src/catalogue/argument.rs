use std::borrow::Cow;

use fluent_bundle::FluentValue;

use crate::config::Direction;

/// Isolates what stands between from the direction of what is around (UAX #9, FSI and PDI).
const ISOLATED: [char; 2] = ['\u{2068}', '\u{2069}'];

/// What stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// From outside: a name, a headline, an address.
    Text(Cow<'a, str>),
    /// Words of the same catalogue, or what needs no isolation.
    Words(Cow<'a, str>),
    Number(i64),
}

impl<'a> Argument<'a> {
    /// Words of the same catalogue, as another message or a date.
    pub fn words(words: impl Into<Cow<'a, str>>) -> Self {
        Self::Words(words.into())
    }

    pub(super) fn value(&self, direction: Direction) -> FluentValue<'_> {
        match self {
            Self::Text(text) if direction == Direction::Rtl && may_turn(text) => {
                let [open, close] = ISOLATED;
                FluentValue::String(Cow::Owned(format!("{open}{text}{close}")))
            }
            Self::Text(text) | Self::Words(text) => FluentValue::String(Cow::Borrowed(text)),
            Self::Number(number) => FluentValue::from(*number),
        }
    }
}

/// Whether a text could turn a sentence around that runs from right to left: whether any of its letters or digits is
/// of a script that does not.
fn may_turn(text: &str) -> bool {
    let is_rtl = |c: char| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    text.chars().any(|c| c.is_alphanumeric() && !is_rtl(c))
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Argument<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Argument<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

macro_rules! from_numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Argument<'_> {
            fn from(number: $number) -> Self {
                // Counts and dates: none comes near the end of an i64.
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
    )*};
}

from_numbers!(i32, u32, i64, u64, usize);
