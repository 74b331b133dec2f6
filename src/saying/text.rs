//! Texts from outside, as they can be shown.

/// A text from outside on one line, without what could steer a terminal.
pub fn plain(text: &str) -> String {
    // Bidi controls turn what stands beside them around.
    let is_steering = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if is_steering(c) { '\u{fffd}' } else { c }).collect()
}

/// The same with every address down to its domain: whom a mail server names is nobody's business but the operators'.
pub fn without_names(text: &str) -> String {
    let is_around = |c: char| c.is_whitespace() || "<>()[]\"',;:&?/".contains(c);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = ["@", "%40"].iter().filter_map(|sign| Some((rest.find(sign)?, *sign))).min() {
        let (name, after) = rest.split_at(at);
        let begins = name.char_indices().rev().find(|(_, c)| is_around(*c)).map_or(0, |(at, c)| at + c.len_utf8());
        kept.push_str(&name[..begins]);
        kept.push('…');
        kept.push_str(sign);
        rest = &after[sign.len()..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_domains_alone() {
        assert_eq!(
            without_names("<Ada.L+x@example.org>: SPF, see https://spf.example/why?id=b=ada%40x.example&r=1"),
            "<…@example.org>: SPF, see https://spf.example/why?…%40x.example&r=1"
        );
        assert_eq!(without_names("nobody, née @ noon"), "nobody, née …@ noon");
        assert_eq!(without_names("550 no"), "550 no");
    }

    #[test]
    fn w_keeps_control_characters_off_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }
}
