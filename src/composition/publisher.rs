use super::{Plain, WebUrl};
use crate::catalogue::Catalogue;
use crate::config::{Cadence, Direction};

/// Who speaks: the same in every brief and every letter.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub name: Plain,
    /// Empty where there is none.
    pub tagline: Plain,
    pub website: WebUrl,
    /// Printed in every footer: CAN-SPAM asks for it.
    pub postal_address: Plain,
    /// Stands for the name in the masthead, 28 px high; the name is its alternative text.
    pub logo: Option<WebUrl>,
    /// BCP 47, of what is published, as `en` or `ar-EG`.
    pub language: Plain,
    pub direction: Direction,
    /// griot's own words: in that language, or in English where no catalogue speaks it.
    pub words: Catalogue,
}

/// The newsletter an edition or a letter belongs to.
#[derive(Debug, Clone)]
pub struct Newsletter {
    pub name: Plain,
    pub cadence: Cadence,
}

impl Publisher {
    pub(super) fn logo(&self) -> Option<&WebUrl> {
        self.logo.as_ref().filter(|logo| logo.is_private_in_transit())
    }
}
