//! Where a command's answer goes.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stdout};

use anyhow::Result;
use serde::Serialize;

pub use crate::saying::text::plain;

/// The standard output: buffered, coloured on a terminal only, and aware of a reader that went away.
#[derive(Debug)]
pub struct Output {
    out: BufWriter<Stdout>,
    is_coloured: bool,
}

/// What a state word means to an operator; the only use of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Waiting,
    Bad,
    Neutral,
}

/// Whoever read the output stopped reading, as `head` does.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
struct NoReader;

impl Output {
    pub fn stdout() -> Self {
        Self { out: BufWriter::new(stdout()), is_coloured: stdout().is_terminal() && wants_colour() }
    }

    /// A state word in its colour, padded to `width`.
    pub fn state(&self, word: impl fmt::Display, tone: Tone, width: usize) -> String {
        let word = format!("{word:width$}");
        let colour = match tone {
            Tone::Good => "32",
            Tone::Waiting => "33",
            Tone::Bad => "31",
            Tone::Neutral => return word,
        };
        if self.is_coloured { format!("\x1b[{colour}m{word}\x1b[0m") } else { word }
    }

    /// One line of JSON.
    pub fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let line = serde_json::to_string(value)?;
        Ok(writeln!(self, "{line}")?)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(marked)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(marked)
    }
}

/// Tells a broken pipe of the output from one of a network connection.
fn marked(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe { io::Error::new(io::ErrorKind::BrokenPipe, NoReader) } else { error }
}

/// Whether a command failed only because its output was cut short by who read it.
pub fn has_no_reader(error: &anyhow::Error) -> bool {
    let is_marked = |error: &io::Error| error.get_ref().is_some_and(|inner| inner.is::<NoReader>());
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_marked))
}

/// Whether colour is wanted at all: <https://no-color.org>.
pub fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A text of at most `width` characters; what is longer ends in `…`.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_state_words_on_a_terminal_only() {
        let mut out = Output::stdout();
        out.is_coloured = false;
        assert_eq!(out.state("sent", Tone::Good, 6), "sent  ");
        out.is_coloured = true;
        assert_eq!(out.state("sent", Tone::Good, 6), "\x1b[32msent  \x1b[0m");
        assert_eq!(out.state("draft", Tone::Neutral, 0), "draft");
    }

    #[test]
    fn knows_a_reader_that_went_away_from_a_relay_that_did() {
        let gone = anyhow::Error::from(marked(io::ErrorKind::BrokenPipe.into())).context("listing");
        assert!(has_no_reader(&gone));
        assert!(!has_no_reader(&anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe))));
    }
}
