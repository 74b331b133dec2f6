//! What came back about deliveries, and what is done about it: the one place where a reader is suppressed or a
//! subscription ends because of what was said.

use std::fmt;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::auth_refusal::NewRefusals;
use super::{
    Db, DeliveryCounts, Edition, EditionId, EditionLabel, EndedBy, FeedbackCount, OutcomeRecord, Subscriber,
    SubscriberId, Subscription, Suppressed, Suppression, SuppressionChange, time,
};
use crate::config::Bounces;
use crate::meaning::{self, Action, Class, Command, Meaning};

/// One thing that a report says about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The address the report names, as it stands there; empty where it names none.
    pub recipient: String,
    /// Whose delivery it is about, shown by a MAC of ours (VERP and its like).
    pub delivery: Option<(EditionId, SubscriberId)>,
    /// The Message-ID of the message it is about, without `<>`; empty where it is not told.
    pub message_id: String,
    /// The recipient's address is vouched for by who told it, as in a signed webhook. An address in the body of a mail
    /// is not: anybody could have written it.
    pub is_vouched: bool,
    pub meaning: Meaning,
    /// What the remote host said, on one line of at most [`Feedback::MAX_DIAGNOSTIC`] characters.
    pub diagnostic: String,
}

/// The door through which something came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A reply of the relay while an edition was sent.
    Relay,
    /// `griot bounces read`.
    Command,
    Lmtp,
    Imap,
    Ses,
    SendGrid,
    Mailgun,
    Postmark,
    /// The webhook of our own.
    Generic,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Command => "command",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Ses => "ses",
            Self::SendGrid => "sendgrid",
            Self::Mailgun => "mailgun",
            Self::Postmark => "postmark",
            Self::Generic => "generic",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whom something is about, beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    pub subscriber: SubscriberId,
    /// `None` where it is not known which edition it was.
    pub edition: Option<EditionId>,
}

impl Feedback {
    /// The longest diagnostic that is kept, in characters.
    pub const MAX_DIAGNOSTIC: usize = 400;

    /// What a relay's replies say of the deliveries that failed, written down and acted upon.
    pub(super) fn of_failures(db: &Db, failures: &[&OutcomeRecord], policy: &Bounces) -> Result<()> {
        for OutcomeRecord { edition, subscriber, code, enhanced, reply, is_to_rcpt, finished_at, .. } in failures {
            let command = if *is_to_rcpt { Command::Rcpt } else { Command::Data };
            let feedback = Self {
                recipient: String::new(),
                delivery: Some((*edition, *subscriber)),
                message_id: String::new(),
                is_vouched: true,
                meaning: meaning::of_reply(*code, enhanced, reply, Some(command)),
                diagnostic: reply.clone(),
            };
            let about = About { subscriber: *subscriber, edition: Some(*edition) };
            feedback.record(db, about, Source::Relay, policy, *finished_at)?;
        }
        Ok(())
    }

    /// Writes down what is said about a subscriber, and does what follows from it. Saying it twice does no more.
    pub fn record(
        &self,
        db: &Db,
        about: About,
        source: Source,
        policy: &Bounces,
        now: DateTime<Utc>,
    ) -> Result<Action> {
        // Erased meanwhile: then nothing of the person is kept, and nothing is left to be done.
        let subscriber = Subscriber::find(db, about.subscriber)?;
        let edition = about.edition.map(|edition| Edition::label(db, edition)).transpose()?.flatten();
        let mut action = if subscriber.is_some() { self.meaning.class.action() } else { Action::Ignore };
        if let Some(edition) = &edition {
            FeedbackCount::add(db, edition.id, about.subscriber, &self.meaning, source == Source::Relay)?;
            // What the relay says is counted as a try already.
            if source != Source::Relay {
                NewRefusals::of_report(edition.id, self, now).apply(db)?;
            }
        }
        let row = self.insert(db, about, subscriber.as_ref(), source, action, now)?;
        let Some(subscriber) = subscriber else { return Ok(action) };
        match action {
            Action::Suppress => self.suppress(db, row, &subscriber, edition.as_ref(), now)?,
            Action::Count if is_soft_for_too_long(db, &about, &subscriber, policy)? => {
                action = Action::Suppress;
                db.prepare_cached("UPDATE feedback SET action = ?2 WHERE id = ?1")?.execute((row, action.as_str()))?;
                self.suppress(db, row, &subscriber, edition.as_ref(), now)?;
            }
            Action::End => {
                self.end(db, &subscriber, edition.as_ref(), EndedBy::Complaint, now)?;
                self.suppress(db, row, &subscriber, edition.as_ref(), now)?;
            }
            Action::Unsubscribe => self.end(db, &subscriber, edition.as_ref(), EndedBy::Mail, now)?,
            Action::Count | Action::None | Action::Ignore => {}
        }
        if let (Class::Ours | Class::Complaint, Some(edition)) = (self.meaning.class, about.edition) {
            Edition::break_circuit(db, edition, policy, now)?;
        }
        Ok(action)
    }

