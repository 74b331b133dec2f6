//! Base64 (RFC 2045 §6.8) around values whose length is known only later.
//!
//! What stands behind a value shifts by none, one or two octets with the value's length. So a shared stretch is encoded
//! three times, once for each shift, and the few octets at its ends that belong to no whole group of three are left to
//! be encoded with the value beside them.

use data_encoding::BASE64;

/// Octets that fill a line of 76 characters (F1).
const LINE: usize = 57;

/// Octets the same for every reader, ready to stand at any alignment.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// By the number of leading octets that go into the group before.
    shifted: [Shifted; 3],
}

#[derive(Debug, Clone)]
struct Shifted {
    /// Leading octets that complete the group before: at most two.
    head: Vec<u8>,
    /// Whole groups, in whole lines that each end in CRLF.
    lines: Vec<u8>,
    /// Octets left over: at most two.
    tail: Vec<u8>,
}

impl Stretch {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let shifted = [0, 1, 2].map(|shift: usize| {
            let (head, rest) = bytes.split_at(shift.min(bytes.len()));
            let (groups, tail) = rest.split_at(rest.len() / 3 * 3);
            let mut lines = Vec::with_capacity(encoded_len(groups.len()));
            encode(groups, &mut lines);
            Shifted { head: head.to_vec(), lines, tail: tail.to_vec() }
        });
        Self { shifted }
    }

    /// What is written of a stretch that nothing stands before, whatever comes after it.
    pub(super) fn first_lines(&self) -> &[u8] {
        &self.shifted[0].lines
    }
}

/// Writes one part: stretches and values in turn, then [`Writer::end`].
pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// Octets not yet encoded, because their group may not be whole yet.
    pending: Vec<u8>,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, pending: Vec::new() }
    }

    pub(super) fn value(&mut self, value: &str) {
        self.pending.extend_from_slice(value.as_bytes());
    }

    pub(super) fn stretch(&mut self, stretch: &Stretch) {
        let missing = (3 - self.pending.len() % 3) % 3;
        let Shifted { head, lines, tail } = &stretch.shifted[missing];
        self.pending.extend_from_slice(head);
        // A stretch of one or two octets may be too short to fill the group; then it has no lines either.
        if self.pending.len().is_multiple_of(3) {
            encode(&self.pending, self.out);
            self.pending.clear();
        }
        self.out.extend_from_slice(lines);
        self.pending.extend_from_slice(tail);
    }

    pub(super) fn end(self) {
        encode(&self.pending, self.out);
    }
}

/// Octets of the encoding, line ends included, if the whole stands in one piece.
pub(super) fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4 + bytes.div_ceil(LINE) * 2
}

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for line in bytes.chunks(LINE) {
        let start = out.len();
        out.resize(start + BASE64.encode_len(line.len()), 0);
        BASE64.encode_mut(line, &mut out[start..]);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn f1_f6_decodes_to_the_whole_whatever_the_lengths(
            pieces in prop::collection::vec((any::<bool>(), "[a-zé界]{0,70}"), 0..9)
        ) {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            for (is_value, text) in &pieces {
                if *is_value { writer.value(text) } else { writer.stretch(&Stretch::new(text.as_bytes())) }
            }
            writer.end();
            let whole: String = pieces.into_iter().map(|(_, text)| text).collect();

            let encoded = String::from_utf8(out).unwrap();
            prop_assert!(encoded.is_empty() || encoded.ends_with("\r\n"));
            prop_assert!(encoded.lines().all(|line| (1..=76).contains(&line.len())));
            // The same text as encoding the whole at once: only the line breaks stand elsewhere.
            prop_assert_eq!(encoded.replace("\r\n", ""), BASE64.encode(whole.as_bytes()));
        }
    }

    #[test]
    fn encoded_len_is_what_encode_writes() {
        for length in 0..200 {
            let mut out = Vec::new();
            encode(&vec![b'x'; length], &mut out);
            assert_eq!(out.len(), encoded_len(length));
        }
    }
}
