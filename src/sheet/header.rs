use std::collections::HashMap;

use super::rows::cells_of;

/// The names of a sheet's columns.
#[derive(Debug)]
pub struct Header {
    pub delimiter: char,
    /// As they are written.
    pub names: Vec<String>,
}

impl Header {
    /// Reads the first line, whichever of comma, semicolon and tab it is written with. `None` where its quotation marks
    /// do not match.
    pub fn read(line: &str) -> Option<Self> {
        let count = |delimiter: &char| line.matches(*delimiter).count();
        // The last of equals is taken by max_by_key; a header of one column is read with a comma.
        let delimiter = ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',');
        let names = cells_of(line, delimiter)?;
        Some(Self { delimiter, names })
    }

    /// The column with the first of these names that there is. `E-Mail Address`, `email_address` and `EmailAddress` are
    /// one name, `emailaddress`.
    pub fn find(&self, known: &[&str]) -> Option<usize> {
        known.iter().find_map(|known| self.names.iter().position(|name| folded(name) == *known))
    }

    /// Where each column is, by its name as [`Header::find`] knows it; the first of those that share one.
    pub fn places(&self) -> HashMap<String, usize> {
        let mut places = HashMap::new();
        for (place, name) in self.names.iter().enumerate() {
            places.entry(folded(name)).or_insert(place);
        }
        places
    }
}

pub fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
