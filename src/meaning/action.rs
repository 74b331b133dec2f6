use std::fmt;

use serde::Serialize;

use super::Class;

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The address is never mailed again.
    Suppress,
    /// Kept; enough of them over time suppress the address.
    Count,
    /// The subscription ends, and the address is never mailed again.
    End,
    /// The subscription ends.
    Unsubscribe,
    /// Kept for the operator: nothing happens to the reader.
    None,
    Ignore,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suppress => "suppress",
            Self::Count => "count",
            Self::End => "end",
            Self::Unsubscribe => "unsubscribe",
            Self::None => "none",
            Self::Ignore => "ignore",
        }
    }
}

impl Class {
    /// What is done about one of this class. Many soft ones over time come to more.
    pub fn action(self) -> Action {
        match self {
            Self::Hard => Action::Suppress,
            Self::Soft => Action::Count,
            Self::Complaint => Action::End,
            Self::Unsubscribe => Action::Unsubscribe,
            Self::Ours => Action::None,
            Self::Vacation | Self::Delayed | Self::Challenge | Self::None => Action::Ignore,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
