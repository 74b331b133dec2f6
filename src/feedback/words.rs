//! The lists of `words.txt`, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

static LISTS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| lists(include_str!("words.txt")));

fn lists(text: &'static str) -> HashMap<&'static str, Vec<&'static str>> {
    let mut lists: HashMap<_, Vec<_>> = HashMap::new();
    let mut section = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name,
            None => lists.entry(section).or_default().extend(line.split('|').map(word).filter(|word| !word.is_empty())),
        }
    }
    lists
}

/// One space around is the table's; a second one belongs to the word, as in `if you `.
fn word(text: &str) -> &str {
    let text = text.strip_prefix(' ').unwrap_or(text);
    text.strip_suffix(' ').unwrap_or(text)
}

/// The words of a list; a list that is not there has none, and a test finds that.
pub(super) fn of(list: &str) -> &'static [&'static str] {
    LISTS.get(list).map_or(&[], Vec::as_slice)
}

/// Whether a text, in lower case, holds a word of a list.
pub(super) fn any(list: &str, text: &str) -> bool {
    of(list).iter().any(|word| text.contains(word))
}

/// Whether a text, in lower case, begins with a word of a list.
pub(super) fn begins(list: &str, text: &str) -> bool {
    of(list).iter().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_that_is_asked_for_is_there() {
        let sources =
            [include_str!("signs.rs"), include_str!("notice.rs"), include_str!("prose.rs"), include_str!("report.rs")];
        let mut asked = 0;
        for call in ["words::any(\"", "words::begins(\"", "words::of(\""] {
            for rest in sources.iter().flat_map(|source| source.split(call).skip(1)) {
                let list = rest.split('"').next().unwrap();
                assert!(!of(list).is_empty(), "there is no list {list:?}");
                asked += 1;
            }
        }
        assert!(asked > 10, "{asked}");
        for word in LISTS.values().flatten() {
            assert_eq!(word.to_lowercase(), **word, "a word in upper case is never found");
        }
    }
}
