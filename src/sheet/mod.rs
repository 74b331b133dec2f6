//! Sheets: CSV files as people's programs write them, and as ours are to be read by them.
//!
//! Owns: encodings and line ends, records and broken quotes, cells that a spreadsheet would run, tables in archives, files
//! that stand there whole or not at all. Leaves out: which columns there are, and what a row means, which is for each kind
//! of sheet to say.

mod archive;
mod cells;
mod file;
mod header;
mod rows;
mod source;

pub use archive::{ZIP, tables};
pub use cells::{folded, guarded, unguarded};
pub use file::{plain_error, write_new, writer};
pub use header::{Header, folded as folded_name};
pub use rows::{Row, Rows, cells_of};
pub use source::Lines;
