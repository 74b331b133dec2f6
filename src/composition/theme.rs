//! Colour: black on warm white, off-white on near-black, and one accent that is readable on both.

use std::fmt;
use std::str::FromStr;

/// What text needs against what it stands on (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;
/// On a dark page an accent at the bare minimum still looks sunken.
const READABLE_IN_THE_DARK: f64 = 7.0;

/// An sRGB colour; written `#a6301c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as # and six hexadecimal digits, like #a6301c")]
pub struct ColorError;

/// The colours of one face of the page, by day or by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Around the page.
    pub ground: Color,
    /// The page.
    pub paper: Color,
    /// What is read.
    pub ink: Color,
    /// What stands beside it: bylines, captions, the footer. Readable too.
    pub soft: Color,
    /// Hairlines.
    pub rule: Color,
    /// Where an image is, or would be.
    pub tint: Color,
    pub accent: Color,
}

/// The colours of a publisher's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub day: Palette,
    pub night: Palette,
}

impl Theme {
    /// Makes a theme of the publisher's accent, darkened for the light page and lightened for the dark one as far as
    /// it must be to be read there.
    pub fn new(accent: Color) -> Self {
        let mut day = Palette {
            ground: Color::new(0xf3, 0xef, 0xe8),
            paper: Color::new(0xff, 0xfd, 0xf9),
            ink: Color::new(0x1c, 0x18, 0x15),
            soft: Color::new(0x65, 0x5c, 0x52),
            rule: Color::new(0xd9, 0xd0, 0xc4),
            tint: Color::new(0xeb, 0xe4, 0xd9),
            accent,
        };
        let mut night = Palette {
            ground: Color::new(0x12, 0x10, 0x0e),
            paper: Color::new(0x1c, 0x19, 0x16),
            ink: Color::new(0xf1, 0xec, 0xe4),
            soft: Color::new(0xb7, 0xae, 0xa2),
            rule: Color::new(0x3d, 0x37, 0x30),
            tint: Color::new(0x2c, 0x27, 0x22),
            accent,
        };
        day.accent = accent.until_readable(day.paper, READABLE, Color::new(0, 0, 0));
        night.accent =
            accent.at_full_strength().until_readable(night.paper, READABLE_IN_THE_DARK, Color::new(255, 255, 255));
        Self { day, night }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(Color::new(0xa6, 0x30, 0x1c))
    }
}

impl Color {
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// The brightest colour of the same hue and saturation: mixed with white, a dark one would turn to dust.
    fn at_full_strength(self) -> Self {
        let strongest = self.red.max(self.green).max(self.blue).max(1);
        // At most 255 · 255 / 255.
        let scaled = |channel: u8| (u16::from(channel) * 255 / u16::from(strongest)) as u8;
        Self::new(scaled(self.red), scaled(self.green), scaled(self.blue))
    }

    /// Goes towards `end` in steps of a fiftieth, no further than it must.
    fn until_readable(self, on: Self, ratio: f64, end: Self) -> Self {
        (0..=50).map(|step| self.mixed(end, step)).find(|color| color.contrast(on) >= ratio).unwrap_or(end)
    }

    fn mixed(self, other: Self, fiftieths: u16) -> Self {
        // At most 255 · 50, so neither the sum nor the cast can overflow.
        let mix = |a: u8, b: u8| ((u16::from(a) * (50 - fiftieths) + u16::from(b) * fiftieths) / 50) as u8;
        Self::new(mix(self.red, other.red), mix(self.green, other.green), mix(self.blue, other.blue))
    }
}

impl FromStr for Color {
    type Err = ColorError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(ColorError)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ColorError);
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).map_err(|_| ColorError)?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_a_colour() {
        let accent: Color = " #B3261e ".parse().unwrap();
        assert_eq!(accent.to_string(), "#b3261e");
        for text in ["b3261e", "#b32", "#b3261g", "#+3261e", "red", ""] {
            assert_eq!(text.parse::<Color>(), Err(ColorError), "{text:?}");
        }
    }

    #[test]
    fn measures_contrast_as_wcag_does() {
        let (black, white) = (Color::new(0, 0, 0), Color::new(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((Color::new(0x76, 0x76, 0x76).contrast(white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn h_every_text_colour_is_readable_by_day_and_by_night_whatever_the_accent() {
        for accent in ["#b3261e", "#ffd400", "#000000", "#ffffff", "#00ff00", "#0000ff", "#777777", "#10100e"] {
            let Theme { day, night } = Theme::new(accent.parse().unwrap());
            for palette in [day, night] {
                for color in [palette.ink, palette.soft, palette.accent] {
                    let contrast = color.contrast(palette.paper);
                    assert!(contrast >= 4.5, "{accent}: {color} on {} is {contrast:.2}", palette.paper);
                }
            }
        }
    }

    #[test]
    fn an_accent_that_is_readable_is_left_alone() {
        assert_eq!(Theme::new("#a6301c".parse().unwrap()).day.accent.to_string(), "#a6301c");
    }
}
