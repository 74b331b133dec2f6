//! Dates and rhythms in English, for pages that do not know their reader's language yet.

use chrono::NaiveDate;

use crate::catalogue::Catalogue;
pub use crate::catalogue::capitalized;
use crate::config::Cadence;

/// `3 March 2025`.
pub fn date(date: NaiveDate) -> String {
    Catalogue::english().date(date)
}

/// `Friday 7 November 2025`.
pub fn full_date(date: NaiveDate) -> String {
    Catalogue::english().full_date(date)
}

/// `every Friday`; nothing where there is no rhythm.
pub fn how_often(cadence: Cadence) -> Option<String> {
    Catalogue::english().how_often(cadence)
}
