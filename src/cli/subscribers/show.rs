use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::super::output::plain;
use super::super::table::{Cell, Table};
use super::super::time::utc;
use super::{Output, Station, find, tone};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::store::{Attempt, Subscription, SubscriptionChange, Suppression};

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
        let (subscriber, subscriptions, changes, attempts, suppressed) = store.read(|db| {
            let subscriber = find(db, &self.email)?;
            let id = subscriber.id;
            let suppressed = Suppression::reason_for(db, &self.email)?;
            Ok((
                subscriber,
                Subscription::of(db, id)?,
                SubscriptionChange::of(db, id)?,
                Attempt::for_subscriber(db, id)?,
                suppressed,
            ))
        })?;
        if self.json {
            let changes: Vec<_> = changes
                .iter()
                .map(|change| {
                    json!({"newsletter": change.newsletter, "state": change.state, "changed_by": change.changed_by,
                           "edition": change.edition, "changed_at": change.changed_at})
                })
                .collect();
            return out.json(&json!({
                "email": subscriber.email, "name": subscriber.name, "created_at": subscriber.created_at,
                "suppressed": suppressed, "subscriptions": subscriptions, "changes": changes, "attempts": attempts,
                "timezone": subscriber.timezone.map_or("", Timezone::name),
            }));
        }
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
        for change in &changes {
            let by = if change.edition.is_empty() {
                format!("by {}", change.changed_by)
            } else {
                format!("by {}, from {}", change.changed_by, change.edition)
            };
            table.row([
                utc(change.changed_at).into(),
                change.newsletter.as_str().into(),
                change.state.as_str().into(),
                by.into(),
            ]);
        }
        for attempt in &attempts {
            let mut told = format!("try {}", attempt.number);
            for part in [&attempt.code.to_string(), &attempt.enhanced, &attempt.reply] {
                if !part.is_empty() && part != "0" && !attempt.reply.starts_with(part.as_str())
                    || part == &attempt.reply
                {
                    told = format!("{told} {part}");
                }
            }
            table.row([
                utc(attempt.finished_at).into(),
                attempt.edition.as_str().into(),
                attempt.outcome.as_str().into(),
                told.trim_end().into(),
            ]);
        }
        table.write(out)
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
