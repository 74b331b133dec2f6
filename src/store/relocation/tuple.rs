//! A row as it travels, the same whichever engine it comes from: a tuple of PostgreSQL's COPY in its binary format.
//!
//! So the rows of a server need no work but a look, and two rows are the same where their octets are. An integer has 8, a
//! real number its 8 of IEEE 754, a text is in UTF-8.

use std::borrow::Cow;

use anyhow::{Result, bail};
use rusqlite::types::ValueRef;
use siphasher::sip128::SipHasher13;

use super::tables::Kind;

/// What stands for a character that PostgreSQL does not keep.
const REPLACEMENT: &str = "\u{fffd}";

/// Makes the tuple of a row of SQLite. `is_for_server`: U+0000 within a text, and what is no UTF-8, become U+FFFD. Answers how
/// many texts were changed by that.
pub(super) fn encode(row: &rusqlite::Row<'_>, kinds: &[Kind], is_for_server: bool, tuple: &mut Vec<u8>) -> Result<u64> {
    tuple.clear();
    tuple.extend_from_slice(&i16::try_from(kinds.len())?.to_be_bytes());
    let mut changed = 0;
    for (column, kind) in kinds.iter().enumerate() {
        match (row.get_ref(column)?, kind) {
            (ValueRef::Null, _) => tuple.extend_from_slice(&(-1_i32).to_be_bytes()),
            (ValueRef::Integer(value), Kind::Integer) => field(tuple, &value.to_be_bytes())?,
            (ValueRef::Real(value), Kind::Real) => field(tuple, &without_sign_of_zero(value).to_be_bytes())?,
            (ValueRef::Blob(value), Kind::Blob) => field(tuple, value)?,
            (ValueRef::Text(value), Kind::Text) if is_for_server => {
                let kept = storable(value);
                changed += u64::from(matches!(kept, Cow::Owned(_)));
                field(tuple, kept.as_bytes())?;
            }
            (ValueRef::Text(value), Kind::Text) => field(tuple, value)?,
            (value, _) => bail!("column {} holds {}, which the schema forbids", column + 1, value.data_type()),
        }
    }
    Ok(changed)
}

fn field(tuple: &mut Vec<u8>, octets: &[u8]) -> Result<()> {
    tuple.extend_from_slice(&i32::try_from(octets.len())?.to_be_bytes());
    tuple.extend_from_slice(octets);
    Ok(())
}

/// SQLite keeps whole real numbers as integers, and so no zero below zero.
fn without_sign_of_zero(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

fn storable(text: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(text) {
        text if text.contains('\0') => Cow::Owned(text.replace('\0', REPLACEMENT)),
        text => text,
    }
}

/// Looks a tuple of a server over, and brings its real numbers to what [`encode`] makes of them.
pub(super) fn normalise(tuple: &mut [u8], kinds: &[Kind]) -> Result<()> {
    let mut negative_zeros = Vec::new();
    each_field(tuple, kinds, |at, kind, value| {
        if kind == Kind::Real && value.is_some_and(|value| value == (-0.0_f64).to_be_bytes()) {
            negative_zeros.push(at);
        }
        Ok(())
    })?;
    for at in negative_zeros {
        tuple[at] = 0;
    }
    Ok(())
}

/// Gives each field of a tuple as SQLite is bound to it.
pub(super) fn decode<'t>(
    tuple: &'t [u8],
    kinds: &[Kind],
    mut take: impl FnMut(ValueRef<'t>) -> Result<()>,
) -> Result<()> {
    each_field(tuple, kinds, |_, kind, value| {
        take(match (value, kind) {
            (None, _) => ValueRef::Null,
            (Some(value), Kind::Integer) => ValueRef::Integer(i64::from_be_bytes(value.try_into()?)),
            (Some(value), Kind::Real) => ValueRef::Real(f64::from_be_bytes(value.try_into()?)),
            (Some(value), Kind::Text) => ValueRef::Text(value),
            (Some(value), Kind::Blob) => ValueRef::Blob(value),
        })
    })
}

/// Walks through a tuple: where the octets of each field begin, of which kind it is, and they.
fn each_field<'t>(
    tuple: &'t [u8],
    kinds: &[Kind],
    mut take: impl FnMut(usize, Kind, Option<&'t [u8]>) -> Result<()>,
) -> Result<()> {
    const CUT: &str = "a row is cut off on its way";
    let Some((many, mut rest)) = tuple.split_first_chunk() else { bail!(CUT) };
    if usize::try_from(i16::from_be_bytes(*many)) != Ok(kinds.len()) {
        bail!("a row has other columns than its table");
    }
    for kind in kinds {
        let Some((length, behind)) = rest.split_first_chunk() else { bail!(CUT) };
        let at = tuple.len() - behind.len();
        let value = match usize::try_from(i32::from_be_bytes(*length)) {
            Err(_) => None,
            Ok(length) => Some(behind.get(..length).ok_or_else(|| anyhow::anyhow!(CUT))?),
        };
        rest = &behind[value.map_or(0, <[u8]>::len)..];
        take(at, *kind, value)?;
    }
    if !rest.is_empty() {
        bail!("a row is longer than its columns");
    }
    Ok(())
}

/// What rows come to, in whatever order they were added: two tables with the same have the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    pub rows: u64,
    /// Of all tuples.
    pub octets: u64,
    /// The sum of a hash of 128 bits for each.
    pub sum: u128,
}

