//! Colour: black on warm white, off-white on near-black, and one accent that is readable on both.

use serde::Serialize;

use crate::config::{Colour, FontStack, Publisher};

/// On a dark page an accent at the bare minimum still looks sunken.
const READABLE_IN_THE_DARK: f64 = 7.0;
const BLACK: Colour = Colour::new(0, 0, 0);
const WHITE: Colour = Colour::new(255, 255, 255);

/// The colours of one face of the page, by day or by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Palette {
    /// Around the page.
    pub ground: Colour,
    /// The page.
    pub paper: Colour,
    /// What is read.
    pub ink: Colour,
    /// What stands beside it: bylines, captions, the footer. Readable too.
    pub soft: Colour,
    /// Hairlines.
    pub rule: Colour,
    /// Where an image is, or would be.
    pub tint: Colour,
    pub accent: Colour,
}

/// The colours and fonts of a publisher's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub day: Palette,
    pub night: Palette,
    /// What is read.
    pub serif: FontStack,
    /// What stands beside it.
    pub sans: FontStack,
}

impl Theme {
    /// The theme a publisher configured. The colours it leaves open are mixed of those it names.
    pub fn of(publisher: &Publisher) -> Self {
        let mut theme = Self::new(publisher.accent, publisher.accent_dark);
        let colours = &publisher.colours;
        if colours.paper.is_some() || colours.ground.is_some() || colours.ink.is_some() {
            theme.day = theme.day.with(colours.paper, colours.ground, colours.ink, publisher.accent);
        }
        theme.serif = publisher.fonts.serif.clone();
        theme.sans = publisher.fonts.sans.clone();
        theme
    }

    /// Makes a theme of the publisher's accent, darkened for the light page as far as it must be to be read there. The
    /// dark page has an accent of its own, chosen by the publisher or else a bright one of the same hue, and lightened
    /// as far as it must be.
    pub fn new(accent: Colour, accent_dark: Option<Colour>) -> Self {
        let mut day = Palette {
            ground: Colour::new(0xf3, 0xef, 0xe8),
            paper: Colour::PAGE,
            ink: Colour::new(0x1c, 0x18, 0x15),
            soft: Colour::new(0x65, 0x5c, 0x52),
            rule: Colour::new(0xd9, 0xd0, 0xc4),
            tint: Colour::new(0xeb, 0xe4, 0xd9),
            accent,
        };
        let mut night = Palette {
            ground: Colour::new(0x12, 0x10, 0x0e),
            paper: Colour::new(0x1c, 0x19, 0x16),
            ink: Colour::new(0xf1, 0xec, 0xe4),
            soft: Colour::new(0xb7, 0xae, 0xa2),
            rule: Colour::new(0x3d, 0x37, 0x30),
            tint: Colour::new(0x2c, 0x27, 0x22),
            accent,
        };
        day.accent = until_readable(accent, day.paper, Colour::READABLE, BLACK);
        night.accent = match accent_dark {
            Some(chosen) => until_readable(chosen, night.paper, Colour::READABLE, WHITE),
            None => until_readable(at_full_strength(accent), night.paper, READABLE_IN_THE_DARK, WHITE),
        };
        Self { day, night, serif: FontStack::serif(), sans: FontStack::sans() }
    }
}

impl Palette {
    fn with(self, paper: Option<Colour>, ground: Option<Colour>, ink: Option<Colour>, accent: Colour) -> Self {
        let page = paper.unwrap_or(self.paper);
        let ink = ink.unwrap_or(self.ink);
        // The end of the scale that is far from the paper: a page may be dark by day too.
        let end = if BLACK.contrast(page) >= WHITE.contrast(page) { BLACK } else { WHITE };
        let kept = |own: Colour, fiftieths| if paper.is_some() { mixed(page, ink, fiftieths) } else { own };
        Self {
            ground: ground.unwrap_or_else(|| kept(self.ground, 2)),
            paper: page,
            ink,
            soft: until_readable(kept(self.soft, 34), page, Colour::READABLE, ink),
            rule: kept(self.rule, 8),
            tint: kept(self.tint, 5),
            accent: until_readable(accent, page, Colour::READABLE, end),
        }
    }
}

/// The brightest colour of the same hue and saturation: mixed with white, a dark one would turn to dust.
fn at_full_strength(colour: Colour) -> Colour {
    let strongest = colour.red.max(colour.green).max(colour.blue).max(1);
    // At most 255 · 255 / 255.
    let scaled = |channel: u8| (u16::from(channel) * 255 / u16::from(strongest)) as u8;
    Colour::new(scaled(colour.red), scaled(colour.green), scaled(colour.blue))
}

/// Goes from `colour` towards `end` in steps of a fiftieth, no further than it must.
fn until_readable(colour: Colour, on: Colour, ratio: f64, end: Colour) -> Colour {
    (0..=50).map(|step| mixed(colour, end, step)).find(|mixture| mixture.contrast(on) >= ratio).unwrap_or(end)
}

fn mixed(a: Colour, b: Colour, fiftieths: u16) -> Colour {
    // At most 255 · 50, so neither the sum nor the cast can overflow.
    let mix = |a: u8, b: u8| ((u16::from(a) * (50 - fiftieths) + u16::from(b) * fiftieths) / 50) as u8;
    Colour::new(mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    #[test]
    fn h_every_text_colour_is_readable_by_day_and_by_night_whatever_the_accents() {
        let accents =
            ["#b3261e", "#ffd400", "#000000", "#ffffff", "#00ff00", "#0000ff", "#777777", "#10100e"].map(colour);
        for (accent, dark) in
            accents.into_iter().flat_map(|a| accents.map(|b| (a, Some(b))).into_iter().chain([(a, None)]))
        {
            let Theme { day, night, .. } = Theme::new(accent, dark);
            for palette in [day, night] {
                for text in [palette.ink, palette.soft, palette.accent] {
                    let contrast = text.contrast(palette.paper);
                    assert!(contrast >= 4.5, "{accent}, {dark:?}: {text} on {} is {contrast:.2}", palette.paper);
                }
            }
        }
    }

    #[test]
    fn an_accent_that_is_readable_is_left_alone() {
        let theme = Theme::new(colour("#a6301c"), Some(colour("#e8a87c")));
        assert_eq!([theme.day.accent, theme.night.accent], ["#a6301c", "#e8a87c"].map(colour));
    }
}
