//! The rule table `phrases.txt`, read once, and how a phrase is looked for.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

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

/// The rules, and an automaton that finds what all their phrases begin with in one pass over a text.
struct Table {
    rules: Vec<Rule>,
    /// The rule and the phrase of each of its patterns, in the order of the rules.
    phrases: Vec<(usize, &'static str)>,
    beginnings: AhoCorasick,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rules = rules(include_str!("phrases.txt"));
    let of_rule =
        |(number, rule): (usize, &Rule)| rule.phrases.iter().map(move |phrase| (number, *phrase)).collect::<Vec<_>>();
    let phrases: Vec<_> = rules.iter().enumerate().flat_map(of_rule).collect();
    let beginnings = phrases.iter().map(|(_, phrase)| phrase.split('*').next().unwrap_or_default());
    // It fails for automata of billions of states, and the table is compiled in.
    let beginnings = AhoCorasick::new(beginnings).expect("a table of some thousand phrases makes a small automaton");
    Table { rules, phrases, beginnings }
});

/// How far `*` reaches, in octets.
const STRETCH: usize = 80;

/// A phrase may begin with a `#`, too, as a status does.
fn is_remark(line: &str) -> bool {
    line == "#" || line.starts_with("# ")
}

/// A section that is no reason would be a mistake in the table, which a test finds; its phrases would tell nothing.
fn rules(table: &'static str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut is_vague = false;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !is_remark(line)) {
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
    let table = &*TABLE;
    let mut first = table.rules.len();
    for found in table.beginnings.find_overlapping_iter(text) {
        let (rule, phrase) = table.phrases[found.pattern().as_usize()];
        if rule < first && stands(text, found.start(), phrase) {
            first = rule;
        }
    }
    table.rules.get(first).map(|rule| rule.told)
}

/// Whether a phrase whose beginning is found at a place stands there: from the beginning of a word, and to its end.
/// Scripts without spaces have no such beginnings.
fn stands(text: &str, start: usize, phrase: &str) -> bool {
    let is_word = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if is_word(phrase.bytes().next()) && start > 0 && is_word(text.as_bytes().get(start - 1).copied()) {
        return false;
    }
    phrase.split_once('*').is_none_or(|(first, rest)| follows(&text[start + first.len()..], rest))
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
        for (rule, phrase) in &TABLE.phrases {
            assert_eq!(phrase.to_lowercase(), **phrase, "a phrase in upper case never fits");
            assert!(!phrase.contains("  ") && phrase.chars().count() >= 2, "{phrase:?}");
            assert!(stands(&phrase.replace('*', " x "), 0, phrase), "{phrase:?} of rule {rule}");
        }
        assert!(TABLE.rules.len() > 20 && TABLE.rules.iter().all(|rule| !rule.phrases.is_empty()));
    }

    #[test]
    fn a_phrase_begins_with_a_word_and_reaches_a_short_stretch() {
        let says = |text: &str, phrase: &str| {
            text.match_indices(phrase.split('*').next().unwrap()).any(|(at, _)| stands(text, at, phrase))
        };
        assert!(says("the ip 192.0.2.1 is blocked", "ip*is blocked"));
        assert!(!says("the recip 192.0.2.1 is blocked", "ip*is blocked"));
        assert!(!says(&format!("ip {} is blocked", "x".repeat(STRETCH)), "ip*is blocked"));
        assert!(says("このメールは容量を超え", "容量を超え"));
        assert!(!says("", "a") && !says("a", "a*b"));
    }

    #[test]
    fn the_first_rule_of_the_table_counts() {
        assert_eq!(told("user unknown, and over quota"), Some(Told::Clearly(Reason::MailboxFull)));
        assert_eq!(told("user unknown"), Some(Told::Perhaps(Reason::UserUnknown)));
        assert_eq!(told("it is forbidden"), Some(Told::Vaguely(Reason::PolicyViolation)));
        assert_eq!(told("hello"), None);
    }
}
