//! Twenty-five made-up subscribers, at domains that nobody can own (RFC 2606).
//!
//! Among them what real imports bring: a plus address, an internationalised domain, an apostrophe, a reader of one name.

/// The readers as `email,name` with a header line, ready for `griot subscribers import`.
pub const CSV: &str = include_str!("readers.csv");

/// Somebody who gets the brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub address: String,
    pub name: String,
}

/// All of them, in the order of the file.
pub fn readers() -> Vec<Reader> {
    let line = |line: &str| {
        let (address, name) = line.split_once(',')?;
        Some(Reader { address: address.to_owned(), name: name.to_owned() })
    };
    CSV.lines().skip(1).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_twenty_five_and_each_address_is_reserved_and_one_of_a_kind() {
        let readers = readers();
        assert_eq!(readers.len(), 25);
        assert_eq!(readers.iter().map(|r| r.address.to_lowercase()).collect::<HashSet<_>>().len(), 25);
        for Reader { address, name } in &readers {
            let (_, domain) = address.split_once('@').unwrap();
            let is_reserved = |reserved: &str| domain == reserved || domain.ends_with(&format!(".{reserved}"));
            assert!(["example.org", "example.com", "example.net"].into_iter().any(is_reserved), "{address}");
            assert!(!name.is_empty() && !name.contains([',', '"']), "{name}");
        }
    }

    #[test]
    fn one_has_an_idn_domain_and_one_a_plus() {
        let count = |is: fn(&Reader) -> bool| readers().iter().filter(|reader| is(reader)).count();
        assert_eq!(count(|r| !r.address.is_ascii()), 1);
        assert_eq!(count(|r| r.address.contains('+')), 1);
    }
}
