//! From message to wire: dots doubled at the start of a line, the final dot, and nothing that could smuggle (S11).

/// What a message must not hold on the wire: a bare CR, a bare LF or a NUL (RFC 5321 §2.3.8).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message holds a {0} at byte {1}, which could end it early at the relay; it was not sent")]
pub(super) struct UnsafeByte(&'static str, usize);

/// Appends the message and the final dot to `wire`.
pub(super) fn stuff(message: &[u8], wire: &mut Vec<u8>) -> Result<(), UnsafeByte> {
    wire.reserve(message.len() + message.len() / 64 + 5);
    let mut rest = message;
    let mut offset = 0;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\0')).map_or(rest.len(), |at| at + 1);
        let (line, tail) = rest.split_at(end);
        if line.ends_with(b"\0") {
            return Err(UnsafeByte("NUL", offset + end - 1));
        }
        let text = line.strip_suffix(b"\r\n").unwrap_or(line);
        if text.ends_with(b"\n") {
            return Err(UnsafeByte("bare LF", offset + end - 1));
        }
        if let Some(at) = text.iter().position(|byte| *byte == b'\r') {
            return Err(UnsafeByte("bare CR", offset + at));
        }
        if text.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
        offset += end;
        rest = tail;
    }
    if !message.is_empty() && !message.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(message: &[u8]) -> Result<Vec<u8>, UnsafeByte> {
        let mut wire = Vec::new();
        stuff(message, &mut wire).map(|()| wire)
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
        assert_eq!(stuffed(b"a\r\n.b\r\n..c\r\n").unwrap(), b"a\r\n..b\r\n...c\r\n.\r\n");
        assert_eq!(stuffed(b"a").unwrap(), b"a\r\n.\r\n");
        assert_eq!(stuffed(b"").unwrap(), b".\r\n");
    }

    #[test]
    fn s11_refuses_every_known_smuggling_sequence() {
        for inside in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\0"] {
            let message = format!("Subject: a\r\n\r\nb{inside}MAIL FROM:<x@y.org>\r\n");
            assert!(stuffed(message.as_bytes()).is_err(), "{inside:?} got through");
        }
    }

    proptest! {
        #[test]
        fn s11_what_is_received_is_what_was_sent(message in "([.a\r\n\0]|\r\n|\r\n\\.){0,60}") {
            if let Ok(wire) = stuffed(message.as_bytes()) {
                let (got, read) = received(&wire).unwrap();
                prop_assert_eq!(read, wire.len());
                let got = String::from_utf8(got).unwrap();
                prop_assert_eq!(got.strip_suffix("\r\n").unwrap_or(&got), message.strip_suffix("\r\n").unwrap_or(&message));
                prop_assert!(!wire.contains(&0));
            }
        }
    }
}
