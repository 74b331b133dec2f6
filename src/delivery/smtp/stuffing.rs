//! From message to wire: dots doubled at the start of a line, and nothing that could smuggle (S11).

/// What a message must not hold on the wire: a bare CR, a bare LF or a NUL (RFC 5321 §2.3.8).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message holds a {0} at byte {1}, which could end it early at the relay; it was not sent")]
pub(super) struct UnsafeByte(&'static str, usize);

/// What there is to do before a message may go between DATA and the final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuffing {
    /// It may go as it is.
    None,
    /// A line begins with a dot, or the last one has no end.
    Needed,
}

/// Whether the message is safe on the wire, and what it needs.
///
/// Every message is looked at, so neighbours are compared without a branch, which the compiler makes vectors of: a
/// walk from line to line takes four times as long.
pub(super) fn inspect(message: &[u8]) -> Result<Stuffing, UnsafeByte> {
    let Some(((first, behind), last)) = message.split_first().zip(message.last()) else { return Ok(Stuffing::None) };
    let is_odd = message.iter().zip(behind).fold(false, |is_odd, (a, b)| {
        // A CR and no LF behind it, or an LF and no CR before it; a dot that begins a line.
        is_odd | ((*a == b'\r') != (*b == b'\n')) | (*b == 0) | ((*a == b'\n') & (*b == b'.'))
    });
    if !is_odd && !matches!(first, b'\n' | 0 | b'.') && *last == b'\n' {
        return Ok(Stuffing::None);
    }
    match first_unsafe(message) {
        Some(unsafe_byte) => Err(unsafe_byte),
        None => Ok(Stuffing::Needed),
    }
}

/// The message with its dots doubled, and its last line ended.
pub(super) fn stuff(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.is_empty() && !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

/// The first octet that is not safe.
fn first_unsafe(message: &[u8]) -> Option<UnsafeByte> {
    message.iter().enumerate().find_map(|(at, byte)| match byte {
        0 => Some(UnsafeByte("NUL", at)),
        b'\r' if message.get(at + 1) != Some(&b'\n') => Some(UnsafeByte("bare CR", at)),
        b'\n' if at == 0 || message[at - 1] != b'\r' => Some(UnsafeByte("bare LF", at)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(message: &[u8]) -> Result<Vec<u8>, UnsafeByte> {
        let body = match inspect(message)? {
            Stuffing::None => message.to_vec(),
            Stuffing::Needed => stuff(message),
        };
        Ok([&body, b".\r\n".as_slice()].concat())
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
        fn s11_what_is_unsafe_is_found_wherever_it_stands(message in "[.a\r\n\0]{0,9}|([a.]{0,400}\r?\n?){0,4}") {
            let message = message.as_bytes();
            prop_assert_eq!(inspect(message).err(), first_unsafe(message));
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
