//! What the way a script runs comes to in a message; nobody else needs to know.

use crate::config::Direction;

impl Direction {
    /// The side on which a line begins.
    pub(super) fn start(self) -> &'static str {
        match self {
            Self::Ltr => "left",
            Self::Rtl => "right",
        }
    }

    /// The side on which a line ends.
    pub(super) fn end(self) -> &'static str {
        match self {
            Self::Ltr => "right",
            Self::Rtl => "left",
        }
    }

    /// Letter-spacing for small capitals. Never in right-to-left scripts: it tears joined letters apart.
    pub(super) fn tracked(self) -> &'static str {
        match self {
            Self::Ltr => "letter-spacing:1.2px;text-transform:uppercase;",
            Self::Rtl => "",
        }
    }

    /// The arrow at the end of "Read on".
    pub(super) fn arrow(self) -> char {
        match self {
            Self::Ltr => '→',
            Self::Rtl => '←',
        }
    }
}
