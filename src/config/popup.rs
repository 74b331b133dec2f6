use serde::Deserialize;

use super::{Line, Percent, Period};

/// `[popup]`: the form that `/embed.js` opens over the publisher's pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Popup {
    /// The publisher's tagline, or else the name of what is offered, where it is missing.
    pub headline: Option<Line>,
    /// A sentence beneath it: what comes, and how often, where it is missing.
    pub text: Option<Line>,
    /// On the button that signs up, and on the one that does not; in the reader's language where they are missing.
    pub button: Option<Line>,
    pub refuse: Option<Line>,
    /// It opens so long after the page was opened, …
    pub after: Period,
    /// … or when so much of the page was scrolled by, …
    pub scroll: Percent,
    /// … or when the pointer leaves for the address bar: the first of them.
    pub leaving: bool,
    /// Who refused is not asked again for so long.
    pub remember: Period,
}

impl Default for Popup {
    fn default() -> Self {
        Self {
            headline: None,
            text: None,
            button: None,
            refuse: None,
            after: Period::from_seconds(30),
            scroll: Percent::from_thousandths(500),
            leaving: true,
            remember: Period::from_hours(30 * 24),
        }
    }
}
