//! Plain text for people: one line, no markup, no characters that play tricks, cut between sentences.

/// Longest standfirst, in characters.
pub const MAX_STANDFIRST: usize = 300;

/// Words that end in a dot and end no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "gen", "col", "sgt", "lt", "capt", "gov", "sen", "rep", "st", "jr",
    "no", "vs", "etc", "inc", "ltd", "co", "approx",
];

/// Folds white space, and drops what is not seen: controls, bidi controls (rule H), zero-width characters.
pub fn folded(text: &str) -> String {
    let visible: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_hidden(c: char) -> bool {
    // The joiners U+200C and U+200D stay: Persian and emoji are written with them.
    c.is_control()
        || is_bidi_control(c)
        || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{fff9}'..='\u{fffb}')
}

/// The characters with the Unicode property Bidi_Control.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The first one or two sentences of a text on one line, at most `at_most` characters.
///
/// A first sentence that is longer is cut between words, with an ellipsis.
pub fn opening(text: &str, at_most: usize) -> String {
    let mut ends = sentence_ends(text);
    let first = ends.next().unwrap_or(text.len());
    let second = ends.next().unwrap_or(first);
    for end in [second, first] {
        let opening = text[..end].trim();
        if opening.chars().count() <= at_most {
            return opening.to_owned();
        }
    }
    shortened(&text[..first], at_most)
}

/// A text up to the end of its first sentence.
pub fn first_sentence(text: &str) -> &str {
    &text[..sentence_ends(text).next().unwrap_or(text.len())]
}

/// A text of at most `at_most` characters, cut between words, with an ellipsis where it was cut.
pub fn shortened(text: &str, at_most: usize) -> String {
    let text = text.trim();
    let Some((limit, _)) = text.char_indices().nth(at_most) else { return text.to_owned() };
    let last = text[..limit].char_indices().next_back().map_or(0, |(at, _)| at);
    let kept = &text[..last];
    let is_whole_word = text[last..].starts_with(' ');
    // A language without blanks is cut between characters.
    let kept = if is_whole_word { kept } else { kept.rfind(' ').map_or(kept, |blank| &kept[..blank]) };
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—')))
}

/// Whether a text ends as sentences do.
pub fn ends_a_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', ')', '»']);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '።'])
}

/// Where sentences end, in bytes; the end of the text is one.
fn sentence_ends(text: &str) -> impl Iterator<Item = usize> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while let Some((at, c)) = characters.next() {
            let is_full_width = matches!(c, '。' | '！' | '？' | '।' | '።');
            if !is_full_width && !matches!(c, '.' | '!' | '?' | '…') {
                continue;
            }
            let mut end = at + c.len_utf8();
            while let Some((closing_at, closing)) =
                characters.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | ')' | '»'))
            {
                end = closing_at + closing.len_utf8();
            }
            let rest = &text[end..];
            let goes_on = rest.trim_start().starts_with(|c: char| c.is_lowercase() || matches!(c, ',' | ';'));
            let is_end = rest.is_empty() || is_full_width || (rest.starts_with(' ') && !goes_on);
            if is_end && !(c == '.' && is_abbreviated(&text[..at])) {
                return Some(end);
            }
        }
        None
    })
}

/// Whether the dot after `before` belongs to an abbreviation: `Dr`, `U.S`, `J`.
fn is_abbreviated(before: &str) -> bool {
    let word = before.rsplit([' ', '(', '"', '“']).next().unwrap_or(before);
    let letters = word.rsplit('.').next().unwrap_or(word);
    let is_initial = letters.chars().count() == 1 && letters.chars().all(char::is_uppercase);
    is_initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Counts words: runs without white space that hold a letter or a digit.
pub fn count_words(text: &str) -> u32 {
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    u32::try_from(words).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h_folds_and_strips_what_plays_tricks() {
        assert_eq!(folded(" A\u{202e}b\u{2066}\n\t c\u{0}\u{200b}d\u{a0}e "), "Ab cd e");
        assert_eq!(folded("👩\u{200d}🚀"), "👩\u{200d}🚀");
    }

    #[test]
    fn takes_two_sentences_and_knows_abbreviations() {
        let text = "Dr. J. K. Mensah of the U.S. embassy paid $3.50 in Accra. “Why not?” he said. The rest is silence.";
        assert_eq!(opening(text, 300), "Dr. J. K. Mensah of the U.S. embassy paid $3.50 in Accra. “Why not?” he said.");
        assert_eq!(opening(text, 60), "Dr. J. K. Mensah of the U.S. embassy paid $3.50 in Accra.");
        assert_eq!(opening("One sentence only", 300), "One sentence only");
        assert_eq!(opening("一つ。二つ。三つ。", 300), "一つ。二つ。");
    }

    #[test]
    fn cuts_a_long_sentence_between_words() {
        assert_eq!(opening("Nobody in the whole town, it seems, had heard", 26), "Nobody in the whole town…");
        assert_eq!(shortened("日本語日本語", 4), "日本語…");
        for at_most in 1..30 {
            assert!(shortened("Ελλάδα is a country, and a wide one", at_most).chars().count() <= at_most, "{at_most}");
        }
    }
}
