use serde_json::Value;

use super::{Refused, malformed};

/// JSON as providers write it: what is missing, or of another kind than it should be, reads as nothing, because one odd
/// field must not cost the other events of a request.
pub(super) fn parse(body: &[u8]) -> Result<Value, Refused> {
    serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))
}

/// The text at `pointer` (RFC 6901); empty where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at `pointer`, also where it is written as text; 0 where there is none.
pub(super) fn number(value: &Value, pointer: &str) -> u64 {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(number) => number.as_u64().unwrap_or_default(),
        None => 0,
    }
}

/// An SMTP reply code at `pointer`; 0 where there is none.
pub(super) fn code(value: &Value, pointer: &str) -> u16 {
    u16::try_from(number(value, pointer)).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
