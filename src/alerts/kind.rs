use std::fmt;

/// What sort of problem it is; what of each is worth an alert is told in docs/operating.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its time has come, and it is not sent.
    EditionLate,
    /// By somebody, by the relay's refusal, or by the circuit breaker.
    EditionPaused,
    /// It is sent, and nothing of it leaves.
    EditionStill,
    ComplaintsRising,
    /// It failed for a day, or is gone.
    FeedDead,
    /// It failed, for less.
    FeedFails,
    RelayDown,
    LettersWait,
    DiskLow,
    CertificateEnds,
    /// One of the machines that share the store ended without a word, or is cut off.
    NodeLost,
    /// An editor could not be told of a draft.
    EditorUntold,
    /// Receivers say that mails are not shown to be ours.
    ProofFailed,
    MailsToReview,
}

/// How soon somebody has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Today.
    Warning,
    /// Now.
    Urgent,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::EditionLate,
        Self::EditionPaused,
        Self::EditionStill,
        Self::ComplaintsRising,
        Self::FeedDead,
        Self::FeedFails,
        Self::RelayDown,
        Self::LettersWait,
        Self::DiskLow,
        Self::CertificateEnds,
        Self::NodeLost,
        Self::EditorUntold,
        Self::ProofFailed,
        Self::MailsToReview,
    ];

    /// The kind with this word; `None` where a newer griot wrote it.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// As the store, metrics and webhooks have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EditionLate => "edition-late",
            Self::EditionPaused => "edition-paused",
            Self::EditionStill => "edition-stands-still",
            Self::ComplaintsRising => "complaints-rising",
            Self::FeedDead => "feed-dead",
            Self::FeedFails => "feed-fails",
            Self::RelayDown => "relay-down",
            Self::LettersWait => "letters-wait",
            Self::DiskLow => "disk-low",
            Self::CertificateEnds => "certificate-ends",
            Self::NodeLost => "node-lost",
            Self::EditorUntold => "editor-untold",
            Self::ProofFailed => "proof-failed",
            Self::MailsToReview => "mails-to-review",
        }
    }

    /// Whether it is found in the rows whenever somebody looks, and not by the daemon alone.
    pub fn is_of_rows(self) -> bool {
        !matches!(
            self,
            Self::EditionLate | Self::ComplaintsRising | Self::RelayDown | Self::DiskLow | Self::CertificateEnds
        )
    }

    /// Whether somebody is told who is not looking at the desk. The others wait until somebody does.
    pub fn is_alert(self) -> bool {
        !matches!(self, Self::FeedFails | Self::EditorUntold | Self::MailsToReview)
    }
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Urgent => "urgent",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
