use serde::Deserialize;

use super::{Colour, Colours, Direction, Fonts, HttpUrl, Language, Line};

/// `[publisher]`: whose name stands over everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    pub name: Line,
    pub tagline: Option<Line>,
    pub website: HttpUrl,
    /// The postal address, printed in every footer (rule C, CAN-SPAM).
    pub address: Line,
    /// An image mailbox providers can fetch.
    pub logo: Option<HttpUrl>,
    /// Readable on the paper: 4.5 to 1 at least (rule H).
    #[serde(default = "default_accent")]
    pub accent: Colour,
    /// The accent in dark mode; where it is missing, composition lightens the accent. Lightened too where
    /// it could not be read.
    pub accent_dark: Option<Colour>,
    #[serde(default)]
    pub colours: Colours,
    #[serde(default)]
    pub fonts: Fonts,
    /// The language of everything readers see, where a newsletter has none of its own.
    #[serde(default = "Language::english")]
    pub language: Language,
    direction: Option<Direction>,
}

fn default_accent() -> Colour {
    Colour::DEFAULT_ACCENT
}

impl Publisher {
    /// The way readers' texts run: as configured, else as the language is written.
    pub fn direction(&self) -> Direction {
        self.direction.unwrap_or_else(|| self.language.direction())
    }
}
