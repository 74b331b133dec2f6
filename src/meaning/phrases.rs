//! The rule table `phrases.txt`, read once, and how a phrase is looked for.

use std::sync::LazyLock;

use super::Reason;

/// What the table says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Clearly(Reason),
    /// In words that some use for more than this reason: something else must say so, too.
    Perhaps(Reason),
    /// In words that say little.
    Vaguely(Reason),
}

struct Rule {
    told: Told,
    phrases: Vec<&'static str>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(include_str!("phrases.txt")));

/// How far `*` reaches, in octets.
const STRETCH: usize = 80;

/// A section that is no reason would be a mistake in the table, which a test finds; its phrases would tell nothing.
fn rules(table: &'static str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut is_vague = false;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_vague |= name == "-";
            let Some(reason) = Reason::from_word(name.trim_end_matches('?')) else { continue };
            let told = match (is_vague, name.ends_with('?')) {
                (true, _) => Told::Vaguely(reason),
                (_, true) => Told::Perhaps(reason),
                _ => Told::Clearly(reason),
            };
            rules.push(Rule { told, phrases: Vec::new() });
        } else if let Some(rule) = rules.last_mut() {
            rule.phrases.extend(line.split('|').map(str::trim).filter(|phrase| !phrase.is_empty()));
        }
    }
    rules
}

/// What the first rule says that fits. `text` is lower-case, with single spaces.
pub(super) fn told(text: &str) -> Option<Told> {
    RULES.iter().find(|rule| rule.phrases.iter().any(|phrase| says(text, phrase))).map(|rule| rule.told)
}

/// Whether a phrase stands in a text, from the beginning of a word. Scripts without spaces have no such beginnings.
fn says(text: &str, phrase: &str) -> bool {
    let is_word = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let begins_word = is_word(phrase.bytes().next());
    let (first, rest) = phrase.split_once('*').unwrap_or((phrase, ""));
    let mut from = 0;
    while let Some(at) = text[from..].find(first).map(|at| from + at) {
        let after = at + first.len();
        let is_inside = begins_word && at > 0 && is_word(text.as_bytes().get(at - 1).copied());
        if !is_inside && (rest.is_empty() || follows(&text[after..], rest)) {
            return true;
        }
        from = after;
    }
    false
}

/// Whether the rest of a phrase follows within the stretch.
fn follows(text: &str, phrase: &str) -> bool {
    let near = &text[..text.floor_char_boundary(STRETCH)];
    let (first, rest) = phrase.split_once('*').unwrap_or((phrase, ""));
    near.find(first).is_some_and(|at| rest.is_empty() || follows(&text[at + first.len()..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_a_reason_and_every_phrase_can_fit() {
        for line in include_str!("phrases.txt").lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                assert!(name == "-" || Reason::from_word(name.trim_end_matches('?')).is_some(), "{name}");
            }
        }
        for phrase in RULES.iter().flat_map(|rule| &rule.phrases) {
            assert_eq!(phrase.to_lowercase(), **phrase, "a phrase in upper case never fits");
            assert!(!phrase.contains("  ") && phrase.chars().count() >= 2, "{phrase:?}");
            assert!(says(&phrase.replace('*', " x "), phrase), "{phrase:?}");
        }
        assert!(RULES.len() > 20 && RULES.iter().all(|rule| !rule.phrases.is_empty()));
    }

    #[test]
    fn a_phrase_begins_with_a_word_and_reaches_a_short_stretch() {
        assert!(says("the ip 192.0.2.1 is blocked", "ip*is blocked"));
        assert!(!says("the recip 192.0.2.1 is blocked", "ip*is blocked"));
        assert!(!says(&format!("ip {} is blocked", "x".repeat(STRETCH)), "ip*is blocked"));
        assert!(says("このメールは容量を超え", "容量を超え"));
        assert!(!says("", "a") && !says("a", "a*b"));
    }
}
