use serde::Deserialize;

use super::{HttpUrl, Timezone};

/// `[[calendar]]`: where events for the briefs come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// An iCalendar file. No URL stands twice, as a calendar or as a feed.
    pub url: HttpUrl,
    /// Where events take place whose zone the calendar does not say; where it is missing, what the calendar says of
    /// itself, and else the first newsletter's zone.
    pub timezone: Option<Timezone>,
}
