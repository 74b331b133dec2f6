//! The demo's pictures: quiet compositions in flat colours, drawn by code, the same for a story every time.
//!
//! Owns: which motifs there are and how one is turned into a PNG of a size. `canvas` knows shapes,
//! `motifs` knows compositions, `palette` knows colours. Nothing here can fail on valid input.

mod canvas;
mod motifs;
mod palette;

use serde::Deserialize;

use canvas::Canvas;
use palette::Palette;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Motif {
    Arches,
    Bars,
    Bowls,
    Columns,
    Cranes,
    Curtain,
    Dunes,
    Fields,
    Grid,
    Harbour,
    Houses,
    Leaves,
    Network,
    Orbit,
    Reels,
    Ridge,
    Rings,
    Road,
    Stalls,
    Steps,
    Waves,
    Weave,
}

/// The two sizes a story's picture comes in; both are 3:2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For the head of a page or an edition.
    Lead,
    /// For a list: 180 px wide on a screen with two dots to the pixel.
    Thumbnail,
}

impl Size {
    /// Width and height in pixels.
    pub fn pixels(self) -> (u32, u32) {
        match self {
            Self::Lead => (1200, 800),
            Self::Thumbnail => (360, 240),
        }
    }
}

/// Draws a motif in the platform's colours and encodes it as an indexed PNG.
///
/// The slug decides the palette and every chance placement, so two stories with one motif still look different.
pub fn png(motif: Motif, platform: &str, slug: &str, size: Size) -> Vec<u8> {
    let mut dice = Dice::from_text(slug);
    let palette = Palette::of_platform(platform, &mut dice);
    let (width, height) = size.pixels();
    let mut canvas = Canvas::new(width, height);
    motifs::draw(motif, &mut canvas, &mut dice);
    canvas.encode(&palette)
}

/// Chance that falls the same way every time: SplitMix64 over a hash of a text.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn from_text(text: &str) -> Self {
        // FNV-1a.
        Self(
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`, which is at least 1.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// A number from `low` up to `high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_the_same_every_time_and_differs_by_story() {
        let dunes = |slug| png(Motif::Dunes, "harmattan", slug, Size::Thumbnail);
        assert_eq!(dunes("one"), dunes("one"));
        assert_ne!(dunes("one"), dunes("two"));
    }

    #[test]
    fn dice_stay_within_bounds() {
        let mut dice = Dice::from_text("bounds");
        for _ in 0..1000 {
            assert!(dice.below(7) < 7);
            assert!((2.0..=3.0).contains(&dice.between(2.0, 3.0)));
        }
    }
}
