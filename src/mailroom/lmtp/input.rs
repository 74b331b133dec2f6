use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::delivery::Stop;

/// The longest line of a command, its end included: RFC 5321 §4.5.3.1.4 with ample room for parameters.
const MAX_LINE: usize = 4096;
/// The client may be silent for so long (RFC 5321 §4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(300);
const READ: usize = 64 * 1024;

/// Both directions of a connection. What is answered leaves before more is waited for, so that answers to commands
/// that came together leave together.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    read: Vec<u8>,
    /// What of `read` has been taken.
    taken: usize,
    answers: Vec<u8>,
    stop: Stop,
}

/// Why nothing more can be read.
#[derive(Debug)]
pub(super) enum Ended {
    Gone,
    Silent,
    Stopping,
}

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Whole(String),
    /// It is too long, ends without a CR, or is no UTF-8 text without control characters.
    Bad,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn new(stream: S, stop: Stop) -> Self {
        Self { stream, read: Vec::new(), taken: 0, answers: Vec::new(), stop }
    }

    pub fn answer(&mut self, text: &str) {
        self.answers.extend_from_slice(text.as_bytes());
        self.answers.extend_from_slice(b"\r\n");
    }

    pub async fn flush(&mut self) -> Result<(), Ended> {
        let answers = std::mem::take(&mut self.answers);
        match timeout(IDLE, self.stream.write_all(&answers)).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(Ended::Silent),
        }
    }

    /// Returns with more to take, or an error.
    async fn fill(&mut self) -> Result<(), Ended> {
        self.flush().await?;
        self.read.drain(..self.taken);
        self.taken = 0;
        self.read.reserve(READ);
        tokio::select! {
            biased;
            () = self.stop.asked() => Err(Ended::Stopping),
            read = timeout(IDLE, self.stream.read_buf(&mut self.read)) => match read {
                Ok(Ok(0)) => Err(Ended::Gone),
                Ok(read) => Ok(read.map(drop)?),
                Err(_) => Err(Ended::Silent),
            }
        }
    }

    /// The next command.
    pub async fn line(&mut self) -> Result<Line, Ended> {
        let mut is_too_long = false;
        let mut looked_at = 0;
        loop {
            let waiting = &self.read[self.taken..];
            if let Some(end) = waiting[looked_at..].iter().position(|b| *b == b'\n') {
                let line = &waiting[..looked_at + end];
                let text = line.strip_suffix(b"\r").and_then(|line| std::str::from_utf8(line).ok());
                let text =
                    text.filter(|text| line.len() < MAX_LINE && !is_too_long && !text.contains(char::is_control));
                let read = text.map_or(Line::Bad, |text| Line::Whole(text.to_owned()));
                self.taken += looked_at + end + 1;
                return Ok(read);
            }
            looked_at = waiting.len();
            if looked_at >= MAX_LINE {
                is_too_long = true;
                self.taken = self.read.len();
                looked_at = 0;
            }
            self.fill().await?;
        }
    }

    /// What follows DATA, up to its final dot.
    pub async fn data(&mut self, kept: &mut Kept) -> Result<(), Ended> {
        let mut stuffing = Stuffing::LineStart;
        loop {
            while self.taken < self.read.len() {
                let octet = self.read[self.taken];
                self.taken += 1;
                stuffing = match stuffing.next(octet, kept) {
                    Stuffing::End => return Ok(()),
                    next => next,
                };
            }
            self.fill().await?;
        }
    }

    /// The octets that follow BDAT.
    pub async fn chunk(&mut self, mut octets: u64, kept: &mut Kept) -> Result<(), Ended> {
        while octets > 0 {
            if self.taken == self.read.len() {
                self.fill().await?;
            }
            let waiting = &self.read[self.taken..];
            let part = waiting.len().min(usize::try_from(octets).unwrap_or(usize::MAX));
            kept.add(&waiting[..part]);
            self.taken += part;
            octets -= part as u64;
        }
        Ok(())
    }
}

/// The beginning of a mail; what lies beyond the limit is thrown away.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub bytes: Vec<u8>,
    max: usize,
}

impl Kept {
    pub fn new(max: u64) -> Self {
        Self { bytes: Vec::new(), max: usize::try_from(max).unwrap_or(usize::MAX) }
    }

