use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Cadence, Line, NewsletterId, Period, PlatformId, Schedule, Timezone};
use crate::address::{EmailAddress, Mailbox};

/// `[[newsletter]]`: a recurring publication.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newsletter {
    pub id: NewsletterId,
    pub name: Line,
    pub description: Option<Line>,
    /// A line of welcome above the stories of every edition; an editor may replace it in a draft. No control
    /// characters but line feeds.
    pub intro: Option<String>,
    pub from: Mailbox,
    /// Where answers go; to `from` where it is missing.
    pub reply_to: Option<Mailbox>,
    /// The Sender header, where it differs from `from` (RFC 5322 §3.6.2).
    pub sender: Option<Mailbox>,
    /// Who answers for the newsletter: the List-Owner header (RFC 2369 §3.5).
    pub owner: Option<EmailAddress>,
    pub schedule: Schedule,
    pub timezone: Timezone,
    /// A run missed while griot was down is made up within this time after its slot.
    #[serde(default = "default_grace")]
    pub grace: Period,
    /// How far back stories are looked for; never zero.
    #[serde(default = "default_window")]
    pub window: Period,
    /// The most stories an edition carries: 1 to 100.
    #[serde(default = "default_stories")]
    pub stories: u32,
    /// With fewer the edition is skipped; at most `stories`.
    #[serde(default = "default_min_stories")]
    pub min_stories: u32,
    /// Whose stories it may carry. Never empty: every platform where the file names none.
    #[serde(default)]
    pub platforms: Vec<PlatformId>,
    /// How many days ahead events are announced; 0 leaves the events section out.
    #[serde(default = "default_events")]
    pub events: u32,
    #[serde(default)]
    pub approval: Approval,
}

/// Who lets an edition go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// The schedule does.
    #[default]
    Automatic,
    /// An editor does; the draft waits.
    Editor,
}

/// `[unsubscribe]`: ways out besides the one-click link, which is always there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unsubscribe {
    /// The `mailto:` of List-Unsubscribe (RFC 2369 §3.2): a mailbox that somebody reads.
    pub mailto: Option<EmailAddress>,
}

impl Newsletter {
    /// How often it comes, seen from `now`.
    pub fn cadence(&self, now: DateTime<Utc>) -> Cadence {
        self.schedule.cadence(now, self.timezone.zone())
    }

    /// The identifier inside List-ID (RFC 2919 §2): it must never change, or readers' filters break.
    pub fn list_id(&self) -> String {
        format!("{}.list-id.{}", self.id, self.from.address.domain())
    }
}

fn default_grace() -> Period {
    Period::from_hours(6)
}

fn default_window() -> Period {
    Period::from_hours(7 * 24)
}

fn default_stories() -> u32 {
    10
}

fn default_min_stories() -> u32 {
    3
}

fn default_events() -> u32 {
    7
}
