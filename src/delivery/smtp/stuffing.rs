//! From message to wire: dots doubled at the start of a line, and nothing that could smuggle (S11).

use std::borrow::Cow;

/// What a message must not hold on the wire: a bare CR, a bare LF or a NUL (RFC 5321 §2.3.8).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message holds a {0} at byte {1}, which could end it early at the relay; it was not sent")]
pub(super) struct UnsafeByte(&'static str, usize);

/// A message that was [`check`]ed, as it goes between DATA and the final dot: ended by a line end, dots at the start of
/// a line doubled.
pub(super) fn stuffed(message: &[u8]) -> Cow<'_, [u8]> {
    let has_dot = message.starts_with(b".") || Pairs::of(message).leading_dots > 0;
    if message.is_empty() || (!has_dot && message.ends_with(b"\r\n")) {
        return Cow::Borrowed(message);
    }
    let mut wire = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    Cow::Owned(wire)
}

/// Whether the message is safe on the wire.
pub(super) fn check(message: &[u8]) -> Result<(), UnsafeByte> {
    let Pairs { line_ends, returns, feeds, nuls, .. } = Pairs::of(message);
    let (first, last) = (message.first().copied(), message.last().copied());
    let returns = returns + usize::from(last == Some(b'\r'));
    let feeds = feeds + usize::from(first == Some(b'\n'));
    // Every CR stands before an LF, and every LF behind a CR.
    let is_safe = line_ends == returns && line_ends == feeds && nuls == 0 && last != Some(0);
    if is_safe { Ok(()) } else { Err(first_unsafe(message)) }
}

/// What neighbours a message has: counted, because that takes a tenth of what a walk from line to line does, and every
/// message is looked at.
#[derive(Default)]
struct Pairs {
    line_ends: usize,
    /// CR before anything.
    returns: usize,
    /// LF behind anything.
    feeds: usize,
    /// NUL before anything.
    nuls: usize,
    leading_dots: usize,
}

impl Pairs {
    fn of(message: &[u8]) -> Self {
        let mut all = Self::default();
        let Some((_, behind)) = message.split_first() else { return all };
        // Blocks that a byte can count, so that the compiler makes vectors of it.
        for (block, behind) in message[..behind.len()].chunks(255).zip(behind.chunks(255)) {
            let [mut line_ends, mut returns, mut feeds, mut nuls, mut dots] = [0u8; 5];
            for (a, b) in block.iter().zip(behind) {
                let (is_return, is_feed) = (*a == b'\r', *b == b'\n');
                line_ends += u8::from(is_return & is_feed);
                returns += u8::from(is_return);
                feeds += u8::from(is_feed);
                nuls += u8::from(*a == 0);
                dots += u8::from((*a == b'\n') & (*b == b'.'));
            }
            all.line_ends += usize::from(line_ends);
            all.returns += usize::from(returns);
            all.feeds += usize::from(feeds);
            all.nuls += usize::from(nuls);
            all.leading_dots += usize::from(dots);
        }
        all
    }
}

/// The first octet that is not safe, in a message that has one.
fn first_unsafe(message: &[u8]) -> UnsafeByte {
    for (at, byte) in message.iter().enumerate() {
        match byte {
            0 => return UnsafeByte("NUL", at),
            b'\r' if message.get(at + 1) != Some(&b'\n') => return UnsafeByte("bare CR", at),
            b'\n' if at == 0 || message[at - 1] != b'\r' => return UnsafeByte("bare LF", at),
            _ => {}
        }
    }
    UnsafeByte("octet", message.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(message: &[u8]) -> Result<Vec<u8>, UnsafeByte> {
        check(message).map(|()| [&stuffed(message), b".\r\n".as_slice()].concat())
    }

    /// What a strict server takes from the wire: lines end in CRLF only, one leading dot is taken off.
    fn received(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut message = Vec::new();
        let mut at = 0;
        loop {
            let end = at + wire[at..].windows(2).position(|pair| pair == b"\r\n")? + 2;
            let line = &wire[at..end];
            at = end;
            if line == b".\r\n" {
                return Some((message, at));
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
    }

    #[test]
    fn s11_doubles_dots_and_ends_the_last_line() {
        assert_eq!(wire(b"a\r\n.b\r\n..c\r\n").unwrap(), b"a\r\n..b\r\n...c\r\n.\r\n");
        assert_eq!(wire(b"a").unwrap(), b"a\r\n.\r\n");
        assert_eq!(wire(b"").unwrap(), b".\r\n");
    }

    #[test]
    fn s11_refuses_every_known_smuggling_sequence() {
        for inside in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\0"] {
            let message = format!("Subject: a\r\n\r\nb{inside}MAIL FROM:<x@y.org>\r\n");
            assert!(wire(message.as_bytes()).is_err(), "{inside:?} got through");
        }
    }

    proptest! {
        #[test]
        fn s11_what_is_counted_is_what_a_walk_finds(message in "[.a\r\n\0]{0,9}|([a.]{0,400}\r?\n?){0,4}") {
            let message = message.as_bytes();
            let is_safe = first_unsafe(message) == UnsafeByte("octet", message.len());
            prop_assert_eq!(check(message).is_ok(), is_safe);
        }

        #[test]
        fn s11_what_is_received_is_what_was_sent(message in "([.a\r\n\0]|\r\n|\r\n\\.){0,60}") {
            if let Ok(wire) = wire(message.as_bytes()) {
                let (got, read) = received(&wire).unwrap();
                prop_assert_eq!(read, wire.len());
                let got = String::from_utf8(got).unwrap();
                prop_assert_eq!(got.strip_suffix("\r\n").unwrap_or(&got), message.strip_suffix("\r\n").unwrap_or(&message));
                prop_assert!(!wire.contains(&0));
            }
        }
    }
}
