//! A file of unknown encoding as lines of text, in bounded memory.
//!
//! UTF-16 is told by its byte order mark or by its zero bytes. Anything else is read line by line: as UTF-8, or, where
//! a line is none, as Windows-1252, the Latin-1 that spreadsheets write. So a file that mixes both is read right.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use anyhow::{Result, bail};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::archive::ZIP;

/// Longest line that is read as one, in bytes; a longer one is cut, and what follows is dropped.
pub const MAX_LINE: usize = 64 * 1024;
/// What is looked at to tell the encoding and the kind of the file, in bytes.
const SAMPLE: usize = 8 * 1024;
/// The first bytes of what Excel wrote before 2007.
const OLD_EXCEL: &[u8] = b"\xd0\xcf\x11\xe0";

/// The lines of a file, without their ends. Lines that were read too far can be put back.
pub struct Lines {
    bytes: Box<dyn BufRead + Send>,
    /// `\n`, or `\r` for files of old Macs.
    end: u8,
    put_back: VecDeque<Line>,
    number: u64,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    pub text: String,
    /// It was longer than [`MAX_LINE`].
    pub is_cut: bool,
}

impl Lines {
    /// Looks at the beginning of `file`; an error tells what it is where it is no text.
    pub fn open(mut file: impl Read + Send + 'static) -> Result<Self> {
        let mut sample = Vec::with_capacity(SAMPLE);
        file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
        if sample.starts_with(ZIP) {
            bail!("it is a spreadsheet or an archive; save it as CSV and import that");
        }
        if sample.starts_with(OLD_EXCEL) {
            bail!("it is an Excel workbook; save it as CSV and import that");
        }
        let (encoding, mark) = encoding_of(&sample);
        if encoding.is_none() && sample.contains(&0) {
            bail!("it is no text; export the addresses as CSV and import that");
        }
        sample.drain(..mark);
        let whole = Cursor::new(sample).chain(file);
        let mut bytes: Box<dyn BufRead + Send> = match encoding {
            Some(encoding) => Box::new(BufReader::with_capacity(SAMPLE * 8, Utf16::new(encoding, whole))),
            None => Box::new(BufReader::with_capacity(SAMPLE * 8, whole)),
        };
        let start = bytes.fill_buf()?;
        let end = if !start.contains(&b'\n') && start.contains(&b'\r') { b'\r' } else { b'\n' };
        Ok(Self { bytes, end, put_back: VecDeque::new(), number: 0 })
    }

    /// The next line; `None` at the end of the file.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.put_back.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::with_capacity(128);
        self.bytes.by_ref().take(MAX_LINE as u64).read_until(self.end, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let has_end = bytes.last() == Some(&self.end);
        let is_cut = !has_end && bytes.len() == MAX_LINE && self.skip_to_end()?;
        if has_end {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
        };
        Ok(Some(Line { number: self.number, text, is_cut }))
    }

    /// Gives lines back, to be read again in the same order.
    pub fn put_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.put_back.push_front(line);
        }
    }

    /// Drops the rest of a line; `false` where there was none.
    fn skip_to_end(&mut self) -> io::Result<bool> {
        Ok(self.bytes.skip_until(self.end)? > 0)
    }
}

/// UTF-16, where it is that, and the length of the byte order mark.
fn encoding_of(sample: &[u8]) -> (Option<&'static Encoding>, usize) {
    match sample {
        [0xef, 0xbb, 0xbf, ..] => (None, 3),
        [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
        // A header is mostly ASCII, which in UTF-16 is every other byte.
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Some(UTF_16BE), 0),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Some(UTF_16LE), 0),
        _ => (None, 0),
    }
}

/// Reads UTF-16 as UTF-8.
struct Utf16<R> {
    bytes: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// Decoded, not handed out yet.
    output: Vec<u8>,
    given: usize,
    is_done: bool,
}

impl<R: Read> Utf16<R> {
    fn new(encoding: &'static Encoding, bytes: R) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { bytes, decoder, input: vec![0; SAMPLE], output: Vec::new(), given: 0, is_done: false }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.is_done {
            let read = self.bytes.read(&mut self.input)?;
            self.is_done = read == 0;
            // Three bytes of UTF-8 for two of UTF-16, and what the decoder kept back.
            self.output.resize(SAMPLE * 3 + 16, 0);
            let (result, _, written, _) =
                self.decoder.decode_to_utf8(&self.input[..read], &mut self.output, self.is_done);
            debug_assert_eq!(result, CoderResult::InputEmpty);
            self.output.truncate(written);
            self.given = 0;
        }
        let many = into.len().min(self.output.len() - self.given);
        into[..many].copy_from_slice(&self.output[self.given..self.given + many]);
        self.given += many;
        Ok(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::open(Cursor::new(bytes.to_vec())).unwrap();
        let mut texts = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            assert_eq!(line.number, texts.len() as u64 + 1);
            texts.push(line.text);
        }
        texts
    }

    #[test]
    fn reads_every_encoding_and_every_line_end() {
        let expected = ["email,name", "a@b.org,Zoë"];
        let text = "email,name\r\na@b.org,Zoë\r\n";
        let utf16 = |mark: char, bytes: fn(u16) -> [u8; 2]| {
            let marked = format!("{mark}{text}");
            read(&marked.trim_start_matches('\0').encode_utf16().flat_map(bytes).collect::<Vec<_>>())
        };
        assert_eq!(read(text.as_bytes()), expected);
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(utf16('\u{feff}', u16::to_le_bytes), expected);
        assert_eq!(utf16('\u{feff}', u16::to_be_bytes), expected);
        assert_eq!(utf16('\0', u16::to_le_bytes), expected);
        assert_eq!(utf16('\0', u16::to_be_bytes), expected);
        assert_eq!(read(&WINDOWS_1252.encode(text).0), expected);
        assert_eq!(read(text.replace("\r\n", "\r").as_bytes()), expected);
        assert_eq!(read(text.replace("\r\n", "\n").trim_end().as_bytes()), expected);
    }

    #[test]
    fn decodes_utf16_longer_than_the_buffer_without_losing_a_character() {
        let text: String = (0..10_000).map(|n| format!("reader{n}@example.org,Zoë {n} 🌍\n")).collect();
        let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes), text.lines().collect::<Vec<_>>());
    }

    #[test]
    fn cuts_a_line_without_end_and_goes_on_behind_it() {
        let mut lines = Lines::open(Cursor::new(format!("{}\nnext", "x".repeat(MAX_LINE * 3)))).unwrap();
        let long = lines.next().unwrap().unwrap();
        assert!(long.is_cut && long.text.len() == MAX_LINE);
        assert_eq!(lines.next().unwrap().unwrap(), Line { number: 2, text: "next".into(), is_cut: false });
    }
}
