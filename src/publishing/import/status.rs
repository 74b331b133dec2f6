//! The words by which programs say where a reader stands.

use chrono::{DateTime, Utc};

use super::refused::Reason;
use crate::sheet::folded_name;
use crate::store::Standing;

/// What a word of another program means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Subscribed,
    Pending,
    Unsubscribed,
    /// With what is wrong with the address.
    Cleaned(&'static str),
    Complained,
    /// Known to that program, and never a subscriber.
    Outside,
}

/// Words that mean the same wherever they are used.
const WORDS: &[(Word, &[&str])] = &[
    (
        Word::Subscribed,
        &["subscribed", "active", "enabled", "confirmed", "optedin", "optin", "yes", "true", "free", "paid"],
    ),
    (Word::Pending, &["pending", "unconfirmed", "unactivated", "notconfirmed", "waiting", "validating", "invited"]),
    (
        Word::Unsubscribed,
        &[
            "unsubscribed",
            "unsubscribe",
            "inactive",
            "disabled",
            "optedout",
            "optout",
            "removed",
            "deleted",
            "archived",
            "cancelled",
            "canceled",
            "ended",
            "left",
            "no",
            "false",
        ],
    ),
    (
        Word::Cleaned("bounced for good"),
        &["cleaned", "bounced", "hardbounced", "hardbounce", "bounce", "undeliverable"],
    ),
    (Word::Cleaned("invalid"), &["invalid", "malformed"]),
    (Word::Cleaned("unreachable"), &["unreachable"]),
    (
        Word::Cleaned("blocklisted"),
        &["blocklisted", "blacklisted", "blocked", "blocklist", "suppressed", "banned", "spammy"],
    ),
    (Word::Complained, &["complained", "complaint", "complaints", "spam", "abuse", "abusecomplaint", "reportedspam"]),
    (Word::Outside, &["nonsubscribed", "notsubscribed", "neversubscribed", "transactional"]),
];

/// What a program's word means, by its own words first. An empty one says nothing, and nobody is taken as confirmed by that.
pub fn meaning(word: &str, own: &[(Word, &[&str])]) -> Result<Word, Reason> {
    let key = folded_name(word);
    if key.is_empty() {
        return Ok(Word::Pending);
    }
    let found = own.iter().chain(WORDS).find(|(_, words)| words.contains(&key.as_str()));
    found.map(|(meaning, _)| *meaning).ok_or_else(|| Reason::Status(word.chars().take(40).collect()))
}

/// Where the reader stands by it: `program` says so, they left or were cleaned `at`, and gave this `reason`.
pub fn standing(word: Word, program: &str, at: Option<DateTime<Utc>>, reason: String) -> Result<Standing, Reason> {
    Ok(match word {
        Word::Subscribed => Standing::Subscribed,
        Word::Pending => Standing::Pending,
        Word::Unsubscribed => Standing::Unsubscribed { at, reason },
        Word::Cleaned(what) => Standing::Cleaned { at, reason: format!("{what}, says {program}") },
        Word::Complained => Standing::Complained { at, reason: format!("complaint, says {program}") },
        Word::Outside => return Err(Reason::Marked("never subscribed, as the file says")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things_and_none_that_is_unknown_means_yes() {
        let mut seen = std::collections::HashSet::new();
        for word in WORDS.iter().flat_map(|(_, words)| *words) {
            assert!(seen.insert(word), "{word} stands twice");
            assert_eq!(folded_name(word), **word);
        }
        assert_eq!(meaning("", &[]), Ok(Word::Pending));
        assert_eq!(meaning("Un-Subscribed", &[]), Ok(Word::Unsubscribed));
        assert_eq!(meaning("on holiday", &[]), Err(Reason::Status("on holiday".into())));
        assert_eq!(meaning("free", &[(Word::Outside, &["free"])]), Ok(Word::Outside));
    }
}
