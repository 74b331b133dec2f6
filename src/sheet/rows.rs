//! CSV as people's programs write it: records out of lines (RFC 4180), and what to do where the quoting is broken.

use std::io;

use super::source::{Line, Lines, MAX_LINE};

/// Reads records. A broken one costs its first line and no other.
pub struct Rows {
    lines: Lines,
    delimiter: char,
    /// How many cells the header has, and in which of them the address is.
    columns: usize,
    email: usize,
}

/// One record, or the line that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Cells { line: u64, cells: Vec<String> },
    Broken { line: u64, text: String, reason: &'static str },
}

/// How far a record got with one more line.
enum Quoting {
    Closed,
    /// Inside a quoted cell: it goes on in the next line.
    Open,
    /// Something stands behind a closing quotation mark.
    Stray,
}

pub const STRAY: &str = "has a quotation mark in the wrong place";
pub const UNCLOSED: &str = "has a quotation mark that is never closed";
pub const TOO_LONG: &str = "is longer than 64 KB";

impl Rows {
    pub fn new(lines: Lines, delimiter: char, columns: usize, email: usize) -> Self {
        Self { lines, delimiter, columns, email }
    }

    /// The next record; lines with nothing on them are passed over. `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            match self.lines.next()? {
                None => return Ok(None),
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => return self.read(line).map(Some),
            }
        }
    }

    fn read(&mut self, first: Line) -> io::Result<Row> {
        let broken = |reason| Row::Broken { line: first.number, text: first.text.clone(), reason };
        if first.is_cut {
            return Ok(broken(TOO_LONG));
        }
        let mut record = Record::default();
        let mut quoting = record.add(&first.text, self.delimiter);
        let mut length = first.text.len();
        let mut further: Vec<Line> = Vec::new();
        let reason = loop {
            match quoting {
                Quoting::Closed => return Ok(Row::Cells { line: first.number, cells: record.cells }),
                Quoting::Stray => break STRAY,
                Quoting::Open => {}
            }
            let Some(line) = self.lines.next()? else { break UNCLOSED };
            let is_row = self.looks_like_a_row(&line.text);
            length += line.text.len();
            further.push(line);
            if is_row || length > MAX_LINE {
                break UNCLOSED;
            }
            record.open_cell.push('\n');
            if let Some(line) = further.last() {
                quoting = record.add(&line.text, self.delimiter);
            }
        };
        self.lines.put_back(further.into_iter());
        Ok(broken(reason))
    }

    /// Whether a line that would go on a quoted cell is the next row: then the quotation mark was a stray one, and
    /// reading on would swallow a subscriber.
    fn looks_like_a_row(&self, line: &str) -> bool {
        let mut cells = line.split(self.delimiter);
        let has_address = cells.clone().nth(self.email).is_some_and(|cell| {
            let cell = cell.trim().trim_matches('"');
            cell.contains('@') && !cell.contains(char::is_whitespace)
        });
        has_address && cells.by_ref().count() >= self.columns
    }
}

/// The cells of one line, which is to be a record by itself: a header.
pub fn cells_of(line: &str, delimiter: char) -> Option<Vec<String>> {
    let mut record = Record::default();
    matches!(record.add(line, delimiter), Quoting::Closed).then_some(record.cells)
}

#[derive(Default)]
struct Record {
    cells: Vec<String>,
    /// The quoted cell that is not closed yet.
    open_cell: String,
    is_open: bool,
}

