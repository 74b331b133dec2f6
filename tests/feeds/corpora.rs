//! Real feeds, read and compared with what other readers of feeds make of them.
//!
//! Runs over the folder named by `GRIOT_CORPORA`; without it every test here says that it was not run.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Timelike, Utc};
use griot::feeds::{Author, Entry, Feed, Text, parse};
use serde_json::Value;
use url::Url;

/// A folder of feeds, or nothing, said aloud, where there is none.
fn corpus(name: &str) -> Option<PathBuf> {
    let Some(corpora) = std::env::var_os("GRIOT_CORPORA") else {
        println!("NOT RUN: GRIOT_CORPORA does not name the folder of corpora, so {name} was not read");
        return None;
    };
    let folder = Path::new(&corpora).join("feeds").join(name);
    assert!(folder.is_dir(), "GRIOT_CORPORA is set, but {} is not there", folder.display());
    Some(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn value(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.value.as_str())
}

mod feed_rs {
    use super::*;

    /// They normalise URLs when they parse.
    fn canonical(url: String) -> String {
        Url::parse(&url).map_or(url, String::from)
    }

    #[test]
    fn every_feed_gives_the_expected_entries_titles_links_and_dates() {
        let Some(folder) = corpus("feed-rs") else { return };
        let mut differences = Vec::new();
        let mut compared = 0;
        for path in files(&folder) {
            let name = path.to_string_lossy().into_owned();
            let Some(feed) = name.strip_suffix(".serde.json") else { continue };
            let source = [".xml", ".json"].map(|extension| format!("{feed}{extension}"));
            let source =
                source.iter().find(|source| Path::new(source).exists()).expect("a feed beside its expectation");
            let expected: Value = serde_json::from_slice(&fs::read(&path).expect("readable")).expect("JSON");
            compared += 1;
            match parse(&fs::read(source).expect("readable"), None, None) {
                Ok(feed) => differences.extend(compare(&feed, &expected).into_iter().map(|d| format!("{source}: {d}"))),
                Err(error) => differences.push(format!("{source}: {error}")),
            }
        }
        println!("feed-rs: {compared} feeds compared");
        assert!(compared >= 60, "only {compared} feeds were found");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    fn compare(feed: &Feed, expected: &Value) -> Vec<String> {
        let entries = expected["entries"].as_array().expect("entries");
        if feed.entries.len() != entries.len() {
            return vec![format!("{} entries instead of {}", feed.entries.len(), entries.len())];
        }
        let mut differences = Vec::new();
        for (entry, expected) in feed.entries.iter().zip(entries) {
            let mut check = |what: &str, ours: Option<String>, theirs: Option<String>| {
                if ours != theirs {
                    differences.push(format!("{what} is {ours:?} instead of {theirs:?}"));
                }
            };
            let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            check("title", value(entry.title.as_ref()).map(folded), expected["title"]["content"].as_str().map(folded));
            let mut links = expected["links"].as_array().expect("links").iter();
            let page = links.find(|link| matches!(link["rel"].as_str(), None | Some("alternate")));
            let page = page.and_then(|link| link["href"].as_str()).map(str::to_owned);
            // They do not take the guid of RSS for a link, though it is one unless it says that it is none.
            let page =
                page.or_else(|| entry.guid.clone().filter(|guid| guid.starts_with("http") && entry.url.is_some()));
            check("link", entry.url.clone().map(canonical), page.map(canonical));
            let date = |value: &Value| value.as_str().map(|text| text.parse::<DateTime<Utc>>().expect("RFC 3339"));
            let shown = |date: Option<DateTime<Utc>>| date.map(|date| date.to_rfc3339());
            // Dates that they can't read and we can are no difference; of two feeds this is so.
            if let Some(published) = date(&expected["published"]) {
                check("published", shown(entry.published), shown(Some(published)));
            }
            // Theirs repeats the publication of RSS 2.0 as its update.
            if let Some(updated) = date(&expected["updated"]) {
                check("updated", shown(entry.updated.or(entry.published)), shown(Some(updated)));
            }
        }
        differences
    }
}

/// feedparser's own tests: each file names what it expects, as a line of Python.
///
/// Counted are the files that expect something of an entry's title, link, id, author, date, summary or content; what
/// they say of a text's language, base and type, of other links and other elements is not looked at.
mod feedparser {
    use super::*;

    const WANTED: f64 = 0.95;

    #[test]
    fn nineteen_of_twenty_files_meet_what_they_expect_of_an_entry() {
        let Some(folder) = corpus("feedparser") else { return };
        let (mut looked_at, mut misses) = (0, Vec::new());
        for path in files(&folder) {
            let bytes = fs::read(&path).expect("readable");
            let text = String::from_utf8_lossy(&bytes);
            let Some(expectation) = line(&text, "Expect:") else { continue };
            let clauses: Vec<Vec<Term>> = expectation.split(" and ").filter_map(clause).collect();
            if clauses.is_empty() {
                continue;
            }
            looked_at += 1;
            let name = path.strip_prefix(&folder).expect("inside of the folder").display().to_string();
            let outcome = parse(&bytes, line(&text, "Header:").and_then(content_type), base(&name, &text).as_ref());
            match outcome {
                Err(error) => misses.push(format!("{name}: {error}")),
                Ok(feed) => {
                    let missed = clauses.iter().find(|clause| !is_met(clause, &feed));
                    misses.extend(missed.map(|clause| format!("{name}: {:?}", shown(clause, &feed))));
                }
            }
        }
        let met = looked_at - misses.len();
        let share = met as f64 / looked_at as f64;
        println!("feedparser: {met} of {looked_at} files met ({:.1} %); missed:\n{}", share * 100.0, misses.join("\n"));
        assert!(looked_at > 250, "only {looked_at} files say what they expect of an entry");
        assert!(share >= WANTED, "{:.1} % met, {:.1} % wanted", share * 100.0, WANTED * 100.0);
    }

    fn line<'t>(text: &'t str, label: &str) -> Option<&'t str> {
        text.lines().find_map(|line| Some(line.trim().strip_prefix(label)?.trim()))
    }

    fn content_type(header: &str) -> Option<&str> {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-type").then(|| value.trim())
    }

    /// Files named `http_…` were served by a test server, at times with a Content-Location.
    fn base(name: &str, text: &str) -> Option<Url> {
        let document = Url::parse("http://127.0.0.1:8097/").expect("a URL").join(name).expect("a path");
        match line(text, "Header:").and_then(|header| header.strip_prefix("Content-Location:")) {
            Some(location) => document.join(location.trim()).ok(),
            None => name.contains("/http_").then_some(document),
        }
    }

    /// One side of a comparison.
    #[derive(Debug)]
    enum Term {
        /// Of the entry with this index.
        Field(usize, Field),
        Literal(String),
        /// `time.struct_time`, the first six numbers of it.
        Time([u32; 6]),
        Absent,
    }

    #[derive(Debug, Clone, Copy)]
    enum Field {
        Title,
        Link,
        Id,
        Author,
        AuthorName(usize),
        AuthorEmail(usize),
        AuthorUrl(usize),
        Published,
        Updated,
        Summary,
        Content,
    }

    /// A comparison of fields and literals; nothing if it is about something else.
    fn clause(text: &str) -> Option<Vec<Term>> {
        let text = text.trim().trim_start_matches('(').trim_end_matches(')');
        if let Some(entry) = text.strip_prefix("not ").and_then(|rest| rest.strip_suffix(".has_key('link'")) {
            let index = entry.strip_prefix("entries[")?.strip_suffix(']')?.parse().ok()?;
            return Some(vec![Term::Field(index, Field::Link), Term::Absent]);
        }
        let terms: Vec<Term> = text.split("==").filter_map(|side| term(side.trim())).collect();
        let has_field = terms.iter().any(|term| matches!(term, Term::Field(..)));
        (has_field && terms.len() > 1).then_some(terms)
    }

    fn term(text: &str) -> Option<Term> {
        if let Some(path) = text.strip_prefix("entries[") {
            let (index, path) = path.split_once(']')?;
            return Some(Term::Field(index.parse().ok()?, field(path)?));
        }
        let literal = text.strip_prefix('u').unwrap_or(text);
        for quote in ["\"\"\"", "'", "\""] {
            if let Some(inner) = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Some(Term::Literal(unescaped(inner)));
            }
        }
        // The parenthesis of a tuple was taken off with those of the clause, or not.
        let numbers: Vec<u32> = text.trim_start_matches('(').split(',').map_while(|n| n.trim().parse().ok()).collect();
        Some(Term::Time(numbers.get(..6)?.try_into().ok()?))
    }

    fn field(path: &str) -> Option<Field> {
        let names: Vec<&str> = path.split(['[', ']', '\'', '.']).filter(|name| !name.is_empty()).collect();
        Some(match names.as_slice() {
            ["title"] | ["title_detail", "value"] => Field::Title,
            ["link"] | ["links", "0", "href"] => Field::Link,
            ["id" | "guid"] => Field::Id,
            ["author"] => Field::Author,
            ["author_detail", "name"] => Field::AuthorName(0),
            ["author_detail", "email"] => Field::AuthorEmail(0),
            ["author_detail", "url"] => Field::AuthorUrl(0),
            ["authors", index, "name"] => Field::AuthorName(index.parse().ok()?),
            ["authors", index, "email"] => Field::AuthorEmail(index.parse().ok()?),
            ["authors", index, "url"] => Field::AuthorUrl(index.parse().ok()?),
            ["published" | "published_parsed" | "created" | "created_parsed"] => Field::Published,
            ["updated" | "updated_parsed"] => Field::Updated,
            ["summary" | "description"] | ["summary_detail", "value"] => Field::Summary,
            ["content", "0", "value"] => Field::Content,
            _ => return None,
        })
    }

    fn unescaped(literal: &str) -> String {
        let mut result = String::new();
        let mut rest = literal;
        while let Some((before, escape)) = rest.split_once('\\') {
            result.push_str(before);
            let length = match escape.as_bytes().first() {
                Some(b'x') => 2,
                Some(b'u') => 4,
                _ => 0,
            };
            let kind = escape.chars().next().expect("a character after the backslash");
            let digits = &escape[kind.len_utf8()..kind.len_utf8() + length];
            match kind {
                'x' | 'u' => result.extend(char::from_u32(u32::from_str_radix(digits, 16).expect("hexadecimal"))),
                'n' => result.push('\n'),
                't' => result.push('\t'),
                other => result.push(other),
            }
            rest = &escape[kind.len_utf8() + length..];
        }
        result + rest
    }

    fn is_met(clause: &[Term], feed: &Feed) -> bool {
        clause.iter().all(|term| {
            let Term::Field(index, field) = term else { return true };
            let Some(entry) = feed.entries.get(*index) else { return false };
            clause.iter().all(|other| match other {
                Term::Field(..) => true,
                Term::Literal(expected) => match date(entry, *field) {
                    Some(date) => Some(date) == expected_date(expected),
                    None => text(entry, *field).as_deref() == Some(expected),
                },
                Term::Time(expected) => date(entry, *field).is_some_and(|date| numbers(date) == *expected),
                Term::Absent => text(entry, *field).is_none(),
            })
        })
    }

    fn shown(clause: &[Term], feed: &Feed) -> Vec<String> {
        let show = |term: &Term| match term {
            Term::Field(index, field) => match feed.entries.get(*index) {
                None => "no such entry".to_owned(),
                Some(entry) => match date(entry, *field) {
                    Some(date) => date.to_rfc3339(),
                    None => format!("{:?}", text(entry, *field)),
                },
            },
            other => format!("{other:?}"),
        };
        clause.iter().map(show).collect()
    }

    /// feedparser takes the update from the publication where there is none, and so does the one who counts.
    fn date(entry: &Entry, field: Field) -> Option<DateTime<Utc>> {
        match field {
            Field::Published => entry.published,
            Field::Updated => entry.updated.or(entry.published),
            _ => None,
        }
    }

    fn expected_date(text: &str) -> Option<DateTime<Utc>> {
        let date = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_rfc3339(text));
        date.ok().map(|date| date.to_utc())
    }

    fn numbers(date: DateTime<Utc>) -> [u32; 6] {
        let year = u32::try_from(date.year()).expect("a year of our era");
        [year, date.month(), date.day(), date.hour(), date.minute(), date.second()]
    }

    fn text(entry: &Entry, field: Field) -> Option<String> {
        let author = |index: usize| entry.authors.get(index);
        match field {
            Field::Title => value(entry.title.as_ref()).map(str::to_owned),
            Field::Link => entry.url.clone(),
            Field::Id => entry.guid.clone(),
            Field::Author => author(0).map(with_email),
            Field::AuthorName(index) => author(index)?.name.clone(),
            Field::AuthorEmail(index) => author(index)?.email.clone(),
            Field::AuthorUrl(index) => author(index)?.url.clone(),
            Field::Summary => value(entry.summary.as_ref()).map(str::to_owned),
            Field::Content => value(entry.content.as_ref()).map(str::to_owned),
            Field::Published | Field::Updated => None,
        }
    }

    /// How feedparser writes an author in one line.
    fn with_email(author: &Author) -> String {
        match (&author.name, &author.email) {
            (Some(name), Some(email)) => format!("{name} ({email})"),
            _ => author.to_string(),
        }
    }
}