    fn add(&mut self, part: &[u8]) {
        let room = self.max.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&part[..part.len().min(room)]);
    }
}

/// Where in a line of DATA we are (RFC 5321 §4.5.2). Only CRLF ends a line: a bare CR or LF is text, or the end of a
/// mail could be forged in it (rule S11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stuffing {
    LineStart,
    /// A dot that is the first octet of its line.
    Dot,
    DotCr,
    Text,
    Cr,
    End,
}

impl Stuffing {
    fn next(self, octet: u8, kept: &mut Kept) -> Self {
        match (self, octet) {
            (Self::LineStart, b'.') => return Self::Dot,
            (Self::Dot, b'\r') => return Self::DotCr,
            (Self::DotCr, b'\n') => return Self::End,
            (Self::DotCr, _) => {
                kept.add(b"\r");
                return Self::Cr.next(octet, kept);
            }
            _ => kept.add(&[octet]),
        }
        match (self, octet) {
            (Self::Cr, b'\n') => Self::LineStart,
            (_, b'\r') => Self::Cr,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of these octets, and what follows the final dot; each piece comes in a read of its own.
    async fn read(pieces: &[&[u8]], max: u64) -> Option<(Vec<u8>, Line)> {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let (_asked, stop) = Stop::new();
        let mut wire = Wire::new(near, stop);
        for piece in pieces {
            far.write_all(piece).await.unwrap();
        }
        drop(far);
        let mut kept = Kept::new(max);
        wire.data(&mut kept).await.ok()?;
        Some((kept.bytes, wire.line().await.ok()?))
    }

    #[tokio::test]
    async fn s11_only_a_dot_between_two_crlf_ends_a_mail() {
        for inside in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r\n.\n", "\r.\r\n", ".\r\n", "\r\n.\rx\n.\r\n"] {
            let text = format!("a{inside}MAIL FROM:<x>\r\n.\r\nQUIT\r\n");
            let (kept, next) = read(&[text.as_bytes()], 1_000).await.unwrap();
            assert_eq!(next, Line::Whole("QUIT".into()), "{inside:?}");
            // A dot that begins a line and does not end the mail was stuffed.
            let wanted =
                format!("a{inside}MAIL FROM:<x>\r\n").replace("\r\n.\r", "\r\n\r").replace("\r\n.\n", "\r\n\n");
            assert_eq!(String::from_utf8(kept).unwrap(), wanted, "{inside:?}");
        }
    }

    #[tokio::test]
    async fn takes_stuffed_dots_out_wherever_reads_end() {
        let text = b"..\r\n.\r.\r\n...x\r\n\r\n.\r\nNOOP\r\n";
        for cut in 0..text.len() {
            let (kept, next) = read(&[&text[..cut], &text[cut..]], 1_000).await.unwrap();
            assert_eq!((&kept[..], next), (&b".\r\n\r.\r\n..x\r\n\r\n"[..], Line::Whole("NOOP".into())), "{cut}");
        }
    }

    #[tokio::test]
    async fn keeps_the_beginning_of_what_is_too_large() {
        let text = format!("{}\r\n.\r\nRSET\r\n", "x".repeat(200_000));
        assert_eq!(read(&[text.as_bytes()], 5).await.unwrap(), (b"xxxxx".to_vec(), Line::Whole("RSET".into())));
        assert_eq!(read(&[b"half a mail\r\n."], 100).await, None);
    }

    #[tokio::test]
    async fn a_line_is_bounded_and_ends_with_crlf() {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let (_asked, stop) = Stop::new();
        let mut wire = Wire::new(near, stop);
        let text = format!("NOOP\nNOOP\0\r\n{}\r\nNOOP ü\r\n", "x".repeat(100_000));
        far.write_all(text.as_bytes()).await.unwrap();
        for wanted in [Line::Bad, Line::Bad, Line::Bad, Line::Whole("NOOP ü".into())] {
            assert_eq!(wire.line().await.unwrap(), wanted);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_left() {
        let (near, _far) = tokio::io::duplex(1 << 20);
        let (_asked, stop) = Stop::new();
        assert!(matches!(Wire::new(near, stop).line().await, Err(Ended::Silent)));
    }
}
