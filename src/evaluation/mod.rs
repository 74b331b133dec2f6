//! Evaluation: how well selection does on past weeks whose answer is known, beside methods that know less.
//!
//! Owns: reading a folder of weeks, in the documented format or in that of a front page's record; the methods compared;
//! the measures. Leaves out what is printed. Fails on a folder that has no weeks, and on a line that can't be read.

mod clusters;
mod fit;
mod folder;
mod front_pages;
mod learnt;
mod measure;
mod methods;
mod week;

pub use self::clusters::{Clustered, cluster_headlines};
pub use self::folder::read;
pub use self::measure::{Interval, Measured, measure};
pub use self::methods::{Method, rank};
pub use self::week::{Item, Week};
