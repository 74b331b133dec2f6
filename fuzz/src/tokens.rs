//! Any text as a token: what is taken is, octet for octet, what is sealed for the meaning it is taken for. So a token that
//! was bent is refused, or another one that was sealed here: a fuzzer sees whatever is compared, and puts it into its
//! inputs. The first 32 octets choose what is sealed, what becomes of it, and in which place.

use super::{KEYS, now};
use chrono::DateTime;
use griot::token::{Purpose, Token};

const PURPOSES: [Purpose; 5] =
    [Purpose::Unsubscribe, Purpose::Preferences, Purpose::Confirm, Purpose::Online, Purpose::Address];

pub fn run(input: &[u8]) {
    taken_as_sealed(&String::from_utf8_lossy(input));
    let Some((choice, rest)) = input.split_first_chunk::<32>() else { return };
    let number = |at: usize| i64::from_be_bytes(choice[at..at + 8].try_into().expect("eight octets"));
    let (subscriber, edition) = (number(0), number(8));
    let expires_at = DateTime::from_timestamp(number(16) >> 20, 0).filter(|_| choice[24] & 1 == 1);
    let bend = Bend { kind: choice[25] % 5, place: usize::from(choice[26]), with: choice[27], rest };

    for purpose in PURPOSES {
        let (newsletter, edition) = (edition as u32, (choice[24] & 2 == 2).then_some(subscriber as u32));
        let token = Token { purpose, newsletter, subscriber, edition, expires_at };
        let text = KEYS.sign(&token);
        if let Ok(read) = KEYS.verify(purpose, &text, now()) {
            let expires_at = token.expires_at.filter(|_| purpose != Purpose::Unsubscribe);
            assert_eq!(read, Token { expires_at, ..token });
            assert!(expires_at.is_none_or(|at| at > now()));
        }
        taken_as_sealed(&bend.of(&text));
    }

    let link = KEYS.seal_link(subscriber);
    assert_eq!(KEYS.open_link(&link), Ok(subscriber));
    assert!(KEYS.open_open(&link).is_err() && KEYS.open_reader(edition, &link).is_err());
    taken_as_sealed(&bend.of(&link));
    let reader = KEYS.seal_reader(edition, subscriber);
    assert_eq!(KEYS.open_reader(edition, &reader), Ok(subscriber));
    assert!(KEYS.open_reader(edition.wrapping_add(1), &reader).is_err());
    if let Ok(read) = KEYS.open_reader(edition, &bend.of(&reader)) {
        assert_eq!(KEYS.seal_reader(edition, read), bend.of(&reader));
    }

    let verp = KEYS.verp_local(edition, subscriber);
    assert_eq!(KEYS.read_verp(&verp), Some((edition, subscriber)));
    assert_eq!(KEYS.read_unsubscribe(&verp), None);
    taken_as_sealed(&bend.of(&verp));
    let unsubscribe = KEYS.unsubscribe_local(edition, subscriber);
    assert_eq!(KEYS.read_unsubscribe(&unsubscribe.to_uppercase()), Some((edition, subscriber)));
    assert_eq!(KEYS.read_verp(&unsubscribe), None);
    taken_as_sealed(&bend.of(&unsubscribe));
    let id = KEYS.message_id_local(edition as u32, newsletter(choice), subscriber);
    assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
}

fn newsletter(choice: &[u8; 32]) -> u32 {
    u32::from_be_bytes([choice[28], choice[29], choice[30], choice[31]])
}

fn taken_as_sealed(text: &str) {
    for purpose in PURPOSES {
        if let Ok(token) = KEYS.verify(purpose, text, now()) {
            assert_eq!((token.purpose, KEYS.sign(&token).as_str()), (purpose, text));
        }
    }
    if let Ok(link) = KEYS.open_link(text) {
        assert_eq!(KEYS.seal_link(link), text);
    }
    if let Ok(edition) = KEYS.open_open(text) {
        assert_eq!(KEYS.seal_open(edition), text);
    }
    if let Ok(subscriber) = KEYS.open_reader(1, text) {
        assert_eq!(KEYS.seal_reader(1, subscriber), text);
    }
    // Addresses come back in any case, and their numbers may be written in more than one way: the MAC is the same.
    let mac = |text: &str| text.rsplit('.').next().map(str::to_ascii_lowercase);
    if let Some((edition, subscriber)) = KEYS.read_verp(text) {
        assert_eq!(mac(&KEYS.verp_local(edition, subscriber)), mac(text));
    }
    if let Some((edition, subscriber)) = KEYS.read_unsubscribe(text) {
        assert_eq!(mac(&KEYS.unsubscribe_local(edition, subscriber)), mac(text));
    }
}

/// What happens to a text on its way.
struct Bend<'a> {
    kind: u8,
    place: usize,
    with: u8,
    rest: &'a [u8],
}

impl Bend<'_> {
    fn of(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let place = self.place % bytes.len();
        match self.kind {
            0 => bytes[place] ^= self.with,
            1 => bytes.truncate(place),
            2 => bytes.insert(place, self.with),
            3 => bytes.extend(self.rest),
            _ => _ = bytes.splice(place.., self.rest.iter().copied()),
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