impl Record {
    /// Reads one more line into the record.
    fn add(&mut self, line: &str, delimiter: char) -> Quoting {
        let mut rest = line;
        loop {
            if !self.is_open {
                let unpadded = rest.trim_start_matches(' ');
                let Some(quoted) = unpadded.strip_prefix('"') else {
                    // Quotation marks inside an unquoted cell stand for themselves.
                    match rest.split_once(delimiter) {
                        None => {
                            self.cells.push(rest.to_owned());
                            return Quoting::Closed;
                        }
                        Some((cell, after)) => {
                            self.cells.push(cell.to_owned());
                            rest = after;
                            continue;
                        }
                    }
                };
                self.is_open = true;
                rest = quoted;
            }
            let Some((text, after)) = rest.split_once('"') else {
                self.open_cell.push_str(rest);
                return Quoting::Open;
            };
            self.open_cell.push_str(text);
            if let Some(after) = after.strip_prefix('"') {
                self.open_cell.push('"');
                rest = after;
                continue;
            }
            self.is_open = false;
            self.cells.push(std::mem::take(&mut self.open_cell));
            let after = after.trim_start_matches(' ');
            match after.strip_prefix(delimiter) {
                Some(after) => rest = after,
                None if after.is_empty() => return Quoting::Closed,
                None => return Quoting::Stray,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn read(text: &str, columns: usize) -> Vec<Row> {
        let mut rows = Rows::new(Lines::open(Cursor::new(text.to_owned())).unwrap(), ',', columns, 0);
        std::iter::from_fn(|| rows.next().unwrap()).collect()
    }

    fn cells(line: u64, cells: &[&str]) -> Row {
        Row::Cells { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    fn broken(line: u64, text: &str, reason: &'static str) -> Row {
        Row::Broken { line, text: text.into(), reason }
    }

    #[test]
    fn reads_quoted_cells_over_lines() {
        let text = "\"a@b.org\",\"Ada \"\"The\"\" L\", x\n\nb@b.org,\"two\nlines\",\"\"\n";
        assert_eq!(
            read(text, 3),
            [cells(1, &["a@b.org", "Ada \"The\" L", " x"]), cells(3, &["b@b.org", "two\nlines", ""])]
        );
    }

    #[test]
    fn a_stray_quotation_mark_costs_its_own_line_only() {
        for stray in ["\"ada@b.org,Ada", "ada@b.org,\"Ada", "ada@b.org,\"Ada\" L", "\"\"\"ada@b.org,Ada"] {
            for next in ["bob@b.org,Bob", "\"bob@b.org\",\"Bob\"", "bob@b.org,Bob\"", "bob@b.org,\"Bob\""] {
                let read = read(&format!("{stray}\n{next}\ncy@b.org,Cy\n"), 2);
                assert_eq!(read.len(), 3, "{stray} {next}: {read:?}");
                assert!(matches!(&read[0], Row::Broken { line: 1, text, .. } if text == stray), "{read:?}");
                assert!(matches!(&read[1], Row::Cells { line: 2, cells } if cells[0] == "bob@b.org"), "{read:?}");
                assert_eq!(read[2], cells(3, &["cy@b.org", "Cy"]));
            }
        }
    }

    #[test]
    fn an_unclosed_quotation_mark_gives_every_line_behind_it_back() {
        assert_eq!(
            read("a@b.org,\"x\nnot a row\nb@b.org\n", 2),
            [broken(1, "a@b.org,\"x", UNCLOSED), cells(2, &["not a row"]), cells(3, &["b@b.org"])]
        );
        let long = format!("a@b.org,\"{}\nb@b.org,B\n", "note\n".repeat(20_000));
        let rows = read(&long, 2);
        assert_eq!((rows.len(), rows.last()), (20_001, Some(&cells(20_002, &["b@b.org", "B"]))));
    }

    proptest! {
        #[test]
        fn reads_back_whatever_is_quoted(table in prop::collection::vec(prop::collection::vec("[a-z\" ,;\n]{0,8}", 3), 1..5)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
            let text = table.iter().map(line).collect::<Vec<_>>().join("\n");
            let back: Vec<Vec<String>> = read(&text, 3).into_iter().map(|row| match row {
                Row::Cells { cells, .. } => cells,
                broken => panic!("{broken:?} in {text:?}"),
            }).collect();
            prop_assert_eq!(back, table);
        }
    }
}
