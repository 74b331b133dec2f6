use super::Dice;

/// The part a colour plays in a composition; the palette says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ink {
    /// What the canvas is before anything is drawn.
    Ground,
    /// The one strong colour.
    Accent,
    Dark,
    Mid,
    Soft,
    Light,
}

/// How many inks there are.
pub const INKS: usize = 6;

/// A colour for each ink, in the order of [`Ink`], as 0xRRGGBB.
#[derive(Debug, Clone, Copy)]
pub struct Palette(pub [u32; INKS]);

const HARMATTAN: [Palette; 3] = [
    Palette([0xcbb99d, 0xa6301c, 0x4f4336, 0x8a7357, 0xb39c7a, 0xefe6d6]),
    Palette([0xe2cda9, 0xbd4a26, 0x53382b, 0x9c6b45, 0xcda878, 0xf6ecda]),
    Palette([0xbac1b0, 0xa6301c, 0x3a4037, 0x707a66, 0x99a28e, 0xebeade]),
];
const BEATLINE: [Palette; 3] = [
    Palette([0x432739, 0xe5694a, 0x241521, 0x6d3b55, 0x9a5c70, 0xf0d9c4]),
    Palette([0xeacbb4, 0x8d2f4c, 0x3a1f30, 0xb5687a, 0xd7a097, 0xf9eee3]),
    Palette([0x1f4a4d, 0xeb9f41, 0x122f32, 0x35706f, 0x6c9c92, 0xf0e4cc]),
];
const NORTH_STAR: [Palette; 3] = [
    Palette([0xd5d9d6, 0xcf762b, 0x1d2f45, 0x4a6480, 0x98a8b4, 0xf3f0e8]),
    Palette([0x26394f, 0xe3a041, 0x15233a, 0x3f5a78, 0x7b92a8, 0xe9e4d6]),
    Palette([0xc9d4cc, 0xb5452b, 0x24433f, 0x547a72, 0x97b1a5, 0xf1f0e4]),
];

impl Palette {
    /// Each platform has a family of three, so that its stories look related.
    pub fn of_platform(id: &str, dice: &mut Dice) -> Self {
        let family = match id {
            "beatline" => &BEATLINE,
            "north-star" => &NORTH_STAR,
            _ => &HARMATTAN,
        };
        family[dice.below(family.len())]
    }

    pub fn rgb(&self, ink: usize) -> [u8; 3] {
        let [_, r, g, b] = self.0[ink].to_be_bytes();
        [r, g, b]
    }
}
