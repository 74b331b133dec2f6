//! Any octets as the export of another program, or as an archive of such: whoever arrives has an address that can be
//! mailed and a name for one line, and what is said of an archive names nothing that cannot stand in a terminal.

use griot::address::EmailAddress;
use griot::publishing::arrivals_of;

use super::{assert_line, within_bounds};

pub fn run(file: &[u8]) {
    let rows = match within_bounds(|| arrivals_of("readers.zip", file.to_vec())) {
        Ok(rows) => rows,
        Err(error) => return assert_line(&format!("{error:#}"), 1_000_000),
    };
    assert!(rows.len() <= 2 * file.len() || file.starts_with(b"PK"), "{} rows of {} octets", rows.len(), file.len());
    for row in rows {
        match row {
            Ok((arrival, unzoned)) => {
                assert_eq!(EmailAddress::parse(arrival.email.as_str()), Ok(arrival.email.clone()));
                assert_line(&arrival.name, 200);
                assert_line(&arrival.language, 100);
                assert_line(&arrival.source, 200);
                arrival.lists.iter().for_each(|list| assert_line(list, usize::MAX));
                assert!(unzoned.is_none_or(|unzoned| arrival.timezone.is_none() && unzoned.zone.chars().count() <= 60));
            }
            Err(refused) => assert!(refused.value.chars().count() <= 200),
        }
    }
}
