//! What a receiver did not believe of a sender: which of the proofs that a mail is theirs failed.

use super::{Meaning, Reason, Status};

/// What shows that a mail is from whom it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    Spf,
    Dkim,
    Dmarc,
    /// The name behind the sending address (PTR).
    ReverseName,
    /// More than one, or it is not told which.
    Several,
}

impl Proof {
    const ALL: [Self; 5] = [Self::Spf, Self::Dkim, Self::Dmarc, Self::ReverseName, Self::Several];

    /// The one that a refusal says has failed; `None` where it is about something else. `text` are its words.
    pub fn failed(meaning: &Meaning, text: &str) -> Option<Self> {
        if let Some(told) = meaning.status.and_then(Self::of_status) {
            return Some(told);
        }
        match meaning.reason {
            Reason::AuthFailure => Some(Self::named(text)),
            Reason::RequirePtr => Some(Self::ReverseName),
            _ => None,
        }
    }

    /// Whether it is worth to judge a refusal with this status and these words: most are about something else.
    pub fn may_have_failed(status: &str, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        status.contains(".7.")
            || ["spf", "dkim", "dmarc", "authenticat", "ptr", "reverse"].iter().any(|word| text.contains(word))
    }

    /// The codes of RFC 7372 and 8461, of the IANA registry, and those that Gmail, Yahoo and Outlook add.
    pub(super) fn of_status(status: Status) -> Option<Self> {
        Some(match (status.subject, status.detail) {
            (7, 20 | 21 | 22 | 30) => Self::Dkim,
            (7, 23 | 24 | 27) => Self::Spf,
            (7, 25) => Self::ReverseName,
            (7, 26 | 29 | 515) => Self::Several,
            (7, 509) => Self::Dmarc,
            _ => return None,
        })
    }

    fn named(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let is_said = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match (is_said(&["spf", "sender policy"]), is_said(&["dkim", "domainkeys"]), is_said(&["dmarc"])) {
            (true, false, false) => Self::Spf,
            (false, true, false) => Self::Dkim,
            (false, false, true) => Self::Dmarc,
            _ => Self::Several,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::ReverseName => "name",
            Self::Several => "several",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }

    /// What is the matter, to stand before "for" and a domain.
    pub fn complaint(self) -> &'static str {
        match self {
            Self::Spf => "SPF failed",
            Self::Dkim => "DKIM failed",
            Self::Dmarc => "DMARC failed",
            Self::ReverseName => "the sending address has no matching name",
            Self::Several => "SPF, DKIM or DMARC failed",
        }
    }

    /// What to put right.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Spf => "SPF failed: publish an SPF record for the return-path domain that names the relay.",
            Self::Dkim => {
                "DKIM failed: check that the published key is the one that signs, and that nothing changes the message behind it."
            }
            Self::Dmarc => {
                "DMARC failed: sign with DKIM for the From domain, or let the return-path domain align with it."
            }
            Self::ReverseName => {
                "The sending address has no matching reverse name: have its PTR record point to a name that points back."
            }
            Self::Several => {
                "The message is not authenticated: publish SPF for the return-path domain, sign with DKIM for the From domain, and check DMARC."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::of_reply;
    use super::*;

    fn failed(code: u16, enhanced: &str, text: &str) -> Option<Proof> {
        Proof::failed(&of_reply(code, enhanced, text, None), text)
    }

    #[test]
    fn the_status_names_it_and_else_the_words_do() {
        assert_eq!(failed(550, "5.7.23", "SPF validation failed"), Some(Proof::Spf));
        assert_eq!(failed(550, "5.7.20", "No passing DKIM signature found"), Some(Proof::Dkim));
        assert_eq!(failed(550, "5.7.515", "Access denied"), Some(Proof::Several));
        assert_eq!(failed(421, "4.7.26", "This mail is unauthenticated"), Some(Proof::Several));
        assert_eq!(failed(550, "5.7.1", "Message rejected: SPF check failed"), Some(Proof::Spf));
        assert_eq!(failed(550, "5.7.1", "rejected by the sender's DMARC policy"), Some(Proof::Dmarc));
        assert_eq!(failed(554, "5.7.1", "SPF fail and DKIM fail, so DMARC fails"), Some(Proof::Several));
        assert_eq!(failed(550, "5.7.25", "no PTR record"), Some(Proof::ReverseName));
        for (code, enhanced, text) in
            [(550, "5.1.1", "User unknown"), (550, "5.7.1", "blocked using Spamhaus"), (451, "4.7.1", "Greylisted")]
        {
            assert_eq!(failed(code, enhanced, text), None, "{text}");
        }
    }
}