impl Digest {
    pub fn add(&mut self, tuple: &[u8]) {
        self.rows += 1;
        self.octets += tuple.len() as u64;
        self.sum = self.sum.wrapping_add(SipHasher13::new().hash(tuple).as_u128());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    const KINDS: &[Kind] = &[Kind::Integer, Kind::Real, Kind::Text, Kind::Blob, Kind::Text];

    fn tuple_of(values: &str, is_for_server: bool) -> (Vec<u8>, u64) {
        let db = Connection::open_in_memory().unwrap();
        let mut tuple = Vec::new();
        let mut query = db.prepare(&format!("SELECT {values}")).unwrap();
        let mut rows = query.query([]).unwrap();
        let changed = encode(rows.next().unwrap().unwrap(), KINDS, is_for_server, &mut tuple).unwrap();
        (tuple, changed)
    }

    #[test]
    fn a_row_comes_out_as_it_went_in() {
        let (tuple, changed) = tuple_of("-5, 1.5, 'Zoë', x'00ff', NULL", true);
        assert_eq!(changed, 0);
        let mut found = Vec::new();
        decode(&tuple, KINDS, |value| {
            found.push(value);
            Ok(())
        })
        .unwrap();
        let expected = [
            ValueRef::Integer(-5),
            ValueRef::Real(1.5),
            ValueRef::Text("Zoë".as_bytes()),
            ValueRef::Blob(&[0, 255]),
            ValueRef::Null,
        ];
        assert_eq!(found, expected);
        for length in 0..tuple.len() {
            assert!(decode(&tuple[..length], KINDS, |_| Ok(())).is_err(), "cut after {length}");
        }
    }

    #[test]
    fn what_a_server_does_not_keep_is_told_and_only_for_one() {
        let with_nul = "1, 0.0, 'a' || char(0) || 'b', x'00', CAST(x'ff' AS TEXT)";
        let (tuple, changed) = tuple_of(with_nul, true);
        assert_eq!(changed, 2);
        assert!(tuple.windows(5).any(|octets| octets == "a\u{fffd}b".as_bytes()));
        let (tuple, changed) = tuple_of(with_nul, false);
        assert_eq!(changed, 0);
        assert!(tuple.windows(3).any(|octets| octets == b"a\0b"));
    }

    #[test]
    fn zero_has_no_sign() {
        let (zero, _) = tuple_of("1, 0.0, '', x'', ''", true);
        let mut negative = zero.clone();
        // Behind the count, the integer with its length, and the length of the number.
        negative[2 + 12 + 4] = 0x80;
        assert_ne!(zero, negative);
        normalise(&mut negative, KINDS).unwrap();
        assert_eq!(zero, negative);
    }

    #[test]
    fn a_digest_is_that_of_the_rows_and_not_of_their_order() {
        let digest = |rows: &[&[u8]]| {
            let mut digest = Digest::default();
            rows.iter().for_each(|row| digest.add(row));
            digest
        };
        assert_eq!(digest(&[b"one", b"two"]), digest(&[b"two", b"one"]));
        assert_ne!(digest(&[b"one", b"two"]), digest(&[b"one", b"one"]));
        assert_ne!(digest(&[b"one"]), digest(&[b"one", b"one"]));
    }
}
