//! Places: where a text that is the same for everyone has something of the reader's own.
//!
//! A template prints [`Place::marker`]; [`split`] finds the markers again in what came out. The markers stand between
//! two private-use characters that no font shows and no publisher writes.

const OPEN: char = '\u{E000}';

/// Something that differs from reader to reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    UnsubscribeUrl,
    PreferencesUrl,
    OnlineUrl,
    /// Words that say when and where the reader signed up.
    SubscribedOn,
}

/// A stretch of a composed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The same for every reader.
    Text(&'a str),
    /// The reader's own.
    Place(Place),
}

impl Place {
    pub const ALL: [Self; 4] = [Self::UnsubscribeUrl, Self::PreferencesUrl, Self::OnlineUrl, Self::SubscribedOn];

    /// What a template prints where this goes.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::UnsubscribeUrl => "\u{E000}unsubscribe-url\u{E001}",
            Self::PreferencesUrl => "\u{E000}preferences-url\u{E001}",
            Self::OnlineUrl => "\u{E000}online-url\u{E001}",
            Self::SubscribedOn => "\u{E000}subscribed-on\u{E001}",
        }
    }
}

/// Cuts a text at its markers. A marker that names no place stays text.
pub fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut shared = 0;
    for (at, _) in text.match_indices(OPEN) {
        let Some(place) = Place::ALL.into_iter().find(|place| text[at..].starts_with(place.marker())) else { continue };
        if shared < at {
            pieces.push(Piece::Text(&text[shared..at]));
        }
        pieces.push(Piece::Place(place));
        shared = at + place.marker().len();
    }
    if shared < text.len() {
        pieces.push(Piece::Text(&text[shared..]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_markers_and_loses_nothing() {
        let text = format!("Leave: {}{} bye", Place::UnsubscribeUrl.marker(), Place::SubscribedOn.marker());
        assert_eq!(
            split(&text),
            [
                Piece::Text("Leave: "),
                Piece::Place(Place::UnsubscribeUrl),
                Piece::Place(Place::SubscribedOn),
                Piece::Text(" bye")
            ]
        );
        assert_eq!(split(""), []);
        assert_eq!(split("\u{E000}who\u{E001}"), [Piece::Text("\u{E000}who\u{E001}")]);
    }
}
