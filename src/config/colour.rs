use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::problem::{Problem, parse_inside_serde};

/// An sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Colour {
    /// The warm white that pages and messages are set on.
    pub const PAGE: Self = Self::new(0xff, 0xfd, 0xf9);
    /// Dark red: 6.4 to 1 on [`Self::PAGE`].
    pub(super) const DEFAULT_ACCENT: Self = Self::new(0xb3, 0x26, 0x1e);

    /// The ink of pages and messages: 17 to 1 on [`Self::PAGE`].
    pub(super) const INK: Self = Self::new(0x1c, 0x18, 0x15);

    /// The least contrast of a page's ink with its paper (WCAG 2.2 §1.4.6).
    pub const CLEAR: f64 = 7.0;

    /// The least contrast of text with what it stands on (rule H, WCAG 2.2 §1.4.3).
    pub const READABLE: f64 = 4.5;

    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(value) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return Err(Problem::new(
                format!("`{text}` is not a colour"),
                "write # and six hexadecimal digits, such as \"#b3261e\"",
            ));
        };
        let [_, red, green, blue] = value.to_be_bytes();
        Ok(Self::new(red, green, blue))
    }

    /// The contrast ratio of WCAG 2.2, from 1 (the same) to 21 (black on white).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

parse_inside_serde!(Colour);

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_shows() {
        assert_eq!(Colour::parse("#B3261e").unwrap().to_string(), "#b3261e");
        for text in ["red", "#fff", "#12345g", "b3261e", "#+12345", "#ééé"] {
            assert!(Colour::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn measures_contrast_as_wcag_does() {
        let (black, white) = (Colour::parse("#000000").unwrap(), Colour::parse("#ffffff").unwrap());
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        // The darkest grey-on-white pair that WCAG calls readable.
        assert!((Colour::parse("#767676").unwrap().contrast(white) - 4.54).abs() < 0.01);
        assert!(Colour::DEFAULT_ACCENT.contrast(Colour::PAGE) > 6.0);
    }
}
