use std::fmt;

use super::place;

/// A line of text from outside: a headline, a name, a caption.
///
/// Invariants: it holds neither of the characters that mark a [`Place`](super::Place); no control characters, hence no
/// line break; no bidirectional embedding, override or isolate, which could turn the text after it around; and white
/// space is single spaces inside, none at the ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Plain(String);

impl Plain {
    /// Takes any text and makes it one safe line of it.
    pub fn new(text: &str) -> Self {
        let kept: String =
            text.chars().filter(|&c| !is_dropped(c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Unlike split_whitespace this keeps no-break spaces, which an editor set on purpose.
        let line: Vec<&str> = kept.split([' ', '\u{2028}', '\u{2029}']).filter(|word| !word.is_empty()).collect();
        Self(line.join(" "))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_dropped(c: char) -> bool {
    matches!(c, place::OPEN | place::CLOSE | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Nothing becomes the empty line, which is left out wherever it may be.
impl From<Option<String>> for Plain {
    fn from(text: Option<String>) -> Self {
        text.map(Self::from).unwrap_or_default()
    }
}

impl From<String> for Plain {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::place::{Piece, Place, split};

    #[test]
    fn a_text_carrying_a_marker_does_not_become_a_place() {
        let forged = Plain::from(format!("Win {} now", Place::UnsubscribeUrl));
        assert_eq!(forged.as_str(), "Win UnsubscribeUrl now");
        assert_eq!(split(forged.as_str()), [Piece::Text("Win UnsubscribeUrl now")]);
        // Dropping one pair must not leave another behind.
        let nested = Plain::from("\u{E000}\u{E000}OnlineUrl\u{E001}\u{E001}");
        assert_eq!(nested.as_str(), "OnlineUrl");
    }

    #[test]
    fn is_one_line_without_controls() {
        assert_eq!(Plain::from(" Two\r\nlines\tand\u{0} more\u{2028} ").as_str(), "Two lines and more");
        assert_eq!(Plain::from("\u{202E}evil\u{202C} ok \u{2067}x\u{2069}").as_str(), "evil ok x");
    }

    #[test]
    fn keeps_what_scripts_and_editors_need() {
        for text in ["ሳምንታዊ ዜና", "\u{200F}شهر\u{200C}ها", "10\u{A0}km", "👩🏾\u{200D}🍳"] {
            assert_eq!(Plain::from(text).as_str(), text);
        }
    }
}
