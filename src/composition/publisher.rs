use chrono::Weekday;

use super::{Plain, WebUrl};

/// Who speaks: the same in every brief and every letter.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub name: Plain,
    /// Empty where there is none.
    pub tagline: Plain,
    pub website: WebUrl,
    /// Printed in every footer: CAN-SPAM asks for it.
    pub postal_address: Plain,
    /// Stands for the name in the masthead, 28 px high; the name is its alternative text.
    pub logo: Option<WebUrl>,
    /// BCP 47, of what is published, as `en` or `ar-EG`. griot's own few words are English for now.
    pub language: Plain,
    pub direction: Direction,
}

/// The way the publisher's script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    LeftToRight,
    RightToLeft,
}

/// The newsletter an edition or a letter belongs to.
#[derive(Debug, Clone)]
pub struct Newsletter {
    pub name: Plain,
    pub cadence: Cadence,
}

/// How often a newsletter comes, as far as it can be said in two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    Daily,
    Weekly(Weekday),
    Monthly,
    /// Anything else; then nothing is said.
    Irregular,
}

impl Publisher {
    pub(super) fn logo(&self) -> Option<&WebUrl> {
        self.logo.as_ref().filter(|logo| logo.is_private_in_transit())
    }
}

impl Direction {
    /// The value of a `dir` attribute.
    pub(super) fn dir(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }

    /// The side on which a line begins.
    pub(super) fn start(self) -> &'static str {
        match self {
            Self::LeftToRight => "left",
            Self::RightToLeft => "right",
        }
    }

    /// The side on which a line ends.
    pub(super) fn end(self) -> &'static str {
        match self {
            Self::LeftToRight => "right",
            Self::RightToLeft => "left",
        }
    }

    /// Letter-spacing for small capitals. Never in right-to-left scripts: it tears joined letters apart.
    pub(super) fn tracked(self) -> &'static str {
        match self {
            Self::LeftToRight => "letter-spacing:1.2px;text-transform:uppercase;",
            Self::RightToLeft => "",
        }
    }

    /// The arrow at the end of "Read on".
    pub(super) fn arrow(self) -> char {
        match self {
            Self::LeftToRight => '→',
            Self::RightToLeft => '←',
        }
    }
}
