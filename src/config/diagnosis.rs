use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::advice;
use super::problem::{Problem, Step};

/// A configuration error as it is shown: the place, what is wrong, the line with a caret, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub file: PathBuf,
    /// Absent where the file as a whole is at fault.
    pub excerpt: Option<Excerpt>,
    /// With the key in front, where one is to blame.
    pub message: String,
    /// Empty where there is none.
    pub advice: String,
}

/// The line an error is in. Secrets in it are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Characters to underline; at least 1.
    pub width: usize,
    pub text: String,
}

/// For text that is not TOML.
pub(super) fn of_syntax(error: &Error, text: &str, file: &Path) -> Diagnosis {
    let blamed = error.span().and_then(|span| text.get(span)).unwrap_or_default();
    let (message, advice) = match error.message().lines().next().unwrap_or_default() {
        "duplicate key" => (format!("`{blamed}` stands here for the second time"), "keep one of the two"),
        unquoted if unquoted.starts_with("string values must be quoted") => {
            ("text stands in quotation marks".to_owned(), "write it as \"…\"")
        }
        other => (format!("this is not TOML: {other}"), ""),
    };
    let excerpt = error.span().map(|span| excerpt(text, span));
    Diagnosis { file: file.to_owned(), excerpt, message, advice: advice.to_owned() }
}

/// For a value its type refused, and for keys that are missing, unknown or of the wrong kind.
pub(super) fn of_value(error: &Error, tree: &Spanned<DeTable<'_>>, text: &str, file: &Path) -> Diagnosis {
    // What lacks a key at the top lacks it in the whole file.
    let span = error.span().filter(|span| *span != tree.span());
    let keys = span.as_ref().map(|span| keys_at(tree.get_ref(), span)).unwrap_or_default();
    let blamed = span.clone().and_then(|span| text.get(span)).unwrap_or_default();
    let (message, advice) = reworded(error.message(), &keys, blamed);
    let excerpt = span.map(|span| excerpt(text, narrowed(span, error.message(), text)));
    Diagnosis { file: file.to_owned(), excerpt, message, advice }
}

/// For what was found after every value was read.
pub(super) fn of_problem(problem: &Problem, tree: &Spanned<DeTable<'_>>, text: &str, file: &Path) -> Diagnosis {
    let key = problem.path.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(*key),
        Step::Index(_) => None,
    });
    Diagnosis {
        file: file.to_owned(),
        excerpt: span_of(tree.get_ref(), &problem.path).map(|span| excerpt(text, span)),
        message: key.map_or_else(|| problem.message.clone(), |key| format!("`{key}`: {}", problem.message)),
        advice: problem.advice.clone(),
    }
}

/// The element of a list that a message quotes: toml blames the whole list.
fn narrowed(span: Range<usize>, message: &str, text: &str) -> Range<usize> {
    let list = text.get(span.clone()).filter(|list| list.starts_with('['));
    let quoted = message.split('`').nth(1).map(|value| format!("\"{value}\""));
    match (list, quoted) {
        (Some(list), Some(quoted)) => match list.find(&quoted) {
            Some(offset) => span.start + offset..span.start + offset + quoted.len(),
            None => span,
        },
        _ => span,
    }
}

/// Says what serde says in words for people; `keys` lead to the value from the top of the file, where it is written as
/// `blamed`.
///
/// Serde has no types for these errors, only texts; tests/bad_configs holds one file for each, so a change of
/// wording there is noticed.
fn reworded(text: &str, keys: &[String], blamed: &str) -> (String, String) {
    let path = keys.join(".");
    let key = keys.last().map(String::as_str).unwrap_or_default();
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    if text.starts_with("missing field") {
        let missing = quoted.first().copied().unwrap_or_default();
        let full = if path.is_empty() { missing.to_owned() } else { format!("{path}.{missing}") };
        let shown = if path.is_empty() { format!("[{missing}]") } else { format!("`{missing}`") };
        return (format!("{shown} is missing"), advice::for_key(&full).unwrap_or_default().to_owned());
    }
    if text.starts_with("unknown field") {
        let unknown = quoted.first().copied().unwrap_or_default();
        let known = quoted.get(1..).unwrap_or_default();
        let advice = match advice::nearest(unknown, known.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("the keys here are: {}", known.join(", ")),
        };
        return (format!("there is no key `{unknown}` here"), advice);
    }
    if is_secret(key) {
        // Serde would quote the value.
        return (format!("`{key}`: it must be text in quotation marks"), String::new());
    }
    if text.starts_with("unknown variant") {
        let known: Vec<String> = quoted.iter().skip(1).map(|word| format!("\"{word}\"")).collect();
        let unknown = quoted.first().copied().unwrap_or_default();
        return (format!("`{key}`: `{unknown}` is not known"), format!("write {}", known.join(" or ")));
    }
    let known_advice = || advice::for_key(&path).unwrap_or_default().to_owned();
    let kinds = text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
    if let Some((found, expected)) = kinds.and_then(|kinds| kinds.rsplit_once(", expected ")) {
        let message = match (found, expected) {
            // A date or a time: what serde is told of those is a table.
            ("map", _) if blamed.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{} is expected here, not `{blamed}`", expected_in_words(expected))
            }
            ("map", "a sequence") => "there may be several, so its heading has two brackets".to_owned(),
            _ => format!("{} is expected here, not {}", expected_in_words(expected), found_in_words(found)),
        };
        return (format!("`{key}`: {message}"), known_advice());
    }
    if text == "invalid socket address syntax" {
        return (format!("`{key}`: it is not an IP address with a port"), known_advice());
    }
    let problem = Problem::from_text(text);
    let advice = if problem.advice.is_empty() { known_advice() } else { problem.advice };
    (format!("`{key}`: {}", problem.message), advice)
}

