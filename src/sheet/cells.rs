//! Cells as CSV can carry them to a spreadsheet and back (rule W, CSV out): one that a spreadsheet would run as a
//! formula gets a `'` in front, and loses it again when it is imported.

use std::borrow::Cow;

/// What makes a spreadsheet run a cell; the `'` itself is there so that every guard can be told from what it guards.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The cell as it is written.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(GUARDED) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell as it was before it was written.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(GUARDED) => rest,
        _ => cell,
    }
}

/// A name on one line: control characters and runs of white space become a space.
pub fn folded(name: &str) -> String {
    let spaced = name.replace(char::is_control, " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn w_no_cell_is_a_formula() {
        assert_eq!(guarded("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(guarded("Ada"), "Ada");
        assert_eq!(guarded("'Abena"), "''Abena");
        // A foreign file's apostrophe stays.
        assert_eq!(unguarded("'Abena"), "'Abena");
    }

    proptest! {
        #[test]
        fn w_what_was_guarded_comes_back(cell in "['=+@\t\r-]{0,3}[a-z]{0,3}") {
            let written = guarded(&cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(unguarded(&written), cell.as_str());
        }
    }
}
