//! Setting plain text: cutting at sentences and words, wrapping, counting.

/// Columns of the text version; RFC 5322 §2.1.1 asks for 78 at most, quoting takes some.
pub(super) const COLUMNS: usize = 72;
/// A cut after a sentence that leaves less than this part of the room is no better than one after a word.
const LEAST_SENTENCE: usize = 3;

/// A text of at most `limit` characters: whole where it fits, else up to the last sentence that does, else up to a
/// word, with an ellipsis. A word that is longer by itself is cut too, though never inside what is drawn as one sign.
pub(super) fn excerpt(text: &str, limit: usize) -> String {
    let Some((past, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let within = &text[..past];
    if let Some(end) =
        last_sentence_end(text, within).filter(|&end| text[..end].chars().count() >= limit / LEAST_SENTENCE)
    {
        return text[..end].to_owned();
    }
    // The ellipsis takes one character.
    let room = within.char_indices().next_back().map_or(0, |(at, _)| at);
    let end = match text[..past].rfind(' ').filter(|&space| space <= room && space >= room / 2) {
        Some(space) => space,
        None => whole_signs(text, room),
    };
    format!("{}…", text[..end].trim_end_matches([' ', ',', ';', ':', '.', '-', '–', '—', '·', '،', '፣']))
}

/// Where the last sentence that ends within `within` ends: after its mark, where another sentence follows.
fn last_sentence_end(text: &str, within: &str) -> Option<usize> {
    within.char_indices().rev().find_map(|(at, c)| {
        let end = at + c.len_utf8();
        let follows = text[end..].strip_prefix(' ').and_then(|rest| rest.chars().next());
        let is_mark = match c {
            '!' | '?' | '…' | '؟' | '۔' | '።' | '፧' => true,
            // "Dr. Mensah" and "U.S. Navy" are not two sentences.
            '.' => within[..at].chars().rev().take_while(|c| c.is_alphanumeric()).count() > 2,
            _ => false,
        };
        (is_mark && follows.is_some_and(|next| !next.is_lowercase())).then_some(end)
    })
}

/// The last boundary at or before `at` that does not part an emoji from its modifiers or a letter from its marks.
fn whole_signs(text: &str, at: usize) -> usize {
    let joins = |c: char| {
        matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{300}'..='\u{36F}')
            || matches!(c, '\u{64B}'..='\u{65F}' | '\u{591}'..='\u{5C7}' | '\u{20D0}'..='\u{20FF}')
    };
    let is_boundary = |at: usize| {
        let next_joins = text[at..].chars().next().is_some_and(joins);
        let is_joined = text[..at].ends_with('\u{200D}');
        !next_joins && !is_joined
    };
    (1..=at).rev().filter(|&at| text.is_char_boundary(at)).find(|&at| is_boundary(at)).unwrap_or(at)
}

/// Words to be read; in scripts that don't part words, a run of signs counts as one.
pub(super) fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Sets a text of one line a paragraph in [`COLUMNS`]: wraps each line under its own indentation, hangs the rest of a
/// numbered line under its text, and leaves no two empty lines together. A word is never broken, nor is a URL: it
/// stands on a line of its own, however long.
pub(super) fn set(paragraphs: &str) -> String {
    let mut text = String::with_capacity(paragraphs.len() + paragraphs.len() / COLUMNS);
    for paragraph in paragraphs.lines().map(str::trim_end) {
        if paragraph.is_empty() {
            if !text.is_empty() && !text.ends_with("\n\n") {
                text.push('\n');
            }
            continue;
        }
        wrap(paragraph, &mut text);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn wrap(paragraph: &str, out: &mut String) {
    let indent = paragraph.len() - paragraph.trim_start_matches(' ').len();
    let hang = indent + label_width(&paragraph[indent..]);
    let mut column = 0;
    for (i, word) in paragraph[indent..].split(' ').enumerate() {
        let width = word.chars().count();
        if i > 0 && column + 1 + width > COLUMNS {
            out.push('\n');
            column = 0;
        }
        let space = match (i, column) {
            (0, _) => indent,
            (_, 0) => hang,
            _ => 1,
        };
        out.extend(std::iter::repeat_n(' ', space));
        out.push_str(word);
        column += space + width;
    }
    out.push('\n');
}

/// The width of a leading "12." and the spaces after it.
fn label_width(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let is_label = (1..=3).contains(&digits) && line.as_bytes()[0].is_ascii_digit() && line[digits..].starts_with(". ");
    if !is_label {
        return 0;
    }
    line.len() - line[digits + 1..].trim_start_matches(' ').len()
}

/// Drops the indentation and empty lines a template is written with; no mail client shows them, every reader pays.
pub(super) fn tighten(html: &str) -> String {
    let mut tight = String::with_capacity(html.len());
    for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
        tight.push_str(line);
        tight.push('\n');
    }
    tight
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_ends_with_a_sentence_where_it_can() {
        let text = "Dr. Mensah left early. The ministry has noticed. Nobody else did, it seems, until Friday.";
        assert_eq!(excerpt(text, 200), text);
        assert_eq!(excerpt(text, 60), "Dr. Mensah left early. The ministry has noticed.");
        assert_eq!(excerpt(text, 20), "Dr. Mensah left…");
    }

    #[test]
    fn an_excerpt_cuts_after_a_word_and_leaves_no_comma_before_the_ellipsis() {
        assert_eq!(excerpt("Containers, cranes, and the long queue", 20), "Containers, cranes…");
    }

    #[test]
    fn an_excerpt_of_one_long_word_keeps_signs_whole() {
        assert_eq!(excerpt("Donaudampfschifffahrtsgesellschaft", 10), "Donaudamp…");
        let cooks = "👩🏾\u{200D}🍳".repeat(3);
        assert_eq!(excerpt(&cooks, 7), "👩🏾\u{200D}🍳…");
    }

    #[test]
    fn wraps_under_the_indentation_and_hangs_under_a_label() {
        let long = "word ".repeat(20);
        let set = set(&format!("    {long}\n 2. {long}\n\n\n\nend\n"));
        let lines: Vec<&str> = set.lines().collect();
        assert!(lines[0].starts_with("    word") && lines[1].starts_with("    word"), "{set}");
        assert!(lines[2].starts_with(" 2. word") && lines[3].starts_with("    word"), "{set}");
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS));
        assert!(set.ends_with("word\n\nend\n"), "{set}");
    }

    #[test]
    fn never_breaks_a_url() {
        let url = format!("https://example.org/{}", "path-".repeat(30));
        let set = set(&format!("    Read it here: {url}"));
        assert_eq!(set, format!("    Read it here:\n    {url}\n"));
    }

    proptest! {
        #[test]
        fn an_excerpt_is_never_longer_than_asked_nor_empty(text in "[a-zé. ,🍳\u{200D}]{1,40}", limit in 2..40usize) {
            let text = text.trim();
            prop_assume!(!text.is_empty());
            let cut = excerpt(text, limit);
            prop_assert!(cut.chars().count() <= limit, "{cut:?}");
            prop_assert!(!cut.is_empty());
        }

        #[test]
        fn setting_loses_no_word(text in "[a-z.0-9 \n]{0,400}") {
            let set = set(&text);
            let before: Vec<&str> = text.split_whitespace().collect();
            let after: Vec<&str> = set.split_whitespace().collect();
            prop_assert_eq!(before, after);
        }
    }
}
