//! Aligned columns, without lines around them.

use std::io::Write;

use anyhow::Result;

use super::output::{Output, Tone, plain};

/// Rows that are written once all are known, so that each column is as wide as its widest cell.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A state word, coloured by what it means.
    pub fn state(word: impl ToString, tone: Tone) -> Self {
        Self { text: word.to_string(), tone }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: plain(text.as_ref()), tone: Tone::Neutral }
    }
}

impl Table {
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn write(&self, out: &mut Output) -> Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column| self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            // The last cell that says something is not padded: no line ends in spaces.
            let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
            for (index, cell) in row.iter().enumerate().take(last + 1) {
                let width = if index == last { 0 } else { widths[index] };
                let gap = if index == last { "" } else { "  " };
                write!(out, "{}{gap}", out.state(&cell.text, cell.tone, width))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Cell {
    fn width(&self) -> usize {
        self.text.chars().count()
    }
}
