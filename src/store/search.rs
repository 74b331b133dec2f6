//! Searching past editions, over the words of each edition that was approved: by SQLite's FTS5, or by the text search of
//! PostgreSQL.

use crate::store::database;
use anyhow::{Context, Result};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::archive::{COLUMNS, IS_PUBLIC};
use super::{Db, Edition, PastEdition};

/// Characters of a question that are looked at, and words of it.
const QUESTION: usize = 200;
const WORDS: usize = 10;
/// Editions that are ranked.
const RANKED: usize = 200;
/// Words of an excerpt.
const EXCERPT: usize = 32;
/// The best is so many times as good at most as what is good enough to stand by its date.
const GOOD: f64 = 3.0;
/// Stand around a word that was found. No text that is searched has them: they are control characters.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];

/// A past edition in which something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub edition: PastEdition,
    /// Its subject, in stretches.
    pub subject: Vec<Stretch>,
    /// What stands around the words, in stretches; the beginning, where they stand in the subject only.
    pub excerpt: Vec<Stretch>,
}

/// Text in which something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub text: String,
    /// It is what was asked for.
    pub is_found: bool,
}

impl Found {
    /// What has gone out of these newsletters and holds every word of a question, or a word that begins with it; the
    /// newest first of what fits well, then what fits less. Any text is a question; one without words finds nothing.
    pub fn search(db: &Db, newsletters: &[&str], question: &str, limit: usize) -> Result<Vec<Self>> {
        let asked = question;
        let Some(question) = expression(db, question) else { return Ok(Vec::new()) };
        let [open, close] = MARKS;
        let sqlite = format!(
            "SELECT {COLUMNS}, highlight(edition_search, 0, '{open}', '{close}'),
                    snippet(edition_search, 1, '{open}', '{close}', '…', 32), bm25(edition_search, 4.0, 1.0) AS rank
             FROM edition_search
             JOIN editions AS e ON e.id = edition_search.rowid
             JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE edition_search MATCH ?1 AND n.slug IN (SELECT value FROM json_each(?2)) AND {IS_PUBLIC}
             ORDER BY rank LIMIT ?3"
        );
        // A server finds and ranks, and cannot mark a word that is written with other accents: that is done here.
        let postgres = format!(
            "SELECT {COLUMNS}, f.subject, f.body, -ts_rank('{{0.5, 0.5, 0.5, 1}}', f.words, asked(?1)) AS rank
             FROM edition_search AS f
             JOIN editions AS e ON e.id = f.rowid
             JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE f.words @@ asked(?1) AND n.slug IN (SELECT value FROM json_each(?2)) AND {IS_PUBLIC}
             ORDER BY rank LIMIT ?3"
        );
        let is_marked = db.pick(true, false);
        let marked = |text: String, most: usize| if is_marked { text } else { mark(&text, asked, most) };
        let mut query = db.prepare_cached(&db.pick(sqlite, postgres))?;
        let rows = query.query_map((&question, serde_json::to_string(newsletters)?, RANKED), |row| {
            let found = Self {
                edition: PastEdition::from_row(row)?,
                subject: stretches(&marked(row.get(5)?, usize::MAX)),
                excerpt: stretches(&marked(row.get(6)?, EXCERPT)),
            };
            Ok((row.get::<f64>(7)?, found))
        })?;
        let ranked = rows.collect::<database::Result<Vec<_>>>().context("searching past editions")?;
        // Of FTS5 the best rank is the lowest, and all are negative.
        let good = ranked.first().map_or(0.0, |(best, _)| best / GOOD);
        let (mut found, rest): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|(rank, _)| *rank <= good);
        found.sort_by_key(|(_, found)| std::cmp::Reverse(found.edition.dated_at));
        found.extend(rest);
        found.truncate(limit);
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }
}

impl Edition {
    /// Lets it be found by its subject and these words of it, from when it is public on.
    pub fn make_searchable(&self, db: &Db, subject: &str, body: &str) -> Result<()> {
        let composed = |text: &str| text.nfc().filter(|c| !MARKS.contains(c)).collect::<String>();
        let made =
            || -> Result<()> {
                db.prepare_cached("DELETE FROM edition_search WHERE rowid = ?1")?.execute([self.id.0])?;
                db.prepare_cached("INSERT INTO edition_search (rowid, subject, body) VALUES (?1, ?2, ?3)")?
                    .execute((self.id.0, composed(subject), composed(body)))?;
                Ok(())
            };
        made().with_context(|| format!("making {} searchable", self.name))
    }
}

/// A question as the engine's search takes it: FTS5 each word in quotes, as a prefix; a server a list of words, of which
/// `asked` makes its own kind of question. `None` where it has none.
pub(super) fn expression(db: &Db, question: &str) -> Option<String> {
    let words = words_of(question);
    if words.is_empty() {
        return None;
    }
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"*", word.replace('"', " "))).collect();
    Some(db.pick(quoted.join(" "), serde_json::Value::from(words).to_string()))
}

fn words_of(question: &str) -> Vec<String> {
    let cut: String = question.nfc().take(QUESTION).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = cut.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    words.take(WORDS).map(str::to_owned).collect()
}

