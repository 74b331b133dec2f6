//! Places: the spots in a composed edition that differ from reader to reader.
//!
//! An edition is rendered once; what belongs to one reader is spliced in at delivery. A place stands in the rendered
//! strings as its name between two private-use characters, U+E000 and U+E001. [`Plain`](super::Plain) drops both from
//! every text that comes from outside and a [`WebUrl`](super::WebUrl) is ASCII, so neither can forge a place.
//!
//! Leaves out what is spliced in: the message builder knows the reader. Cannot fail.

use std::fmt;

/// Opens a place in a rendered string.
pub(super) const OPEN: char = '\u{E000}';
/// Closes a place in a rendered string.
pub(super) const CLOSE: char = '\u{E001}';

/// A spot that is filled in for each reader.
///
/// What is spliced in stands in an attribute of the HTML and bare in the text alike, so it must be free of `&`, `<`,
/// `>`, quotes and white space that wraps: griot's own URLs and dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The page on which one button ends the subscription; also the one-click URL of List-Unsubscribe.
    UnsubscribeUrl,
    /// The page on which the reader changes what they get.
    PreferencesUrl,
    /// The edition in the archive.
    OnlineUrl,
    /// Who follows a link, sealed; the last part of the path of a link that counts it.
    ReaderToken,
    /// The day the reader signed up, as [`Catalogue::date`](crate::catalogue::Catalogue::date) writes it: `3 March 2025`.
    SubscribedOn,
}

impl Place {
    /// Every place, so that a reader's values can be checked for completeness.
    pub const ALL: [Self; 5] =
        [Self::UnsubscribeUrl, Self::PreferencesUrl, Self::OnlineUrl, Self::ReaderToken, Self::SubscribedOn];

    fn name(self) -> &'static str {
        match self {
            Self::UnsubscribeUrl => "UnsubscribeUrl",
            Self::PreferencesUrl => "PreferencesUrl",
            Self::OnlineUrl => "OnlineUrl",
            Self::ReaderToken => "ReaderToken",
            Self::SubscribedOn => "SubscribedOn",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }
}

/// The token that stands for the place in a rendered string.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}{CLOSE}", self.name())
    }
}

/// A stretch of a rendered string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The same for every reader; never empty.
    Text(&'a str),
    Place(Place),
}

/// Cuts a rendered string at its places, in order; nothing is lost between them.
///
/// A token with an unknown name cannot come out of a template; it stays text.
pub fn split(rendered: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = rendered;
    let mut searched = 0;
    while let Some(open) = rest[searched..].find(OPEN).map(|at| searched + at) {
        let name_starts = open + OPEN.len_utf8();
        let Some(name_ends) = rest[name_starts..].find(CLOSE).map(|at| name_starts + at) else { break };
        if let Some(place) = Place::named(&rest[name_starts..name_ends]) {
            if open > 0 {
                pieces.push(Piece::Text(&rest[..open]));
            }
            pieces.push(Piece::Place(place));
            rest = &rest[name_ends + CLOSE.len_utf8()..];
            searched = 0;
        } else {
            searched = name_starts;
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn splits_text_and_places_in_order() {
        let rendered = format!("Leave: {}\nSince {}.", Place::UnsubscribeUrl, Place::SubscribedOn);
        assert_eq!(
            split(&rendered),
            [
                Piece::Text("Leave: "),
                Piece::Place(Place::UnsubscribeUrl),
                Piece::Text("\nSince "),
                Piece::Place(Place::SubscribedOn),
                Piece::Text("."),
            ]
        );
    }

    #[test]
    fn every_place_survives_alone_and_side_by_side() {
        let rendered: String = Place::ALL.iter().map(Place::to_string).collect();
        assert_eq!(split(&rendered), Place::ALL.map(Piece::Place));
        assert_eq!(split(""), []);
    }

    #[test]
    fn an_unknown_or_unclosed_token_stays_text() {
        for text in ["\u{E000}Password\u{E001}", "\u{E000}UnsubscribeUrl", "UnsubscribeUrl\u{E001}"] {
            assert_eq!(split(text), [Piece::Text(text)]);
        }
        let nested = format!("\u{E000}{}", Place::OnlineUrl);
        assert_eq!(split(&nested), [Piece::Text("\u{E000}"), Piece::Place(Place::OnlineUrl)]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(texts in prop::collection::vec("[a-z\u{E000}\u{E001}é]{0,6}", 1..8), at in 0..Place::ALL.len()) {
            let rendered = texts.join(&Place::ALL[at].to_string());
            let joined: String = split(&rendered)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_owned(),
                    Piece::Place(place) => place.to_string(),
                })
                .collect();
            prop_assert_eq!(joined, rendered);
        }
    }
}
