use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::desk::failure::Failure;
use crate::saying::number::grouped;

/// Characters of a text that may not stand in one line.
const LONG: usize = 16;

/// A table: as it stands on a page, and as a file of its own.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// What its file is called, and the part of the page.
    pub name: &'static str,
    pub title: &'static str,
    /// A sentence on what is counted; may be empty.
    pub note: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// The page shows so many rows, the file all of them.
    pub shown: usize,
    /// It takes the whole width of a page.
    pub is_wide: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub title: &'static str,
    pub is_number: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    /// A text, and the address it leads to.
    Link(String, String),
    Count(u64),
    /// More or less than before.
    Net(i64),
    /// With one decimal.
    Decimal(f64),
    /// Hundredths.
    Percent(f64),
    /// There is nothing to reckon it from.
    Nothing,
}

/// A column of words.
pub(super) const fn words(title: &'static str) -> Column {
    Column { title, is_number: false }
}

/// A column of numbers.
pub(super) const fn number(title: &'static str) -> Column {
    Column { title, is_number: true }
}

impl Cell {
    /// So many of a whole, in hundredths.
    pub fn share(part: u64, whole: u64) -> Self {
        if whole == 0 { Self::Nothing } else { Self::Percent(part as f64 * 100.0 / whole as f64) }
    }

    pub fn decimal(number: Option<f64>) -> Self {
        number.map_or(Self::Nothing, Self::Decimal)
    }

    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Link(..))
    }

    /// A headline, which needs room on a phone too.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::Text(text) | Self::Link(text, _) if text.chars().count() > LONG)
    }

    /// The address it leads to; empty where it leads nowhere.
    pub fn leads_to(&self) -> &str {
        if let Self::Link(_, to) = self { to } else { "" }
    }

    /// As a page shows it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Link(text, _) => text.clone(),
            Self::Count(many) => grouped(*many),
            Self::Net(net) if *net < 0 => format!("−{}", grouped(net.unsigned_abs())),
            Self::Net(net) => format!("+{}", grouped(net.unsigned_abs())),
            // Beside a hundred, tenths are noise.
            Self::Decimal(number) if *number >= 100.0 => grouped(number.round() as u64),
            Self::Decimal(number) => format!("{number:.1}"),
            Self::Percent(percent) => format!("{percent:.1} %"),
            Self::Nothing => "–".to_owned(),
        }
    }

    /// As a file holds it. A text that a spreadsheet would take for a formula is kept from being one.
    fn written(&self) -> String {
        match self {
            Self::Text(text) | Self::Link(text, _) => {
                let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
                if is_formula { format!("'{text}") } else { text.clone() }
            }
            Self::Count(many) => many.to_string(),
            Self::Net(net) => net.to_string(),
            Self::Decimal(number) | Self::Percent(number) => format!("{number:.2}"),
            Self::Nothing => String::new(),
        }
    }
}

impl Sheet {
    /// The rows that the page shows.
    pub fn top(&self) -> &[Vec<Cell>] {
        &self.rows[..self.rows.len().min(self.shown)]
    }

    /// How many more the file has.
    pub fn more(&self) -> usize {
        self.rows.len().saturating_sub(self.shown)
    }

    fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.title))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::written))?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// The one of these tables that a file is named for, `stories.csv`; `of` begins the name it is saved under.
pub(super) fn file(sheets: &[Sheet], file: &str, of: &str) -> Result<Response, Failure> {
    let name = file.strip_suffix(".csv").ok_or(Failure::NoSuchPage)?;
    let sheet = sheets.iter().find(|sheet| sheet.name == name).ok_or(Failure::NoSuchPage)?;
    let body = sheet.csv().map_err(|error| Failure::of(error.into()))?;
    let saved_as = format!("attachment; filename=\"{of}-{name}.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, saved_as.as_str())];
    Ok((headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_and_every_one_is_quoted_as_it_must_be() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let sheet = Sheet {
            name: "stories",
            title: "Stories",
            note: String::new(),
            columns: vec![words("story"), number("net")],
            rows: vec![
                vec![text("=HYPERLINK(\"https://evil.example\")"), Cell::Net(-3)],
                vec![text("@sum, \"and\" more\nlines"), Cell::Nothing],
                vec![text("A plain one"), Cell::Percent(12.345)],
            ],
            shown: 2,
            is_wide: false,
        };
        let written = String::from_utf8(sheet.csv().unwrap()).unwrap();
        assert_eq!(
            written,
            "story,net\n\"'=HYPERLINK(\"\"https://evil.example\"\")\",-3\n\"'@sum, \"\"and\"\" more\nlines\",\nA plain one,12.35\n"
        );
        assert_eq!((sheet.top().len(), sheet.more()), (2, 1));
        assert_eq!([Cell::Net(-3), Cell::Net(1200)].map(|cell| cell.shown()), ["−3", "+1,200"]);
    }
}
