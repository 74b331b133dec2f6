//! Which column of a file of readers holds what, by its name in the header.

use anyhow::{Result, bail};

use crate::saying::text::plain;
use crate::sheet::Header;

/// Where to look in each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub delimiter: char,
    /// How many the header has.
    pub count: usize,
    pub email: usize,
    /// Joined by spaces: one column, or first and last name.
    pub name: Vec<usize>,
    pub timezone: Option<usize>,
    /// How griot's own exports say where a subscription stands.
    pub state: Option<usize>,
}

pub const EMAIL: [&str; 11] = [
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "subscriberemail",
    "useremailaddress",
    "emailadresse",
    "adresseemail",
    "correoelectrónico",
    "epost",
    "address",
];
pub const NAME: [&str; 4] = ["name", "fullname", "displayname", "subscribername"];
pub const FIRST_NAME: [&str; 4] = ["firstname", "fname", "givenname", "vorname"];
pub const LAST_NAME: [&str; 5] = ["lastname", "lname", "surname", "familyname", "nachname"];
pub const TIMEZONE: [&str; 2] = ["timezone", "tz"];

impl Columns {
    /// Where each thing stands in a header.
    pub fn read(header: &Header) -> Result<Self> {
        let email = email_of(header)?;
        let find = |known: &[&str]| header.find(known);
        let name = match find(&NAME) {
            Some(name) => vec![name],
            None => [find(&FIRST_NAME), find(&LAST_NAME)].into_iter().flatten().collect(),
        };
        Ok(Self {
            delimiter: header.delimiter,
            count: header.names.len(),
            email,
            name,
            timezone: find(&TIMEZONE),
            state: find(&["state"]),
        })
    }
}

/// The column with the addresses, or what is wrong with a header that has none.
pub fn email_of(header: &Header) -> Result<usize> {
    if let Some(email) = header.find(&EMAIL) {
        return Ok(email);
    }
    let names = &header.names;
    if names.iter().any(|name| name.contains('@')) {
        bail!("the first line is a row already; write the names of the columns above it, such as `email,name`");
    }
    let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{}`", plain(name.trim()))).collect();
    bail!("no column is called `email`; the first line has {}", shown.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Columns> {
        Columns::read(&Header::read(header).unwrap())
    }

    fn columns(header: &str) -> (char, usize, Vec<usize>) {
        let columns = read(header).unwrap();
        (columns.delimiter, columns.email, columns.name)
    }

    #[test]
    fn finds_columns_by_name_however_it_is_written() {
        assert_eq!(columns("email"), (',', 0, vec![]));
        assert_eq!(columns("\"Name\",\"E-Mail\""), (',', 1, vec![0]));
        assert_eq!(columns("Last Name;First Name;Email Address"), (';', 2, vec![1, 0]));
        assert_eq!(columns("id\tEMAIL_ADDRESS\tfname"), ('\t', 1, vec![2]));
        assert_eq!(columns("address,email"), (',', 1, vec![]));
        for zone in ["timezone", "Time Zone", "TZ", "TIMEZONE", "time_zone"] {
            assert_eq!(read(&format!("email,{zone}")).unwrap().timezone, Some(1));
        }
    }

    #[test]
    fn says_what_it_found_instead() {
        let error = |header: &str| read(header).unwrap_err().to_string();
        assert_eq!(error("Phone,City"), "no column is called `email`; the first line has `Phone`, `City`");
        assert_eq!(
            error("ada@example.org,Ada"),
            "the first line is a row already; write the names of the columns above it, such as `email,name`"
        );
    }
}
