use std::borrow::Cow;
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
    /// What stands before is read.
    at: usize,
}

/// A whole reply as it came. Most replies are looked at for their code alone, so nothing is copied out of it before
/// it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawReply<'a> {
    pub(super) code: u16,
    /// The lines with their codes and ends.
    raw: &'a [u8],
}

impl<'a> RawReply<'a> {
    /// The lines, without their codes.
    pub(super) fn lines(self) -> impl Iterator<Item = Cow<'a, str>> {
        let lines = self.raw.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| String::from_utf8_lossy(trim_end(line).get(4..).unwrap_or_default()))
    }

    /// The reply, its lines joined by spaces.
    pub(super) fn to_reply(self) -> Reply {
        let mut lines = self.lines();
        let mut text = lines.next().unwrap_or_default();
        for line in lines {
            text.to_mut().push(' ');
            text.to_mut().push_str(&line);
        }
        Reply::new(self.code, &text)
    }
}

/// The first reply of what a relay said, and how many octets it has; `None` as long as it is not whole. An error where
/// it is no SMTP.
pub fn read_reply(said: &[u8]) -> anyhow::Result<Option<(Reply, usize)>> {
    let mut scan = Scan::default();
    let code = scan.reply(said)?;
    Ok(code.map(|code| (RawReply { code, raw: &said[..scan.end] }.to_reply(), scan.end)))
}

impl ReplyReader {
    /// Whether bytes are here that nobody asked for yet. Before a TLS handshake they are an attack (S10).
    pub(super) fn has_more(&self) -> bool {
        self.at < self.buffer.len()
    }

    /// Takes in what has come, without waiting.
    pub(super) fn look(&mut self, stream: &mut Stream) -> Result<(), WireError> {
        stream.read_now(&mut self.buffer)
    }

    /// What is here begins by 421, which needs no question.
    pub(super) fn has_goodbye(&self) -> bool {
        self.buffer[self.at..].starts_with(b"421")
    }

    /// The next reply.
    pub(super) async fn read(&mut self, stream: &mut Stream, deadline: Duration) -> Result<RawReply<'_>, WireError> {
        let mut known = Scan::default();
        let code = loop {
            if let Some(code) = known.reply(&self.buffer[self.at..])? {
                break code;
            }
            if self.at > 0 {
                self.buffer.drain(..self.at);
                self.at = 0;
            }
            stream.read(&mut self.buffer, deadline).await?;
        };
        let start = self.at;
        self.at += known.end;
        Ok(RawReply { code, raw: &self.buffer[start..self.at] })
    }
}

/// How far a reply was looked through.
#[derive(Debug, Default)]
struct Scan {
    /// Octets of whole lines.
    end: usize,
    lines: usize,
}

impl Scan {
    /// The code, once the reply's last line is there.
    fn reply(&mut self, bytes: &[u8]) -> Result<Option<u16>, WireError> {
        loop {
            let rest = &bytes[self.end..];
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                return if rest.len() > MAX_LINE {
                    Err(WireError::Garbled("a line without end".into()))
                } else {
                    Ok(None)
                };
            };
            let line = trim_end(&rest[..=end]);
            let Some((code, is_last)) = parse_line(line) else {
                return Err(WireError::Garbled(String::from_utf8_lossy(line).chars().take(80).collect()));
            };
            self.end += end + 1;
            self.lines += 1;
            if is_last {
                return Ok(Some(code));
            }
            if self.lines == MAX_LINES {
                return Err(WireError::Garbled(format!("a reply of more than {MAX_LINES} lines")));
            }
        }
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// `250-text`, `250 text` or `250`: code, and whether it is the last line.
fn parse_line(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code =
        digits.iter().try_fold(0, |code, digit| digit.is_ascii_digit().then(|| code * 10 + u16::from(digit - b'0')))?;
    if !(200..600).contains(&code) {
        return None;
    }
    match rest.first() {
        None | Some(b' ') => Some((code, true)),
        Some(b'-') => Some((code, false)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_single_and_continued_lines_only() {
        assert_eq!(parse_line(b"250 Ok"), Some((250, true)));
        assert_eq!(parse_line(b"250-SIZE 10"), Some((250, false)));
        assert_eq!(parse_line(b"354"), Some((354, true)));
        for line in ["", "25", "2x0 Ok", "999 Ok", "250_Ok", "+OK", "é50 Ok"] {
            assert_eq!(parse_line(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn a_reply_is_whole_with_its_last_line_wherever_it_was_cut() {
        let bytes = b"250-one\r\n250-\r\n250 2.0.0 three\r\n354 next";
        for cut in 0..bytes.len() {
            let mut scan = Scan::default();
            let early = scan.reply(&bytes[..cut]).unwrap();
            assert_eq!(early.is_some(), cut >= 32, "{cut}");
            if early.is_none() {
                assert_eq!(scan.reply(bytes).unwrap(), Some(250));
            }
            assert_eq!(scan.end, 32);
        }
        let raw = RawReply { code: 250, raw: &bytes[..32] };
        assert_eq!(raw.lines().collect::<Vec<_>>(), ["one", "", "2.0.0 three"]);
    }
}