/// Without case and what stands above and below letters.
fn plain(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Marks the words of a text that begin with a word of the question, and cuts out `most` words around the first of them.
fn mark(text: &str, question: &str, most: usize) -> String {
    let wanted: Vec<String> = words_of(question)
        .iter()
        .flat_map(|word| plain(word).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect();
    let is_word = |part: &str| part.starts_with(char::is_alphanumeric);
    let parts: Vec<&str> = text.split_word_bounds().collect();
    let is_found = |part: &str| is_word(part) && wanted.iter().any(|word| plain(part).starts_with(word.as_str()));
    let first = parts.iter().position(|part| is_found(part)).unwrap_or(0);
    let words_before = parts[..first].iter().filter(|part| is_word(part)).count();
    let words = parts.iter().filter(|part| is_word(part)).count();
    // A quarter of it stands before what is found, and more where nothing follows.
    let skipped = words_before.saturating_sub(most / 4).min(words.saturating_sub(most));
    let (mut turn, mut marked) = (0, String::new());
    let [open, close] = MARKS;
    for part in parts {
        let of_word = usize::from(is_word(part));
        if turn + of_word > skipped && turn + of_word <= skipped.saturating_add(most) {
            if is_found(part) {
                marked.extend([open.to_string().as_str(), part, close.to_string().as_str()]);
            } else {
                marked.push_str(part);
            }
        }
        turn += of_word;
    }
    let (left, right) =
        (if skipped > 0 { "…" } else { "" }, if words > skipped.saturating_add(most) { "…" } else { "" });
    format!("{left}{}{right}", if left.is_empty() && right.is_empty() { &marked } else { marked.trim() })
}

fn stretches(marked: &str) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    // What is found and what is not take turns.
    for (at, text) in marked.split(MARKS).enumerate() {
        if !text.is_empty() {
            stretches.push(Stretch { text: text.to_owned(), is_found: at % 2 == 1 });
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::store::{EditionState, FrozenParts, Store};

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let texts = [
            ("Lagos sells out", "Drums wake the market · Ten days into the port strike, traders set their own tariff"),
            ("The café opens", "A choir sings in São Tomé · Lagos, once more"),
            ("Ten days of Lagos, Lagos and Lagos", "Rindfleischetikettierung · إضراب الميناء"),
            ("A draft about Lagos", "Lagos"),
        ];
        store
            .write(|db| {
                for (day, (subject, body)) in texts.into_iter().enumerate() {
                    let at = DateTime::from_timestamp(1_700_000_000 + 86_400 * day as i64, 0).unwrap();
                    let newsletter = if day == 1 { "evening" } else { "weekly-brief" };
                    let edition = Edition::begin(db, newsletter, Some(at), (at, at), at)?.unwrap();
                    let parts = FrozenParts { subject, html: "<p>", text: "text", online: "<p>" };
                    edition.approve(db, &parts, at)?;
                    edition.make_searchable(db, subject, body)?;
                    if day < 3 {
                        edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", at)?;
                    }
                }
                Ok(())
            })
            .unwrap();
        (dir, store)
    }

    fn subjects(store: &Store, question: &str) -> Vec<String> {
        let found = store.read(|db| Found::search(db, &["weekly-brief", "evening"], question, 10)).unwrap();
        found.into_iter().map(|found| found.edition.subject).collect()
    }

    #[test]
    fn finds_prefixes_of_words_whatever_their_accents_and_case() {
        let (_dir, store) = store();
        for (question, subject) in [
            ("stri", "Lagos sells out"),
            ("CAFE", "The café opens"),
            ("cafe\u{301}", "The café opens"),
            ("sao tome", "The café opens"),
            ("rindfleisch", "Ten days of Lagos, Lagos and Lagos"),
            ("إضراب", "Ten days of Lagos, Lagos and Lagos"),
            ("traders tariff", "Lagos sells out"),
        ] {
            assert_eq!(subjects(&store, question), [subject], "{question}");
        }
        assert_eq!(subjects(&store, "traders café"), Vec::<String>::new());
        assert_eq!(subjects(&store, "strikes"), Vec::<String>::new());
    }

    #[test]
    fn the_newest_is_first_of_what_fits_and_what_is_not_public_is_not_there() {
        let (_dir, store) = store();
        let found = subjects(&store, "lagos");
        assert_eq!(found, ["Ten days of Lagos, Lagos and Lagos", "The café opens", "Lagos sells out"]);
        let of_one = store.read(|db| Found::search(db, &["evening"], "lagos", 10)).unwrap();
        assert_eq!(of_one.len(), 1);
        let marked: Vec<_> = of_one[0].excerpt.iter().map(|one| (one.text.as_str(), one.is_found)).collect();
        assert_eq!(marked, [("A choir sings in São Tomé · ", false), ("Lagos", true), (", once more", false)]);
    }

    #[test]
    fn no_question_does_harm() {
        let (_dir, store) = store();
        let questions = "(\\PC|[\"*^:(){}+\\-\u{0}\u{2}]| AND | NEAR| OR ){0,300}";
        let ask = |question: String| {
            subjects(&store, &question);
            Ok(())
        };
        TestRunner::default().run(&questions, ask).unwrap();
    }

    #[test]
    fn what_looks_like_a_command_is_words() {
        let (_dir, store) = store();
        for question in ["", " ", "\"", "*", "\0", "(", "NEAR(", "- ^ :", "\"\"\"", "\u{200B}"] {
            assert_eq!(subjects(&store, question), Vec::<String>::new(), "{question:?}");
        }
        assert_eq!(subjects(&store, "subject:café").len(), 0);
        assert_eq!(subjects(&store, "\"café\" OR").len(), 0);
        assert_eq!(subjects(&store, "\"café\" open").len(), 1);
        assert_eq!(subjects(&store, "lagos\0").len(), 3);
        assert_eq!(subjects(&store, &"lagos ".repeat(10_000)).len(), 3);
    }
}
