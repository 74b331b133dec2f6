//! Any octets as a mail: reading them neither panics, nor says more than is allowed, nor takes more than 64 MB.

use super::{KEYS, assert_feedback, assert_line, within_bounds};
use griot::feedback::{Own, read, title};

pub fn run(mail: &[u8]) {
    let said = within_bounds(|| read(mail, &Own { keys: Some(&KEYS) }));
    assert!(said.len() <= 200);
    for one in &said {
        assert!(one.recipient.len() <= 254);
        assert!(!one.is_vouched, "anybody could have written it");
        assert_feedback(one);
    }
    let (from, subject) = within_bounds(|| title(mail));
    assert_line(&from, 1_000);
    assert_line(&subject, 1_000);
}
