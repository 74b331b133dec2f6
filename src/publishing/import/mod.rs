//! Readers that come in a file: what each of its rows says, and why one is not taken.
//!
//! Two ways lead in. A plain list of addresses ([`ReaderSheet`]) goes in chunk by chunk, however long it is. The export of
//! another program ([`ArrivalSheet`]) tells more, and moves in as a whole or not at all ([`Press::move_in`]).
//!
//! Owns: which column holds what, what other programs mean, which rows griot takes as they stand. Leaves out: how a sheet is
//! written, which is `sheet`'s, and who may come in, which is the store's ([`crate::store::Import`], [`crate::store::MoveIn`]).
//!
//! [`Press::move_in`]: crate::publishing::Press::move_in

mod arrivals;
mod cells;
mod columns;
mod export;
mod foreseen;
mod formats;
mod moment;
mod moving;
mod refused;
mod status;

use std::io;

use anyhow::Result;

use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::sheet::{Row, Rows, folded, unguarded};
use crate::store::{ImportRow, Refusal, SubscriptionState};
use columns::Columns;

pub use arrivals::{ArrivalSheet, arrivals_of};
pub use export::{Export, Opened, open_exports};
pub use foreseen::{Foreseen, ForeseenRow, Totals};
pub use formats::Source;
pub use moving::{Counts, Move, Moved, MovedRow};
pub use refused::{Reason, Refused};

/// Longest name, in characters; only mistakes are longer.
const MAX_NAME: usize = 200;
/// How much of a cell that is no time zone is kept, in characters.
const MAX_ZONE: usize = 60;

/// A file of readers, read row by row.
pub struct ReaderSheet {
    rows: Rows,
    columns: Columns,
    state: SubscriptionState,
}

/// One row whose time zone griot does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unzoned {
    /// Of the file, from 1.
    pub line: u64,
    pub email: String,
    /// What stood there.
    pub zone: String,
}

impl Unzoned {
    pub fn new(line: u64, email: &str, zone: &str) -> Self {
        Self { line, email: email.to_owned(), zone: zone.chars().take(MAX_ZONE).collect() }
    }
}

/// A row that can be taken, perhaps without its time zone; or why it can't.
pub type SheetRow = Result<(ImportRow, Option<Unzoned>), Refused>;

impl ReaderSheet {
    /// Finds its columns by their names; an error tells what is wrong with them. `state` is what the rows are to be: who
    /// never confirmed elsewhere is not taken as confirmed.
    pub fn begin(export: Export, state: SubscriptionState) -> Result<Self> {
        let columns = Columns::read(&export.header)?;
        let lines = export.lines;
        Ok(Self { rows: Rows::new(lines, columns.delimiter, columns.count, columns.email), columns, state })
    }

    /// The next row, as far as it can be taken; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<SheetRow>> {
        Ok(self.rows.next()?.map(|row| checked(row, &self.columns, self.state)))
    }
}

impl std::fmt::Debug for ReaderSheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReaderSheet").field("columns", &self.columns).finish_non_exhaustive()
    }
}

fn checked(row: Row, columns: &Columns, state: SubscriptionState) -> SheetRow {
    let (line, cells) = match row {
        Row::Cells { line, cells } => (line, cells),
        Row::Broken { line, text, reason } => return Err(Refused::new(line, &text, Reason::Broken(reason))),
    };
    let cell = |column: usize| cells.get(column).map_or("", |cell| unguarded(cell.trim_matches(' ')));
    let address = cell(columns.email);
    let refused = |reason| Refused::new(line, address, reason);
    if address.trim().is_empty() {
        return Err(Refused::new(line, &cells.join(&columns.delimiter.to_string()), Reason::NoAddress));
    }
    let email = EmailAddress::parse(address).map_err(|error| refused(Reason::Address(error)))?;
    let word = columns.state.map_or("", cell);
    let mark = if word == SubscriptionState::Ended.as_str() {
        Some("left, as the file says")
    } else if word == SubscriptionState::Pending.as_str() && state == SubscriptionState::Confirmed {
        Some("never confirmed, as the file says")
    } else {
        None
    };
    if let Some(mark) = mark {
        return Err(refused(Reason::Marked(mark)));
    }
    let parts: Vec<&str> = columns.name.iter().map(|column| cell(*column)).collect();
    let name = folded(&parts.join(" "));
    if name.chars().count() > MAX_NAME {
        return Err(refused(Reason::NameTooLong));
    }
    let zone = columns.timezone.map_or("", cell).trim();
    let timezone = Timezone::find(zone);
    let is_unknown = timezone.is_none() && !zone.is_empty();
    let unzoned = is_unknown.then(|| Unzoned::new(line, email.as_str(), zone));
    Ok((ImportRow { line, email, name, timezone }, unzoned))
}

/// Puts to what the store refused the address it stood for.
pub fn refusals_told(rows: &[ImportRow], mut refusals: Vec<(u64, Refusal)>) -> Vec<Refused> {
    refusals.sort();
    let mut told = Vec::with_capacity(refusals.len());
    for row in rows {
        if let Ok(index) = refusals.binary_search_by_key(&row.line, |(line, _)| *line) {
            told.push(Refused::new(row.line, row.email.as_str(), Reason::Store(refusals[index].1.clone())));
        }
    }
    told
}
