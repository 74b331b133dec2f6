use std::time::Duration;

use super::WireError;
use super::stream::Stream;
use crate::delivery::Reply;

/// RFC 5321 §4.5.3.1.5 allows 512 octets; real servers say more.
const MAX_LINE: usize = 4096;
const MAX_LINES: usize = 128;

/// Reads replies off a stream, one after the other.
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    buffer: Vec<u8>,
}

impl ReplyReader {
    /// Whether bytes are here that nobody asked for yet. Before a TLS handshake they are an attack (S10).
    pub(super) fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next reply, its lines joined by spaces.
    pub(super) async fn read(&mut self, stream: &mut Stream, deadline: Duration) -> Result<Reply, WireError> {
        Ok(self.read_lines(stream, deadline).await?.0)
    }

    /// The next reply with its lines, without their codes.
    pub(super) async fn read_lines(
        &mut self,
        stream: &mut Stream,
        deadline: Duration,
    ) -> Result<(Reply, Vec<String>), WireError> {
        let mut lines: Vec<String> = Vec::new();
        loop {
            let line = self.read_line(stream, deadline).await?;
            let Some((code, is_last, text)) = parse_line(&line) else {
                return Err(WireError::Garbled(line.chars().take(80).collect()));
            };
            lines.push(text.to_owned());
            if is_last {
                return Ok((Reply::new(code, &lines.join(" ")), lines));
            }
            if lines.len() == MAX_LINES {
                return Err(WireError::Garbled(format!("a reply of more than {MAX_LINES} lines")));
            }
        }
    }

    async fn read_line(&mut self, stream: &mut Stream, deadline: Duration) -> Result<String, WireError> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=searched + end).collect();
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                return Ok(String::from_utf8_lossy(line).into_owned());
            }
            searched = self.buffer.len();
            if searched > MAX_LINE {
                return Err(WireError::Garbled("a line without end".into()));
            }
            stream.read(&mut self.buffer, deadline).await?;
        }
    }
}

/// `250-text`, `250 text` or `250`: code, whether it is the last line, text.
fn parse_line(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code: u16 = code.parse().ok().filter(|code| (200..600).contains(code))?;
    match rest.as_bytes().first() {
        None => Some((code, true, "")),
        Some(b' ') => Some((code, true, &rest[1..])),
        Some(b'-') => Some((code, false, &rest[1..])),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_single_and_continued_lines_only() {
        assert_eq!(parse_line("250 Ok"), Some((250, true, "Ok")));
        assert_eq!(parse_line("250-SIZE 10"), Some((250, false, "SIZE 10")));
        assert_eq!(parse_line("354"), Some((354, true, "")));
        for line in ["", "25", "2x0 Ok", "999 Ok", "250_Ok", "+OK", "é50 Ok"] {
            assert_eq!(parse_line(line), None, "{line:?}");
        }
    }
}
