use serde::Deserialize;

use super::{HttpUrl, Line, PlatformId};

/// `[[platform]]`: one of the publisher's sites.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub id: PlatformId,
    pub name: Line,
    pub website: HttpUrl,
    /// No URL stands twice over all platforms. May be empty: stories can be added by hand.
    #[serde(default)]
    pub feeds: Vec<HttpUrl>,
    /// A feed whose order is that of the front page: how long a story stands at its top is a signal. It may be one of
    /// `feeds`; stories are taken from it only then.
    pub front_page: Option<HttpUrl>,
}
