//! Any text as an address and as a mailbox: what is taken can stand in an envelope and in a header, shows its owner to no
//! log, and is the same when it is written and read again.

use super::{assert_line, within_bounds};
use griot::address::{EmailAddress, Mailbox};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(address) = within_bounds(|| EmailAddress::parse(&text)) {
        check(&address);
    }
    if let Ok(mailbox) = within_bounds(|| Mailbox::parse(&text)) {
        check(&mailbox.address);
        assert_line(&mailbox.name, usize::MAX);
        assert_eq!(Mailbox::parse(&mailbox.to_string()), Ok(mailbox.clone()), "{mailbox} was another");
    }
}

fn check(address: &EmailAddress) {
    let text = address.as_str();
    assert!(
        text.len() <= 254 && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:\\\"".contains(&b)),
        "{text}"
    );
    assert_eq!(text.matches('@').count(), 1);
    assert_eq!(format!("{}@{}", address.local_part(), address.domain()), text);
    assert_eq!(EmailAddress::parse(text).as_ref(), Ok(address));
    assert_eq!(EmailAddress::parse(&address.key()).map(|key| key.key()), Ok(address.key()));
    let shown = format!("{address:?}");
    assert!(shown.len() <= address.domain().len() + 5, "{shown}");
}
