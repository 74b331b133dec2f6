use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tracing::warn;

use crate::store::{EditionId, LastTry, Store};

/// What relays say of editions that none of them takes, as it is written down for who looks at the desk.
#[derive(Debug, Default)]
pub(super) struct Trouble(HashMap<EditionId, String>);

impl Trouble {
    /// Writes down what is said, once for each thing; `None` where the edition is taken.
    pub async fn note(&mut self, store: &Store, edition: EditionId, said: Option<&str>, now: DateTime<Utc>) {
        let Some(said) = said else {
            self.0.remove(&edition);
            return;
        };
        if self.0.get(&edition).is_some_and(|noted| noted == said) {
            return;
        }
        let words = said.to_owned();
        match store.blocking(move |store| store.write(|db| LastTry::note_trouble(db, edition, &words, now))).await {
            Ok(()) => drop(self.0.insert(edition, said.to_owned())),
            // Nothing depends upon it.
            Err(error) => warn!(error = format!("{error:#}"), "that no relay takes an edition could not be noted"),
        }
    }
}