    fn insert(
        &self,
        db: &Db,
        about: About,
        subscriber: Option<&Subscriber>,
        source: Source,
        action: Action,
        now: DateTime<Utc>,
    ) -> Result<i64> {
        let Meaning { class, reason, status, reply } = &self.meaning;
        let done_before = match about.edition {
            Some(edition) if *class == Class::Ours => DeliveryCounts::load(db, edition)?.done(),
            _ => 0,
        };
        let diagnostic: String = self.diagnostic.chars().take(Self::MAX_DIAGNOSTIC).collect();
        db.prepare_cached(
            "INSERT INTO feedback (edition_id, subscriber_id, class, reason, status, reply, domain, diagnostic, source,
                                   action, done_before, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
        )?
        .query_row(
            (
                about.edition.map(|edition| edition.0),
                about.subscriber.0,
                class.as_str(),
                reason.as_str(),
                status.map(|status| status.to_string()).unwrap_or_default(),
                reply.unwrap_or_default(),
                subscriber.map(|subscriber| subscriber.email.domain()).unwrap_or_default(),
                // Mail servers quote the address.
                if subscriber.is_some() { diagnostic.as_str() } else { "" },
                source.as_str(),
                action.as_str(),
                done_before,
                time::seconds(now),
            ),
            |row| row.get(0),
        )
        .with_context(|| format!("writing down what came back about {}", about.subscriber))
    }

    /// The address is not mailed any more; the reason says why in words an operator can search for. `row` is where this
    /// feedback is written down.
    fn suppress(
        &self,
        db: &Db,
        row: i64,
        subscriber: &Subscriber,
        edition: Option<&EditionLabel>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Meaning { class, reason, status, .. } = &self.meaning;
        let what = match class {
            Class::Complaint => "complaint".to_owned(),
            Class::Soft => format!("soft bounces for too long, the last {reason}"),
            _ => format!("{class} bounce, {reason}"),
        };
        let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
        let edition = edition.map(|edition| format!(", {}", edition.name)).unwrap_or_default();
        let reason = format!("{what}{status}{edition}");
        Suppression { who: Suppressed::from(&subscriber.email), reason, created_at: now }.add_because(db, Some(row))?;
        Ok(())
    }

    /// Ends the subscription to the edition's newsletter; all of them where it is not known which it was.
    fn end(
        &self,
        db: &Db,
        subscriber: &Subscriber,
        edition: Option<&EditionLabel>,
        by: EndedBy,
        now: DateTime<Utc>,
    ) -> Result<()> {
        match edition {
            Some(edition) => {
                Subscription::end(db, edition.newsletter, subscriber.id, by, Some(edition.id), now)?;
            }
            None => {
                for newsletter in Subscription::newsletters_of(db, subscriber.id)? {
                    Subscription::end(db, newsletter, subscriber.id, by, None, now)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether the subscriber's editions up to this one came back softly one after another, enough of them and for long
/// enough. One that was accepted and did not come back ends the row; one that failed by our fault says nothing.
/// What came back before an operator let the address be mailed again is forgiven.
fn is_soft_for_too_long(db: &Db, about: &About, subscriber: &Subscriber, policy: &Bounces) -> Result<bool> {
    let Some(edition) = about.edition else { return Ok(false) };
    let forgiven_at = SuppressionChange::removed_at(db, &subscriber.email)?;
    // CROSS JOIN, and + before what is no good way in: from the few editions to one delivery each, and to the few rows of
    // this subscriber.
    let mut query = db.prepare_cached(
        "SELECT d.state,
                (SELECT min(f.received_at) FROM feedback AS f
                 WHERE f.subscriber_id = ?2 AND +f.edition_id = e.id AND +f.class = 'soft' AND f.received_at > ?3),
                EXISTS (SELECT 1 FROM feedback AS f
                        WHERE f.subscriber_id = ?2 AND +f.edition_id = e.id AND +f.class = 'ours')
         FROM editions AS this
         CROSS JOIN editions AS e ON e.started_at <= this.started_at
         CROSS JOIN deliveries AS d ON d.edition_id = e.id AND d.subscriber_id = ?2
         WHERE this.id = ?1 ORDER BY e.started_at DESC, e.id DESC",
    )?;
    let mut rows = query.query((edition.0, about.subscriber.0, forgiven_at.map_or(0, time::seconds)))?;
    let (mut editions, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        let state: String = row.get(0)?;
        let (soft_at, is_ours): (Option<i64>, bool) = (row.get(1)?, row.get(2)?);
        let Some(soft_at) = soft_at else {
            if state == "accepted" && !is_ours {
                return Ok(false);
            }
            continue;
        };
        editions += 1;
        let last = *last.get_or_insert(soft_at);
        if editions >= policy.soft_editions && last - soft_at >= policy.soft_period.as_secs() as i64 {
            return Ok(true);
        }
    }
    Ok(false)
}
