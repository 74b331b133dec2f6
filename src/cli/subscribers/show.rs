use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use super::super::output::plain;
use super::super::table::{Cell, Table};
use super::{Output, Station, find, tone};
use crate::address::EmailAddress;
use crate::publishing::personal_data;
use crate::saying::time::utc;
use crate::store::{Attempt, PastFeedback, Subscription, SubscriptionChange, Suppression, SuppressionChange};

/// Tell the whole story of one subscriber: subscriptions, what befell them, every try to reach them
#[derive(Debug, Args)]
pub struct Show {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if self.json {
            return out.json(&store.read(|db| personal_data(db, &find(db, &self.email)?))?);
        }
        let (subscriber, subscriptions, changes, attempts, feedback, suppressions, suppressed) = store.read(|db| {
            let subscriber = find(db, &self.email)?;
            let id = subscriber.id;
            let suppressed = Suppression::reason_for(db, &self.email)?;
            Ok((
                subscriber,
                Subscription::of(db, id)?,
                SubscriptionChange::of(db, id)?,
                Attempt::for_subscriber(db, id)?,
                PastFeedback::of(db, id)?,
                SuppressionChange::of(db, &self.email)?,
                suppressed,
            ))
        })?;
        let name = if subscriber.name.is_empty() { String::new() } else { format!(" · {}", plain(&subscriber.name)) };
        let zone = subscriber.timezone.map_or_else(String::new, |zone| format!(" · {zone}"));
        writeln!(out, "{}{name}{zone} · known since {}", subscriber.email, utc(subscriber.created_at))?;
        if let Some(reason) = suppressed {
            writeln!(out, "{}", out.state(format!("never mailed: {}", plain(&reason)), super::Tone::Bad, 0))?;
        }
        let mut table = Table::default();
        for tie in &subscriptions {
            table.row([
                "subscription".into(),
                tie.newsletter.as_str().into(),
                Cell::state(tie.state, tone(tie.state)),
                history(tie).into(),
            ]);
        }
        let mut story: Vec<Moment> = Vec::new();
        story.extend(changes.iter().map(Moment::of_change));
        story.extend(attempts.iter().map(Moment::of_attempt));
        story.extend(feedback.iter().map(Moment::of_feedback));
        story.extend(suppressions.iter().map(Moment::of_suppression));
        // Stable: within a second what was tried stands before what came of it.
        story.sort_by_key(|moment| moment.at);
        for Moment { at, what, word, told } in &story {
            table.row([utc(*at).into(), what.into(), word.into(), told.into()]);
        }
        table.write(out)
    }
}

/// Something that befell the subscriber.
struct Moment {
    at: DateTime<Utc>,
    /// The newsletter or edition it is about.
    what: String,
    word: String,
    told: String,
}

impl Moment {
    fn of_change(change: &SubscriptionChange) -> Self {
        let from = if change.edition.is_empty() { String::new() } else { format!(", from {}", change.edition) };
        Self {
            at: change.changed_at,
            what: change.newsletter.clone(),
            word: change.state.clone(),
            told: format!("by {}{from}", change.changed_by),
        }
    }

    fn of_attempt(attempt: &Attempt) -> Self {
        let mut told = format!("try {}", attempt.number);
        for part in [&attempt.code.to_string(), &attempt.enhanced, &attempt.reply] {
            if !part.is_empty() && part != "0" && !attempt.reply.starts_with(part.as_str()) || part == &attempt.reply {
                told = format!("{told} {part}");
            }
        }
        Self {
            at: attempt.finished_at,
            what: attempt.edition.clone(),
            word: attempt.outcome.clone(),
            told: told.trim_end().to_owned(),
        }
    }

    fn of_feedback(feedback: &PastFeedback) -> Self {
        let PastFeedback { class, reason, status, source, diagnostic, .. } = feedback;
        let status = if status.is_empty() { String::new() } else { format!(" {status}") };
        // What it did to the subscription or the address stands in the story by itself.
        let said = if diagnostic.is_empty() { String::new() } else { format!(": {diagnostic}") };
        Self {
            at: feedback.received_at,
            what: feedback.edition.clone(),
            word: class.clone(),
            told: format!("{reason}{status}, by {source}{said}"),
        }
    }

    fn of_suppression(change: &SuppressionChange) -> Self {
        let word = if change.change == "added" { "suppressed" } else { "let be mailed again" };
        Self { at: change.changed_at, what: change.who.clone(), word: word.to_owned(), told: change.reason.clone() }
    }
}

fn history(tie: &Subscription) -> String {
    let mut told = format!("by {} on {}", tie.source, utc(tie.created_at));
    if let Some(at) = tie.confirmed_at {
        told = format!("{told}, confirmed {}", utc(at));
    }
    if let Some(at) = tie.ended_at {
        told = format!("{told}, ended {} by {}", utc(at), tie.ended_by);
    }
    told
}
