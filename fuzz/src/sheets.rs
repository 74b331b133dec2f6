//! Any octets as a file of readers: each row that is taken has an address that can be mailed and a name for one line, and
//! what was read is read the same once it is written as CSV. No row of the file is lost or made up.

use std::io::Cursor;

use super::{assert_line, within_bounds};
use griot::address::EmailAddress;
use griot::publishing::{Export, ReaderSheet};
use griot::store::{ImportRow, SubscriptionState};

pub fn run(file: &[u8]) {
    for state in [SubscriptionState::Confirmed, SubscriptionState::Pending] {
        let Some(rows) = within_bounds(|| rows(file.to_vec(), state)) else { return };
        let again = rows_of(written(&rows));
        assert_eq!(again.len(), rows.len());
        for (again, row) in again.iter().zip(&rows) {
            assert_eq!((&again.email, &again.name, again.timezone), (&row.email, &row.name, row.timezone));
        }
    }
}

fn rows_of(file: String) -> Vec<ImportRow> {
    rows(file.into_bytes(), SubscriptionState::Confirmed).expect("its header is in order")
}

/// The rows that are taken; `None` where it is no sheet at all.
fn rows(file: Vec<u8>, state: SubscriptionState) -> Option<Vec<ImportRow>> {
    let size = file.len();
    let mut sheet =
        match Export::open("readers.csv", Cursor::new(file)).and_then(|export| ReaderSheet::begin(export, state)) {
            Ok(sheet) => sheet,
            Err(error) => {
                assert_line(&error.to_string(), 10_000_000);
                return None;
            }
        };
    let (mut taken, mut last) = (Vec::new(), 0);
    while let Some(row) = sheet.next_row().expect("a file in memory") {
        let line = match row {
            Ok((row, unzoned)) => {
                assert_eq!(EmailAddress::parse(row.email.as_str()), Ok(row.email.clone()));
                assert_line(&row.name, 200);
                assert!(unzoned.is_none_or(|unzoned| row.timezone.is_none() && unzoned.zone.chars().count() <= 60));
                taken.push(row);
                taken[taken.len() - 1].line
            }
            Err(refused) => {
                assert!(refused.value.chars().count() <= 200);
                refused.line
            }
        };
        assert!(line > last && line <= size as u64 + 1, "line {line} after {last}");
        last = line;
    }
    Some(taken)
}

/// As a program writes it that quotes everything, and guards cells from spreadsheets.
fn written(rows: &[ImportRow]) -> String {
    let cell = |text: &str| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    let line = |row: &ImportRow| {
        let zone = row.timezone.map(|zone| zone.to_string()).unwrap_or_default();
        [cell(row.email.as_str()), cell(&row.name), cell(&zone)].join(",") + "\r\n"
    };
    "\u{feff}email,name,timezone\r\n".to_owned() + &rows.iter().map(line).collect::<String>()
}
