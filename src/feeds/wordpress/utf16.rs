use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

/// Room for what one read gives.
const BUFFER: usize = 64 * 1024;

/// A file in UTF-16, read as UTF-8: whoever looks for tags looks for bytes.
pub struct FromUtf16<R> {
    bytes: R,
    decoder: Decoder,
    text: Vec<u8>,
    /// How much of `text` was handed on.
    read: usize,
    is_over: bool,
}

/// The file as it can be searched for tags: UTF-16 is known by its mark or its first character.
pub fn searchable<'r>(mut bytes: impl BufRead + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let encoding = match bytes.fill_buf()? {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => UTF_16LE,
        [0xfe, 0xff, ..] | [0, b'<', ..] => UTF_16BE,
        _ => return Ok(Box::new(bytes)),
    };
    let decoder = encoding.new_decoder_with_bom_removal();
    let decoded = FromUtf16 { bytes, decoder, text: Vec::new(), read: 0, is_over: false };
    Ok(Box::new(io::BufReader::with_capacity(BUFFER, decoded)))
}

impl<R: BufRead> Read for FromUtf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() {
            if self.is_over {
                return Ok(0);
            }
            self.decode_more()?;
        }
        let left = &self.text[self.read..];
        let length = left.len().min(into.len());
        into[..length].copy_from_slice(&left[..length]);
        self.read += length;
        Ok(length)
    }
}

impl<R: BufRead> FromUtf16<R> {
    fn decode_more(&mut self) -> io::Result<()> {
        let bytes = self.bytes.fill_buf()?;
        let is_last = bytes.is_empty();
        self.text.resize(BUFFER, 0);
        let (result, taken, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.text, is_last);
        self.bytes.consume(taken);
        self.text.truncate(written);
        self.read = 0;
        self.is_over = is_last && result == CoderResult::InputEmpty;
        Ok(())
    }
}
