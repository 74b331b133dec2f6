//! Values on their way: what a query is given, and what its answer holds.
//!
//! SQLite's five kinds of values are what rows are made of on both engines. A column of PostgreSQL has one type, so a value
//! becomes that on its way there, and one of the five on its way back.

use std::borrow::Cow;

use bytes::BytesMut;
use rusqlite::types::{Value, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

use crate::store::database::Column;

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// A value for a place of a statement.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        let unfit = || -> Result<IsNull, Failure> { Err(format!("{:?} does not fit a {ty}", kind(self.0)).into()) };
        match (self.0, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(value), &Type::INT8) => value.to_sql(ty, out),
            (Value::Integer(value), &Type::INT4) => i32::try_from(*value)?.to_sql(ty, out),
            (Value::Integer(value), &Type::INT2) => i16::try_from(*value)?.to_sql(ty, out),
            (Value::Integer(value), &Type::BOOL) => (*value != 0).to_sql(ty, out),
            (Value::Integer(value), &Type::FLOAT8) => (*value as f64).to_sql(ty, out),
            (Value::Real(value), &Type::FLOAT8) => value.to_sql(ty, out),
            (Value::Integer(value), &Type::TEXT) => value.to_string().to_sql(ty, out),
            (Value::Text(value), &Type::TEXT | &Type::VARCHAR | &Type::UNKNOWN) => storable(value).to_sql(ty, out),
            (Value::Text(value), &Type::BYTEA) => value.as_bytes().to_sql(ty, out),
            (Value::Blob(value), &Type::BYTEA) => value.to_sql(ty, out),
            _ => unfit(),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

impl ToSql for Column<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (self, ty) {
            (Self::Integers(values), &Type::INT8_ARRAY) => values.to_sql(ty, out),
            (Self::Texts(values), &Type::TEXT_ARRAY) => {
                values.iter().map(|value| storable(value)).collect::<Vec<_>>().to_sql(ty, out)
            }
            _ => Err(format!("such a column does not fit a {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// SQLite keeps U+0000 within a text, PostgreSQL does not.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// Of which kind it is; what it is stays out of errors.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Integer(_) => "an integer",
        Value::Real(_) => "a real number",
        Value::Text(_) => "a text",
        Value::Blob(_) => "a blob",
    }
}

/// What a column holds.
#[derive(Debug)]
pub enum Held<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Held<'_> {
    pub(in crate::store::database) fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }
    }
}

impl<'a> FromSql<'a> for Held<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(match *ty {
            Type::INT8 => Self::Integer(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Integer(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Integer(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(ty, raw)?.into()),
            Type::NUMERIC => numeric(raw)?,
            Type::BYTEA => Self::Blob(raw),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => Self::Text(std::str::from_utf8(raw)?),
            _ => return Err(format!("no column is a {ty}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What sums of integers are: four counts of 16 bits, then digits to the base of 10,000. With a fraction it is a real number.
fn numeric(raw: &[u8]) -> Result<Held<'static>, Failure> {
    let short = |at: usize| -> Result<i16, Failure> {
        Ok(i16::from_be_bytes(raw.get(2 * at..2 * at + 2).ok_or("a number is cut off")?.try_into()?))
    };
    let (digits, weight, sign) = (short(0)?, i32::from(short(1)?), short(2)?);
    if sign as u16 & 0xc000 == 0xc000 {
        return Err("a number that is none, or infinite".into());
    }
    let is_negative = sign as u16 == 0x4000;
    if i32::from(digits) <= weight + 1 && weight <= 4 {
        let mut whole: i128 = 0;
        for at in 0..=weight.max(-1) {
            let digit = if at < i32::from(digits) { short(4 + at as usize)? } else { 0 };
            whole = whole * 10_000 + i128::from(digit);
        }
        return Ok(Held::Integer(i64::try_from(if is_negative { -whole } else { whole })?));
    }
    let mut value = 0.0;
    for at in 0..i32::from(digits) {
        value += f64::from(short(4 + at as usize)?) * 10_000f64.powi(weight - at);
    }
    Ok(Held::Real(if is_negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(shorts: &[i16]) -> Vec<u8> {
        shorts.iter().flat_map(|short| short.to_be_bytes()).collect()
    }

    #[test]
    fn sums_are_integers_where_they_are_whole() {
        let read = |shorts: &[i16]| numeric(&wire(shorts)).unwrap();
        assert!(matches!(read(&[0, 0, 0, 0]), Held::Integer(0)));
        assert!(matches!(read(&[1, 0, 0, 0, 42]), Held::Integer(42)));
        assert!(matches!(read(&[2, 1, 0x4000, 0, 12, 3456]), Held::Integer(-123_456)));
        assert!(matches!(read(&[1, 2, 0, 0, 3]), Held::Integer(300_000_000)));
        assert!(matches!(read(&[2, 0, 0, 2, 1, 2500]), Held::Real(value) if value == 1.25));
        assert!(numeric(&wire(&[3, 0, 0])).is_err());
    }
}
