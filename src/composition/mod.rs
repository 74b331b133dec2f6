//! Composition: from what an edition holds to what a reader sees, as pure functions over values.
//!
//! Owns: the views ([`Brief`], [`Confirmation`], [`Goodbye`]), the templates that set them, the colours, the subject
//! and preheader rules, and the [`Place`]s left open for each reader. Leaves out: where stories come from and which
//! are picked. Nothing here reads a clock, a store or the network; composing cannot fail.

pub mod place;
mod plain;
mod web_url;

pub use place::{Piece, Place};
pub use plain::Plain;
pub use web_url::{WebUrl, WebUrlError};
