//! What both engines must agree on: how a value is written.

use minijinja::{AutoEscape, Error, ErrorKind, Output, State, Value};

/// As Askama decides by the end of a template's name.
pub(super) fn kind(name: &str) -> AutoEscape {
    match name.rsplit_once('.') {
        Some((_, "html" | "htm" | "xml" | "svg")) => AutoEscape::Html,
        _ => AutoEscape::None,
    }
}

/// Writes a value as Askama does: numbers for the five signs that mean something in HTML.
pub(super) fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "there is no such value"));
    }
    let is_plain = value.is_safe() || !matches!(state.auto_escape(), AutoEscape::Html);
    let text = value.to_string();
    let written = if is_plain { out.write_str(&text) } else { write_escaped(out, &text) };
    written.map_err(Error::from)
}

fn write_escaped(out: &mut Output<'_>, text: &str) -> std::fmt::Result {
    let mut written = 0;
    for (at, sign) in text.match_indices(['"', '&', '\'', '<', '>']) {
        out.write_str(&text[written..at])?;
        write!(out, "&#{};", sign.as_bytes()[0])?;
        written = at + 1;
    }
    out.write_str(&text[written..])
}
