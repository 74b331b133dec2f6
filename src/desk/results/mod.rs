//! Results: what became of an edition, how a newsletter does from one to the next.
//!
//! Owns: the numbers as tables, each of them a CSV file too ([`sheet`]), as lines and bars ([`chart`]), and the brief with
//! its clicks marked ([`map`]). Leaves out: counting, which happens in `store` when the thing itself happens, so that no
//! page reads deliveries. No address of a reader is among them.

mod chart;
mod edition;
mod edition_sheets;
mod figures;
mod list;
mod map;
mod newsletter;
mod newsletter_sheets;
mod sheet;

pub(super) use edition::{csv as edition_csv, show as edition};
pub(super) use list::show as list;
pub(super) use map::show as click_map;
pub(super) use newsletter::{csv as newsletter_csv, show as newsletter};

use crate::store::EditionName;

/// The part of the desk they belong to.
const PART: &str = "/desk/results";

/// Where the results of an edition are.
pub(super) fn edition_address(name: &EditionName) -> String {
    format!("{}/results", super::edition::address(name))
}

/// Where those of a newsletter are.
fn newsletter_address(newsletter: &str) -> String {
    format!("/desk/newsletters/{newsletter}")
}
