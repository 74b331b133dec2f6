use crate::meaning::{self, Meaning, Status};
use crate::store::Feedback;

/// On one line, bounded: what goes into the store and on an operator's screen.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    let mut left = Feedback::MAX_DIAGNOSTIC;
    for word in words {
        if !line.is_empty() && left > 0 {
            line.push(' ');
            left -= 1;
        }
        let end = word.char_indices().nth(left).map_or(word.len(), |(end, _)| end);
        line.push_str(&word[..end]);
        left -= word[..end].chars().count();
        if left == 0 {
            break;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// What a remote host's reply means. A code or status that is not told apart, 0 or empty, is looked for where a reply
/// has it: `smtp; 550 5.1.1 unknown user`.
pub(super) fn meaning_of(code: u16, status: &str, text: &str) -> Meaning {
    let (code_in_text, status_in_text) = reply_in(text);
    let code = if (200..600).contains(&code) { code } else { code_in_text };
    let status = if status.parse::<Status>().is_ok() { status } else { status_in_text };
    meaning::of_reply(code, status, text, None)
}

/// Whether anything of a reply is there: a code, a status or words.
pub(super) fn is_reply(code: u16, status: &str, text: &str) -> bool {
    (200..600).contains(&code) || status.parse::<Status>().is_ok() || !text.trim().is_empty()
}

fn reply_in(text: &str) -> (u16, &str) {
    let text = text.trim_start();
    let text = match text.get(..5) {
        Some(kind) if kind.eq_ignore_ascii_case("smtp;") => text[5..].trim_start(),
        _ => text,
    };
    let (code, rest) = match text.get(..3).map(|digits| (digits.parse::<u16>(), &text[3..])) {
        Some((Ok(code @ 200..600), rest)) if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.') => {
            (code, rest)
        }
        _ => (0, text),
    };
    let word = rest.trim_start_matches([' ', '-', '#']).split([' ', ':', ',', ')', '-']).next().unwrap_or_default();
    (code, if word.parse::<Status>().is_ok() { word } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_code_and_status_where_a_reply_has_them() {
        for (text, found) in [
            ("smtp; 550 5.1.1 <a@b>: unknown", (550, "5.1.1")),
            ("SMTP;550-5.7.26 This mail", (550, "5.7.26")),
            ("452 4.2.2: full", (452, "4.2.2")),
            ("550 #5.1.0 Address rejected", (550, "5.1.0")),
            ("5.4.4 unable to route", (0, "5.4.4")),
            ("550 no such user 5.1.1", (550, "")),
            ("55012 is no code", (0, "")),
            ("5501 5.1.1", (0, "")),
            ("smtp;", (0, "")),
            ("é", (0, "")),
            ("", (0, "")),
        ] {
            assert_eq!(reply_in(text), found, "{text:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_bounded() {
        assert_eq!(one_line(" 550\r\n\t5.1.1 \u{0} gone\u{85}\n"), "550 5.1.1 gone");
        assert_eq!(one_line(&"é".repeat(1_000)), "é".repeat(Feedback::MAX_DIAGNOSTIC));
        let line = one_line(&"ab ".repeat(1_000));
        assert_eq!((line.chars().count(), line.ends_with("ab a")), (Feedback::MAX_DIAGNOSTIC, true));
        assert!(!one_line(&format!("{} b", "a".repeat(Feedback::MAX_DIAGNOSTIC - 1))).ends_with(' '));
    }
}
