//! Finding readers as their names are typed: SQLite's FTS5, over the beginnings of the words of address and name.

use crate::store::database;
use anyhow::{Context, Result};

use super::search::expression;
use super::{Db, Subscriber, SubscriberId, SubscriptionState, newsletter::known_number_of};

/// Rows that are looked at for one page, however few of them a filter lets through: a million are never walked.
const LOOKED_AT: usize = 2_000;

/// Which readers are looked for; the newest first.
#[derive(Clone, Copy, Debug)]
pub struct SubscriberSearch<'a> {
    /// Words, or beginnings of words; everybody where there are none.
    pub question: &'a str,
    /// Those tied to this newsletter only …
    pub newsletter: Option<&'a str>,
    /// … and in this state; without a newsletter it is not asked.
    pub state: Option<SubscriptionState>,
    /// The last one of the page before.
    pub before: Option<SubscriberId>,
    pub limit: usize,
}

/// A page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundSubscribers {
    pub found: Vec<Subscriber>,
    /// Where the next page goes on; `None` where there is nothing more.
    pub more: Option<SubscriberId>,
}

impl SubscriberSearch<'_> {
    pub fn run(&self, db: &Db) -> Result<FoundSubscribers> {
        let before = self.before.map_or(i64::MAX, |before| before.0);
        let newsletter = match self.newsletter {
            None => None,
            Some(id) => match known_number_of(db, id)? {
                Some(number) => Some(number),
                None => return Ok(FoundSubscribers::default()),
            },
        };
        // With a filter more are looked at than shown, but never all: what is found so far is shown, and how to go on.
        let looked_at = if newsletter.is_some() { LOOKED_AT } else { self.limit + 1 };
        let question = expression(db, self.question);
        if question.is_none() && !self.question.trim().is_empty() {
            return Ok(FoundSubscribers::default());
        }
        let ids: Vec<i64> = match (&question, newsletter) {
            (Some(question), _) => {
                let mut query = db.prepare_cached(db.pick(
                    "SELECT rowid FROM subscriber_search WHERE subscriber_search MATCH ?1 AND rowid < ?2
                     ORDER BY rowid DESC LIMIT ?3",
                    r#"SELECT id FROM subscribers WHERE words_of(email COLLATE "default", name) @@ asked(?1) AND id < ?2
                       ORDER BY id DESC LIMIT ?3"#,
                ))?;
                let rows = query.query_map((question, before, looked_at), |row| row.get(0))?;
                rows.collect::<database::Result<_>>()
            }
            (None, Some(newsletter)) => {
                let mut query = db.prepare_cached(
                    "SELECT subscriber_id FROM subscriptions WHERE newsletter_id = ?1 AND subscriber_id < ?2
                     ORDER BY subscriber_id DESC LIMIT ?3",
                )?;
                let rows = query.query_map((newsletter, before, looked_at), |row| row.get(0))?;
                rows.collect::<database::Result<_>>()
            }
            (None, None) => {
                let mut query =
                    db.prepare_cached("SELECT id FROM subscribers WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
                let rows = query.query_map((before, looked_at), |row| row.get(0))?;
                rows.collect::<database::Result<_>>()
            }
        }
        .context("looking for readers")?;
        let mut is_wanted = db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM subscriptions
                            WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND (CAST(?3 AS TEXT) IS NULL OR state = ?3))",
        )?;
        let state = self.state.map(SubscriptionState::as_str);
        let is_cut = ids.len() == looked_at;
        let mut answer = FoundSubscribers::default();
        let mut last = None;
        for id in ids {
            if answer.found.len() == self.limit {
                answer.more = last;
                return Ok(answer);
            }
            last = Some(SubscriberId(id));
            let is_in = match newsletter {
                Some(newsletter) => is_wanted.query_row((newsletter, id, state), |row| row.get(0))?,
                None => true,
            };
            if is_in {
                answer.found.extend(Subscriber::find(db, SubscriberId(id))?);
            }
        }
        answer.more = last.filter(|_| is_cut);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::address::EmailAddress;
    use crate::store::{Store, Subscription, newsletter_number};

    fn emails(store: &Store, search: SubscriberSearch<'_>) -> (Vec<String>, bool) {
        let page = store.read(|db| search.run(db)).unwrap();
        (page.found.into_iter().map(|one| one.email.as_str().to_owned()).collect(), page.more.is_some())
    }

    fn question(question: &str) -> SubscriberSearch<'_> {
        SubscriberSearch { question, newsletter: None, state: None, before: None, limit: 50 }
    }

    #[test]
    fn is_found_by_the_beginnings_of_words_and_no_more_once_erased() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let people = [
            ("kofi.mensah@example.org", "Kofi Mensah"),
            ("ama@example.com", "Ama Serwaa"),
            ("a.n@example.net", "Zoë D'Almeida"),
        ];
        store
            .write(|db| {
                let brief = newsletter_number(db, "weekly-brief")?;
                for (email, name) in people {
                    let reader = Subscriber::find_or_add(db, &EmailAddress::parse(email)?, name, now)?;
                    if name.starts_with('K') {
                        let state = SubscriptionState::Pending;
                        Subscription::begin(db, brief, reader.id, state, "import", now)?;
                    }
                }
                Ok(())
            })
            .unwrap();
        for (asked, found) in [
            ("kofi", 0),
            ("MENS", 0),
            ("mens kof", 0),
            ("example.org", 0),
            ("kofi.mensah@example.org", 0),
            ("serw", 1),
            ("zoe", 2),
            ("zoe\u{308}", 2),
            ("d'alm", 2),
        ] {
            assert_eq!(emails(&store, question(asked)), (vec![people[found].0.to_owned()], false), "{asked}");
        }
        for nobody in ["ofi", "mensahs", "kofi serwaa", "email:kofi", "\"", "*", "kofi NOT x", "-"] {
            assert_eq!(emails(&store, question(nobody)).0, Vec::<String>::new(), "{nobody}");
        }
        assert_eq!(emails(&store, question("example")).0.len(), 3);
        assert_eq!(emails(&store, SubscriberSearch { limit: 2, ..question("") }), {
            (vec![people[2].0.to_owned(), people[1].0.to_owned()], true)
        });
        let pending = SubscriberSearch {
            newsletter: Some("weekly-brief"),
            state: Some(SubscriptionState::Pending),
            ..question("example")
        };
        assert_eq!(emails(&store, pending), (vec![people[0].0.to_owned()], false));
        let confirmed = SubscriberSearch { state: Some(SubscriptionState::Confirmed), ..pending };
        assert_eq!(emails(&store, confirmed), (vec![], false));

        store
            .write(|db| {
                let kofi = Subscriber::find_by_email(db, &EmailAddress::parse(people[0].0)?)?.unwrap();
                Subscriber::rename(db, kofi.id, "Kwabena Mensah")?;
                Ok(())
            })
            .unwrap();
        assert_eq!(emails(&store, question("kwab mens")).0.len(), 1);
        let kofi = question("kofi mensah");
        assert_eq!(emails(&store, kofi).0.len(), 1, "the address still says so");
        store
            .write(|db| {
                let kofi = Subscriber::find_by_email(db, &EmailAddress::parse(people[0].0)?)?.unwrap();
                kofi.erase(db, now)
            })
            .unwrap();
        assert_eq!(emails(&store, question("kwab")).0.len(), 0);
        // What a file keeps of words that are gone; a server's index goes with its rows.
        if store.is_shared() {
            return;
        }
        let left: Vec<Vec<u8>> = store
            .read(|db| {
                let mut query = db.prepare("SELECT block FROM subscriber_search_data")?;
                let rows = query.query_map([], |row| row.get(0))?;
                Ok(rows.collect::<database::Result<_>>()?)
            })
            .unwrap();
        let holds = |word: &[u8]| left.iter().any(|block| block.windows(word.len()).any(|bytes| bytes == word));
        assert!(holds(b"serwaa"));
        // Words share what they begin with: their ends are looked for.
        for word in [&b"mensah"[..], b"ensah", b"kofi", b"kwabena", b"wabena"] {
            assert!(!holds(word), "{}", String::from_utf8_lossy(word));
        }
    }
}
