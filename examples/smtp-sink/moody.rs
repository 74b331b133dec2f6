//! A relay in a mood: now and then it answers a command by 421, 451, 552 or 554, or not at all.
//!
//! What it says is true: who got a 2yz to the end of a message is in the log of the accepted, and who is refused is
//! named in the refusal. Only silence may hide either.

/// Of 100,000 commands, so many get each answer.
const NOT_NOW: u64 = 300;
const NEVER: u64 = 100;
const SILENT: u64 = 100;
/// A sender slows down for 421, and for any "not now" to MAIL: rarer, or it would crawl.
const CLOSES: u64 = 15;
const NOT_NOW_TO_A_SENDER: u64 = 30;
/// One that is refused for good stops and has somebody look.
const NEVER_TO_A_SENDER: u64 = 5;

#[derive(Clone, Copy, PartialEq)]
pub enum At {
    Mail,
    Rcpt,
    Data,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    Good,
    /// 421, and the connection is closed.
    Closing,
    Refusing(&'static str),
    /// Takes what it was given, or does not, and says nothing from here on.
    Silent {
        has_taken: bool,
    },
}

/// The moods of one connection, the same for the same seed and number.
pub struct Moods(u64);

impl Moods {
    pub fn new(seed: u64, connection: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ connection.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    pub fn next(&mut self, at: At) -> Mood {
        let (not_now, never) = if at == At::Mail { (NOT_NOW_TO_A_SENDER, NEVER_TO_A_SENDER) } else { (NOT_NOW, NEVER) };
        let moods = [
            (CLOSES, Mood::Closing),
            (not_now, Mood::Refusing("451 4.3.0 not now")),
            (never, Mood::Refusing("552 5.2.2 no room")),
            (never, Mood::Refusing("554 5.0.0 never")),
            (SILENT, Mood::Silent { has_taken: at == At::End }),
            (SILENT, Mood::Silent { has_taken: false }),
        ];
        let mut rolled = self.roll() % 100_000;
        for (odds, mood) in moods {
            if rolled < odds {
                return mood;
            }
            rolled -= odds;
        }
        Mood::Good
    }

    /// SplitMix64: good enough, and no dependency.
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
