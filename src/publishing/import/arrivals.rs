use std::collections::HashMap;
use std::io::{self, Cursor};

use anyhow::Result;
use unic_langid::LanguageIdentifier;

use super::cells::Cells;
use super::columns::email_of;
use super::export::{Export, open_exports};
use super::formats::{Setting, Source, Told};
use super::refused::{Reason, Refused};
use super::{MAX_NAME, Unzoned};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::sheet::{Row, Rows, unguarded};
use crate::store::Arrival;

/// How much of a text that another program kept is kept here, in characters.
const MAX_TEXT: usize = 500;

/// The export of another program, read row by row.
pub struct ArrivalSheet {
    rows: Rows,
    source: Source,
    places: HashMap<String, usize>,
    email: usize,
    delimiter: char,
    file: String,
    is_confirmed: bool,
}

/// A reader, perhaps without their time zone; or why the row is not taken.
pub type ArrivalRow = Result<(Arrival, Option<Unzoned>), Refused>;

impl ArrivalSheet {
    /// `is_confirmed`: the operator vouches for those of whom the file says nothing.
    pub fn begin(export: Export, is_confirmed: bool) -> Result<Self> {
        let Export { name, source, header, lines } = export;
        let email = email_of(&header)?;
        let rows = Rows::new(lines, header.delimiter, header.names.len(), email);
        let (places, delimiter) = (header.places(), header.delimiter);
        Ok(Self { rows, source, places, email, delimiter, file: name.to_lowercase(), is_confirmed })
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<ArrivalRow>> {
        Ok(self.rows.next()?.map(|row| self.read(row)))
    }

    fn read(&self, row: Row) -> ArrivalRow {
        let (line, cells) = match row {
            Row::Cells { line, cells } => (line, cells),
            Row::Broken { line, text, reason } => return Err(Refused::new(line, &text, Reason::Broken(reason))),
        };
        let address = cells.get(self.email).map_or("", |cell| unguarded(cell.trim()));
        if address.is_empty() {
            return Err(Refused::new(line, &cells.join(&self.delimiter.to_string()), Reason::NoAddress));
        }
        let refused = |reason| Refused::new(line, address, reason);
        let email = EmailAddress::parse(address).map_err(|error| refused(Reason::Address(error)))?;
        let setting = Setting { file: &self.file, is_confirmed: self.is_confirmed };
        let cells = Cells { places: &self.places, cells: &cells };
        let told = self.source.told(&cells, &setting).map_err(refused)?;
        if told.name.chars().count() > MAX_NAME {
            return Err(refused(Reason::NameTooLong));
        }
        let timezone = Timezone::find(told.zone.trim());
        let is_unknown = timezone.is_none() && !told.zone.is_empty();
        let unzoned = is_unknown.then(|| Unzoned::new(line, email.as_str(), &told.zone));
        let Told { name, language, mut evidence, standing, since, lists, source, kept, .. } = told;
        if kept.is_none() {
            evidence.page = evidence.page.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
        }
        let source = source.map_or_else(|| self.source.origin(), Into::into);
        let language = language_of(&language);
        Ok((Arrival { line, email, name, language, timezone, standing, since, evidence, source, lists, kept }, unzoned))
    }
}

impl std::fmt::Debug for ArrivalSheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrivalSheet").field("file", &self.file).field("source", &self.source).finish_non_exhaustive()
    }
}

/// The tag of a language (BCP 47); empty where a text is none.
fn language_of(text: &str) -> String {
    let is_tag = text.split(['-', '_']).next().is_some_and(|language| (2..=3).contains(&language.len()));
    let parsed = text.replace('_', "-").parse::<LanguageIdentifier>().ok().filter(|_| is_tag);
    parsed.map(|language| language.to_string()).unwrap_or_default()
}

/// Everything that a file or an archive says, from bytes to values: nothing is asked of a store.
pub fn arrivals_of(name: &str, bytes: Vec<u8>) -> Result<Vec<ArrivalRow>> {
    let mut rows = Vec::new();
    for export in open_exports(name, Cursor::new(bytes), None)?.exports {
        let mut sheet = ArrivalSheet::begin(export, false)?;
        while let Some(row) = sheet.next_row()? {
            rows.push(row);
        }
    }
    Ok(rows)
}
