//! Every address griot accepts is one the isemail corpus calls valid.
//!
//! The other way round does not hold, and is not meant to: quoted local parts, comments and address literals are
//! legal, and refused.

use std::fs;
use std::path::Path;

use griot::address::EmailAddress;

/// What the corpus calls valid, and what it calls valid but for DNS: griot does not ask that.
const VALID: [&str; 2] = ["ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN"];

#[test]
fn what_is_accepted_is_valid() {
    let Some(corpora) = std::env::var_os("GRIOT_CORPORA") else {
        eprintln!("NOT RUN: GRIOT_CORPORA is not set, so the isemail corpus was not read");
        return;
    };
    let corpus = fs::read_to_string(Path::new(&corpora).join("addresses/isemail/tests.xml")).unwrap();
    let mut document = quick_xml::Reader::from_str(&corpus);
    let (mut element, mut address, mut tests, mut accepted) = (String::new(), String::new(), 0, 0);
    let mut wrong = Vec::new();
    loop {
        match document.read_event().unwrap() {
            quick_xml::events::Event::Start(start) => {
                element = start.name().as_ref().to_owned();
                if element == "address" {
                    address.clear();
                }
            }
            quick_xml::events::Event::Text(text) if element == "address" => address.push_str(&text),
            quick_xml::events::Event::GeneralRef(reference) if element == "address" => {
                let name: &str = &reference;
                let resolved = reference
                    .resolve_char_ref()
                    .unwrap()
                    .map(String::from)
                    .unwrap_or_else(|| quick_xml::escape::resolve_predefined_entity(name).unwrap().to_owned());
                address.push_str(&resolved);
            }
            quick_xml::events::Event::Text(text) if element == "category" => {
                let category = text.to_string();
                // The corpus writes control characters as their pictures.
                let raw: String = address
                    .chars()
                    .map(|c| if ('\u{2400}'..'\u{2420}').contains(&c) { char::from(c as u8) } else { c })
                    .collect();
                // White space around an address is dropped before it is looked at, so such a test is about another one.
                let is_asked = raw.trim() == raw;
                tests += usize::from(is_asked);
                if is_asked && EmailAddress::parse(&raw).is_ok() {
                    accepted += 1;
                    if !VALID.contains(&category.as_str()) {
                        wrong.push(format!("{raw:?} is {category}"));
                    }
                }
                // The next text is the white space behind this element.
                element.clear();
            }
            quick_xml::events::Event::End(_) => element.clear(),
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(tests >= 130, "only {tests} tests were read");
    assert!(accepted >= 10, "only {accepted} of {tests} were accepted: the corpus was read wrongly");
    assert!(wrong.is_empty(), "accepted, and not valid:\n{}", wrong.join("\n"));
}
