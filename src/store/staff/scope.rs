use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What a token of the API lets a program do. None includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum Scope {
    SubscribersRead,
    SubscribersWrite,
    EditionsRead,
    EditionsWrite,
    /// Approving, and all that follows.
    EditionsSend,
    StoriesRead,
    StoriesWrite,
    ResultsRead,
}

impl Scope {
    pub const ALL: [Self; 8] = [
        Self::SubscribersRead,
        Self::SubscribersWrite,
        Self::EditionsRead,
        Self::EditionsWrite,
        Self::EditionsSend,
        Self::StoriesRead,
        Self::StoriesWrite,
        Self::ResultsRead,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SubscribersRead => "subscribers:read",
            Self::SubscribersWrite => "subscribers:write",
            Self::EditionsRead => "editions:read",
            Self::EditionsWrite => "editions:write",
            Self::EditionsSend => "editions:send",
            Self::StoriesRead => "stories:read",
            Self::StoriesWrite => "stories:write",
            Self::ResultsRead => "results:read",
        }
    }

    /// What it opens, for who chooses.
    pub fn told(self) -> &'static str {
        match self {
            Self::SubscribersRead => "sees readers with their addresses, and who is never mailed",
            Self::SubscribersWrite => "adds, changes and erases readers, and says who is never mailed",
            Self::EditionsRead => "sees newsletters, editions and previews",
            Self::EditionsWrite => "makes drafts and changes them",
            Self::EditionsSend => "approves, schedules, sends, pauses and cancels",
            Self::StoriesRead => "sees stories and events",
            Self::StoriesWrite => "adds and edits stories",
            Self::ResultsRead => "sees what became of editions",
        }
    }
}

impl From<Scope> for &'static str {
    fn from(scope: Scope) -> Self {
        scope.as_str()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("{word:?} is no scope; there are {known}")
        })
    }
}
