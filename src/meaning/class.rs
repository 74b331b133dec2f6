use std::fmt;

use serde::Serialize;

/// How bad it is: what is done about it goes by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The address does not exist, and will not: suppressed at once.
    Hard,
    /// It may work again: counted.
    Soft,
    /// The fault is the sender's: nobody is punished for it.
    Ours,
    /// The reader says it is spam: ended at once and for good.
    Complaint,
    /// An answer sent by a program while the reader is away.
    Vacation,
    /// The message is late, and is still being tried.
    Delayed,
    /// A program wants a person to prove that they are one.
    Challenge,
    /// The reader leaves by mail.
    Unsubscribe,
    /// Nothing of consequence: a receipt, a notice of success, a report about authentication.
    None,
}

impl Class {
    pub const ALL: [Self; 9] = [
        Self::Hard,
        Self::Soft,
        Self::Ours,
        Self::Complaint,
        Self::Vacation,
        Self::Delayed,
        Self::Challenge,
        Self::Unsubscribe,
        Self::None,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Ours => "ours",
            Self::Complaint => "complaint",
            Self::Vacation => "vacation",
            Self::Delayed => "delayed",
            Self::Challenge => "challenge",
            Self::Unsubscribe => "unsubscribe",
            Self::None => "none",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
