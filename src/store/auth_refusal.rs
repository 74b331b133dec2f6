//! Receivers that did not believe that a mail is ours: counted as they say it, by what failed.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{AttemptOutcome, Db, EditionId, EditionName, Feedback, OutcomeRecord, time};
use crate::meaning::{self, Class, Command, Meaning, Proof};
use crate::saying::text::without_names;

/// How often receivers refused an edition because a proof failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthRefusal {
    pub edition: EditionName,
    pub failed: Proof,
    pub refusals: u64,
    /// What the last of them said, with its code and status, and without anybody's name.
    pub said: String,
    pub last_at: DateTime<Utc>,
}

impl AuthRefusal {
    /// Of each newsletter's last edition that began to be sent, the most frequent first.
    pub fn of_last_editions(db: &Db) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT n.slug, e.number, r.failed, r.refusals, r.reply, r.status, r.said, r.last_at
             FROM newsletters AS n
             CROSS JOIN editions AS e ON e.id =
                 (SELECT id FROM editions WHERE newsletter_id = n.id AND started_at IS NOT NULL
                  ORDER BY number DESC LIMIT 1)
             CROSS JOIN auth_refusals AS r ON r.edition_id = e.id
             ORDER BY r.refusals DESC, n.slug, r.failed",
        )?;
        let rows = query.query_map([], |row| {
            let (reply, status, said): (u16, String, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
            let code = if reply == 0 { String::new() } else { reply.to_string() };
            let parts = [code, status, said].into_iter().filter(|part| !part.is_empty());
            Ok(Self {
                edition: EditionName { newsletter: row.get(0)?, number: row.get(1)? },
                failed: Proof::from_word(row.text(2)?).unwrap_or(Proof::Several),
                refusals: row.get(3)?,
                said: parts.collect::<Vec<_>>().join(" "),
                last_at: time::from_seconds(row.get(7)?),
            })
        })?;
        rows.map(|row| row.context("reading what receivers did not believe")).collect()
    }
}

/// The refusals of a transaction, added up: how many, and what the last said.
#[derive(Debug, Default)]
pub(super) struct NewRefusals(BTreeMap<(i64, Proof), (u32, Said)>);

#[derive(Debug)]
struct Said {
    reply: u16,
    status: String,
    text: String,
    at: DateTime<Utc>,
}

impl NewRefusals {
    /// Of a try; a mail that is put off again and again counts once.
    pub(super) fn add_try(&mut self, record: &OutcomeRecord) {
        let counts = match record.outcome {
            AttemptOutcome::Failed => true,
            AttemptOutcome::Deferred => record.number == 1,
            AttemptOutcome::Accepted | AttemptOutcome::Unknown => false,
        };
        if !counts || !Proof::may_have_failed(&record.enhanced, &record.reply) {
            return;
        }
        let OutcomeRecord { code, enhanced, reply, is_to_rcpt, finished_at, .. } = record;
        let command = if *is_to_rcpt { Command::Rcpt } else { Command::Data };
        let meaning = meaning::of_reply(*code, enhanced, reply, Some(command));
        self.add(record.edition, &meaning, *code, enhanced, reply, *finished_at);
    }

    /// Of one report.
    pub(super) fn of_report(edition: EditionId, feedback: &Feedback, now: DateTime<Utc>) -> Self {
        let Feedback { meaning, diagnostic, .. } = feedback;
        let mut one = Self::default();
        if matches!(meaning.class, Class::Ours | Class::Soft) {
            let status = meaning.status.map(|status| status.to_string()).unwrap_or_default();
            one.add(edition, meaning, meaning.reply.unwrap_or_default(), &status, diagnostic, now);
        }
        one
    }

    fn add(&mut self, edition: EditionId, meaning: &Meaning, reply: u16, status: &str, text: &str, at: DateTime<Utc>) {
        let Some(failed) = Proof::failed(meaning, text) else { return };
        let text = without_names(text).chars().take(Feedback::MAX_DIAGNOSTIC).collect();
        let said = Said { reply, status: status.to_owned(), text, at };
        let (many, last) = self
            .0
            .entry((edition.0, failed))
            .or_insert_with(|| (0, Said { reply: 0, status: String::new(), text: String::new(), at }));
        *many += 1;
        *last = said;
    }

    pub(super) fn apply(self, db: &Db) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut add = db.prepare_cached(
            "INSERT INTO auth_refusals (edition_id, failed, refusals, reply, status, said, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (edition_id, failed)
             DO UPDATE SET refusals = auth_refusals.refusals + excluded.refusals, reply = excluded.reply, status = excluded.status,
                           said = excluded.said, last_at = excluded.last_at",
        )?;
        for ((edition, failed), (many, Said { reply, status, text, at })) in self.0 {
            add.execute((edition, failed.as_str(), many, reply, status, text, time::seconds(at)))
                .context("counting what receivers did not believe")?;
        }
        Ok(())
    }
}
