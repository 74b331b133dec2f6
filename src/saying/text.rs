//! Texts from outside, as they can be shown.

/// A text from outside on one line, without what could steer a terminal.
pub fn plain(text: &str) -> String {
    // Bidi controls turn what stands beside them around.
    let is_steering = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if is_steering(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_keeps_control_characters_off_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }
}
