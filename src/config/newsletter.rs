use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    Cadence, Language, Line, NewsletterId, Period, PlatformId, QuietHours, RelayId, Schedule, Section, Selection,
    Timezone, instant_of, time_of_day,
};
use crate::address::{EmailAddress, Mailbox};

/// `[[newsletter]]`: a recurring publication.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newsletter {
    pub id: NewsletterId,
    pub name: Line,
    pub description: Option<Line>,
    /// What it is written in; the publisher's where it is missing. [`Config::language_of`](super::Config::language_of)
    /// knows.
    pub language: Option<Language>,
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
    /// Each reader gets it at the first such time of their own zone at or after the edition's release; a reader whose
    /// zone is not known, at that of `timezone`. At once where it is missing. Never within `quiet`.
    #[serde(default, deserialize_with = "time_of_day::optional")]
    pub local_hour: Option<NaiveTime>,
    /// Nothing is sent in these hours of the reader's time.
    pub quiet: Option<QuietHours>,
    /// What is unsent this long after the release is not sent any more. Never zero; with `local_hour` at least a day,
    /// which is how far apart the first and the last reader can be.
    pub deadline: Option<Period>,
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
    /// Which relays its messages may take. Never empty, and none twice: every relay where the file names none.
    #[serde(default)]
    pub relays: Vec<RelayId>,
    #[serde(default)]
    pub selection: Selection,
    /// In their order, after the top stories. They share `stories` with them, which are more than all of theirs.
    #[serde(default, rename = "section")]
    pub sections: Vec<Section>,
    /// The most headlines under "Must read"; 0 leaves the list out.
    #[serde(default = "default_must_read")]
    pub must_read: u32,
    /// How many days ahead events are announced; 0 leaves the events section out.
    #[serde(default = "default_events")]
    pub events: u32,
    #[serde(default)]
    pub approval: Approval,
    /// Who is told by mail that a draft is ready, a day ahead of its run. None twice.
    #[serde(default)]
    pub editors: Vec<EmailAddress>,
    /// Whether readers can sign up for it on the pages.
    #[serde(default = "yes")]
    pub listed: bool,
    /// Whether its editions can be read by everybody.
    #[serde(default = "yes")]
    pub archive: bool,
    #[serde(default)]
    pub clicks: Clicks,
    /// Whether it is counted that an edition was opened, of those readers who agreed to it.
    #[serde(default)]
    pub opens: bool,
    /// Whether who confirms is sent the last edition.
    #[serde(default)]
    pub welcome: bool,
}

/// How it is counted that links of an edition are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clicks {
    /// Links lead to the stories themselves.
    Off,
    /// How often each link is followed, and not by whom.
    #[default]
    Aggregate,
    /// By whom, too. The privacy page says so.
    Subscriber,
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
    /// The `mailto:` of List-Unsubscribe (RFC 2369 §3.2): a mailbox whose mail comes in to griot. An address of its own
    /// for each reader at `bounces.domain`, where this is missing.
    pub mailto: Option<EmailAddress>,
}

impl Newsletter {
    /// Where the window of stories begins that ends at `end`: whole days are days of the newsletter's zone, so that a week
    /// in which the clock changes has no gap and no hour twice.
    pub fn window_start(&self, end: DateTime<Utc>) -> DateTime<Utc> {
        let window = self.window.delta();
        if window != TimeDelta::days(window.num_days()) {
            return end - window;
        }
        let zone = self.timezone.zone();
        instant_of(end.with_timezone(&zone).naive_local() - window, zone)
    }

    /// How often it comes, seen from `now`.
    pub fn cadence(&self, now: DateTime<Utc>) -> Cadence {
        self.schedule.cadence(now, self.timezone.zone())
    }

    /// The identifier inside List-ID (RFC 2919 §2): it must never change, or readers' filters break.
    pub fn list_id(&self) -> String {
        format!("{}.list-id.{}", self.id, self.from.address.domain())
    }
}

fn yes() -> bool {
    true
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

fn default_must_read() -> u32 {
    5
}

fn default_events() -> u32 {
    7
}