fn expected_in_words(expected: &str) -> &str {
    match expected {
        "a string" | "path string" | "socket address" => "text in quotation marks",
        "a sequence" => "a list in square brackets",
        "a boolean" => "true or false",
        "u16" | "u32" => "a whole number from 0 on",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

/// Serde puts the kind before the value: ``integer `7` ``, `string "four"`.
fn found_in_words(found: &str) -> &str {
    match found {
        "map" => "a table",
        "sequence" => "a list",
        other => other.find(['`', '"']).map_or(other, |start| &other[start..]),
    }
}

/// The keys that lead to what `span` covers, indices left out.
fn keys_at(table: &DeTable<'_>, span: &Range<usize>) -> Vec<String> {
    let covers = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table {
        let deeper = keys_within(value.get_ref(), span);
        if covers(key.span()) || covers(value.span()) || !deeper.is_empty() {
            return std::iter::once(key.get_ref().to_string()).chain(deeper).collect();
        }
    }
    Vec::new()
}

fn keys_within(value: &DeValue<'_>, span: &Range<usize>) -> Vec<String> {
    match value {
        DeValue::Table(table) => keys_at(table, span),
        DeValue::Array(array) => array
            .iter()
            .map(|element| keys_within(element.get_ref(), span))
            .find(|keys| !keys.is_empty())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Where the value at `path` stands; where it is left to its default, where the table it belongs to does.
fn span_of(table: &DeTable<'_>, path: &[Step]) -> Option<Range<usize>> {
    let [Step::Key(first), rest @ ..] = path else { return None };
    let mut value = table.get(*first)?;
    for step in rest {
        let next = match step {
            Step::Key(key) => value.get_ref().get(*key),
            Step::Index(index) => value.get_ref().get(*index),
        };
        match next {
            Some(next) => value = next,
            None => break,
        }
    }
    Some(value.span())
}

fn excerpt(text: &str, span: Range<usize>) -> Excerpt {
    let start = text.floor_char_boundary(span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let end = text.floor_char_boundary(span.end).clamp(start, line_start + line.len().max(start - line_start));
    // A control character could move the cursor, and hide what stands before it.
    let shown = masked(line).replace(|c: char| c.is_control() && c != '\t', "\u{fffd}");
    let column = text[line_start..start].chars().count() + 1;
    // A mask is shorter or longer than what it hides.
    let longest = shown.chars().count().saturating_sub(column - 1).max(1);
    let width = text[start..end].chars().count().clamp(1, longest);
    Excerpt { line: text[..start].matches('\n').count() + 1, column, width, text: shown }
}

/// The line without the secrets it may hold: what follows `password =` and its like, and the password of a URL.
///
/// It goes by the text alone, because a line that is not TOML may hold a password too, and so may one whose key is
/// misspelt.
fn masked(line: &str) -> String {
    for (equals, _) in line.match_indices('=') {
        let before = line[..equals].trim_end_matches([' ', '\t', '"', '\'']);
        let key = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).next().unwrap_or_default();
        if is_secret(key) {
            return format!("{}= ***", &line[..equals]);
        }
    }
    let start = match (line.find("://"), line.find("url")) {
        (Some(scheme), _) => scheme + "://".len(),
        (None, Some(key)) => key,
        (None, None) => return line.to_owned(),
    };
    let credentials = line[start..].rfind('@').map(|at| &line[start..start + at]);
    match credentials.and_then(|credentials| Some((credentials, credentials.find(':')?))) {
        Some((credentials, colon)) => {
            format!("{}***{}", &line[..=start + colon], &line[start + credentials.len()..])
        }
        None => line.to_owned(),
    }
}

fn is_secret(key: &str) -> bool {
    const SECRETS: [&str; 5] = ["password", "secret", "client_secret", "signing_key", "metrics_token"];
    let key = key.to_lowercase();
    if SECRETS.iter().any(|secret| key.strip_suffix("_file") == Some(secret)) {
        return false;
    }
    key.contains("pass") || key.contains("secret") || advice::nearest(&key, SECRETS.into_iter()).is_some()
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        let mut gutter = String::from("  ");
        if let Some(excerpt) = &self.excerpt {
            gutter = " ".repeat(excerpt.line.to_string().len());
            write!(f, "{}:{}:", excerpt.line, excerpt.column)?;
        }
        write!(f, " {}", self.message)?;
        if let Some(Excerpt { line, column, width, text }) = &self.excerpt {
            // Tabs stay, so that the caret stands under its word whatever a tab is worth.
            let indent: String = text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            write!(f, "\n{gutter} |\n{line} | {text}\n{gutter} | {indent}{}", "^".repeat(*width))?;
        }
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n{gutter} = {}", self.advice) }
    }
}
