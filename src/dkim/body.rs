use std::fmt;

use ring::digest::{Context, Digest, SHA256};

/// The beginning that the bodies of one edition have in common: canonicalised and hashed once, not once a reader.
///
/// It can only save work, never change a signature: a body that begins otherwise is hashed from its own beginning.
#[derive(Clone)]
pub struct SharedBody {
    /// Whole lines, the last of them not blank: so what follows cannot change their canonical form.
    raw: Vec<u8>,
    hash: Context,
}

impl SharedBody {
    /// Takes as much of `start` as no continuation can change.
    pub fn new(start: &[u8]) -> Self {
        let ends_line = |window: &[u8]| matches!(window, [last, b'\r', b'\n'] if !is_white(*last) && *last != b'\n');
        let end = start.windows(3).rposition(ends_line).map_or(0, |at| at + 3);
        let raw = start[..end].to_vec();
        let mut hash = Context::new(&SHA256);
        write_canonical(&raw, |bytes| hash.update(bytes));
        Self { raw, hash }
    }
}

impl Default for SharedBody {
    /// Nothing in common.
    fn default() -> Self {
        Self { raw: Vec::new(), hash: Context::new(&SHA256) }
    }
}

impl fmt::Debug for SharedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBody").field("bytes", &self.raw.len()).finish_non_exhaustive()
    }
}

/// SHA-256 of the relaxed canonical form of `body`: the value of `bh=` (RFC 6376 §3.7).
pub(super) fn hash(body: &[u8], shared: &SharedBody) -> Digest {
    let (mut hash, rest) = match body.strip_prefix(shared.raw.as_slice()) {
        Some(rest) => (shared.hash.clone(), rest),
        None => (Context::new(&SHA256), body),
    };
    write_canonical(rest, |bytes| hash.update(bytes));
    hash.finish()
}

/// The relaxed canonical form (RFC 6376 §3.4.4), a piece after the other: white space at line ends goes, other runs of
/// it become one space, empty lines at the end go, and what is left ends in CRLF. Nothing is copied.
fn write_canonical(body: &[u8], mut out: impl FnMut(&[u8])) {
    let end = end_of_text(body);
    let mut rest = &body[..end];
    while !rest.is_empty() {
        let run = canonical_run(rest);
        out(&rest[..run]);
        rest = &rest[run..];
        let white = rest.iter().take_while(|byte| is_white(**byte)).count();
        rest = &rest[white..];
        if white > 0 && !rest.is_empty() && !rest.starts_with(b"\r\n") {
            out(b" ");
        }
    }
    if end > 0 {
        out(b"\r\n");
    }
}

/// Where the last line ends that is not blank, without its white space and its CRLF.
fn end_of_text(body: &[u8]) -> usize {
    let mut text = body;
    loop {
        let black = text.iter().rposition(|byte| !is_white(*byte)).map_or(0, |at| at + 1);
        match text[..black].strip_suffix(b"\r\n") {
            Some(lines) => text = lines,
            None => return black,
        }
    }
}

/// Bytes before the first white space that is not canonical, or all of them.
fn canonical_run(bytes: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let Some((_, followed)) = bytes.split_last() else { return 0 };
    // Whole blocks are asked without a branch inside, which the compiler turns into a few vector instructions.
    let blocks = followed.as_chunks::<BLOCK>().0.iter().zip(bytes[1..].as_chunks::<BLOCK>().0);
    let is_clean = |block: &[u8; BLOCK], next: &[u8; BLOCK]| {
        !block.iter().zip(next).fold(false, |found, (byte, next)| found | is_to_change(*byte, *next))
    };
    let clean = blocks.take_while(|(block, next)| is_clean(block, next)).count() * BLOCK;
    let rest = &bytes[clean..];
    let first = rest.windows(2).position(|pair| is_to_change(pair[0], pair[1]));
    match (first, rest.last()) {
        (Some(at), _) => clean + at,
        (None, Some(last)) if is_white(*last) => bytes.len() - 1,
        (None, _) => bytes.len(),
    }
}

/// Whether a byte is white space that may not stay as it is before `next`.
fn is_to_change(byte: u8, next: u8) -> bool {
    (byte == b'\t') | ((byte == b' ') & (is_white(next) | (next == b'\r')))
}

pub(super) fn is_white(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(body: &str) -> String {
        let mut out = Vec::new();
        write_canonical(body.as_bytes(), |bytes| out.extend_from_slice(bytes));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_body_of_rfc_6376_3_4_5_comes_out_as_shown_there() {
        assert_eq!(shown(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    }

    #[test]
    fn an_empty_body_stays_empty_and_a_last_line_gets_its_end() {
        for empty in ["", "\r\n", "\r\n\r\n", " \t\r\n \r\n", "  "] {
            assert_eq!(shown(empty), "", "{empty:?}");
        }
        assert_eq!(shown("a"), "a\r\n");
        assert_eq!(shown("a "), "a\r\n");
        assert_eq!(shown("\r\n\r\na\r\n \r\n"), "\r\n\r\na\r\n");
        assert_eq!(shown("a\tb"), "a b\r\n");
    }

    /// The rules one after the other, a line at a time.
    fn canonical_by_lines(body: &str) -> String {
        let lines = body.split("\r\n").map(|line| {
            let indent = if line.starts_with([' ', '\t']) { " " } else { "" };
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if words.is_empty() { String::new() } else { format!("{indent}{}", words.join(" ")) }
        });
        let text = lines.collect::<Vec<_>>().join("\r\n");
        let text = text.trim_end_matches("\r\n");
        if text.is_empty() { String::new() } else { format!("{text}\r\n") }
    }

    proptest! {
        #[test]
        fn blocks_and_runs_agree_with_the_rules_taken_line_by_line(body in "([a-z=.]{1,90}|[ \t]{1,3}|(\r\n){1,3}){0,30}") {
            prop_assert_eq!(shown(&body), canonical_by_lines(&body));
        }

        #[test]
        fn a_shared_beginning_never_changes_the_hash(
            start in "([a-z=.]{1,90}|[ \t]{1,3}|(\r\n){1,3}){0,20}",
            end in "([a-z=.]{1,90}|[ \t]{1,3}|(\r\n){1,3}){0,20}",
            other in "[a-z \t\r\n]{0,40}",
        ) {
            let shared = SharedBody::new(start.as_bytes());
            for body in [format!("{start}{end}"), start.clone(), other, String::new()] {
                let whole = hash(body.as_bytes(), &SharedBody::default());
                let resumed = hash(body.as_bytes(), &shared);
                prop_assert_eq!(resumed.as_ref(), whole.as_ref(), "{:?}", body);
            }
        }
    }

    #[test]
    fn lines_that_cannot_change_any_more_are_shared() {
        assert_eq!(SharedBody::new(b"a\r\nb \r\n\r\nc").raw, b"a\r\n");
        assert_eq!(SharedBody::new(b"a\r\nb\r\n\r\n").raw, b"a\r\nb\r\n");
        assert!(SharedBody::new(b"a").raw.is_empty());
    }
}
