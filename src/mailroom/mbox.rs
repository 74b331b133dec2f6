//! An mbox, read mail by mail.

use std::io::{self, BufRead};

/// What a line before a mail begins with.
const FROM: &[u8] = b"From ";
/// Of one line so much is looked at at a time: a file without line ends does not fill the memory.
const PIECE: u64 = 64 * 1024;

/// The mails of a file in the formats mboxo and mboxrd (RFC 4155 names them all), with LF or CRLF. It is only read: to
/// take mails out of a file that a mail server may be writing to is not safe.
///
/// A line of a mail that begins with `>From ` has one `>` too many, and loses it.
#[derive(Debug)]
pub struct Mbox<R> {
    from: R,
    max: usize,
    /// The `From ` line of the next mail has been read.
    has_begun: bool,
}

/// Whether a file that begins so is an mbox.
pub fn is_mbox(beginning: &[u8]) -> bool {
    beginning.starts_with(FROM)
}

impl<R: BufRead> Mbox<R> {
    /// Of each mail at most `max` octets are kept.
    pub fn new(from: R, max: u64) -> Self {
        Self { from, max: usize::try_from(max).unwrap_or(usize::MAX), has_begun: false }
    }

    fn read_mail(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut piece = Vec::new();
        let mut mail = Vec::new();
        // A line longer than a piece comes in several, and only the first is the beginning of a line.
        let mut is_beginning = true;
        // An empty line counts only once something follows it that is not the next mail.
        let mut blank: Option<Vec<u8>> = None;
        loop {
            piece.clear();
            if io::Read::take(&mut self.from, PIECE).read_until(b'\n', &mut piece)? == 0 {
                let is_mail = std::mem::take(&mut self.has_begun);
                return Ok(is_mail.then_some(mail));
            }
            let begins = std::mem::replace(&mut is_beginning, piece.ends_with(b"\n"));
            if begins && piece.starts_with(FROM) && (blank.is_some() || mail.is_empty()) {
                let is_mail = std::mem::replace(&mut self.has_begun, true);
                // The rest of a long `From ` line is of no use either.
                while !is_beginning {
                    piece.clear();
                    is_beginning = io::Read::take(&mut self.from, PIECE).read_until(b'\n', &mut piece)? == 0
                        || piece.ends_with(b"\n");
                }
                if is_mail {
                    return Ok(Some(mail));
                }
                // What stands before the first of these lines is no mail.
                mail.clear();
                blank = None;
                continue;
            }
            if let Some(blank) = blank.take() {
                self.keep(&mut mail, &blank);
            }
            if begins && matches!(&piece[..], b"\n" | b"\r\n") {
                blank = Some(piece.clone());
            } else {
                self.keep(&mut mail, if begins && is_quoted(&piece) { &piece[1..] } else { &piece });
            }
        }
    }

    fn keep(&self, mail: &mut Vec<u8>, line: &[u8]) {
        let room = self.max.saturating_sub(mail.len());
        mail.extend_from_slice(&line[..line.len().min(room)]);
    }
}

/// `>From `, `>>From ` and so on.
fn is_quoted(line: &[u8]) -> bool {
    let rest = line.iter().position(|b| *b != b'>').unwrap_or_default();
    rest > 0 && line[rest..].starts_with(FROM)
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Vec<u8>>;

    /// After an error nothing more is to be had.
    fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        self.read_mail().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mails(text: &str, max: u64) -> Vec<String> {
        Mbox::new(text.as_bytes(), max).map(|mail| String::from_utf8(mail.unwrap()).unwrap()).collect()
    }

    #[test]
    fn takes_it_apart_with_either_line_end() {
        let text = "From a@b Thu Jan  1 00:00:00 1970\nSubject: 1\n\nHello\n\nWorld\n\nFrom - x\nSubject: 2\n\n\n";
        let wanted = ["Subject: 1\n\nHello\n\nWorld\n", "Subject: 2\n\n"];
        assert_eq!(mails(text, 1_000), wanted);
        let with_crlf = wanted.map(|mail| mail.replace('\n', "\r\n"));
        assert_eq!(mails(&text.replace('\n', "\r\n"), 1_000), with_crlf);
    }

    #[test]
    fn a_line_of_a_mail_is_not_the_next_mail() {
        let text = "From x\nSubject: 1\n\n>From here\n>>From there\n> From afar\n>Fromage\nFrom behind\n";
        let wanted = "Subject: 1\n\nFrom here\n>From there\n> From afar\n>Fromage\nFrom behind\n";
        assert_eq!(mails(text, 1_000), [wanted]);
    }

    #[test]
    fn reads_the_beginning_of_a_large_mail_and_the_next_one_whole() {
        let line = "x".repeat(3 * PIECE as usize + 7);
        let text = format!("From x\nSubject: 1\n\n{line}\nFrom {line}\n\nFrom {line}\nSubject: 2\n\nlast");
        assert_eq!(mails(&text, 14), ["Subject: 1\n\nxx", "Subject: 2\n\nla"]);
    }

    #[test]
    fn an_empty_file_has_no_mail_and_a_bare_from_line_an_empty_one() {
        assert_eq!(mails("", 10), [""; 0]);
        assert_eq!(mails("From x\n", 10), [""]);
        assert_eq!(mails("From x\n\nFrom y\nA: b", 10), ["", "A: b"]);
    }
}
