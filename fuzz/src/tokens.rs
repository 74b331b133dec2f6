//! Any text as a token: none that was not sealed here is taken, and one that was is bent in no way. The first 32 octets
//! choose what is sealed, what becomes of it, and in which place.

use super::{KEYS, now};
use chrono::DateTime;
use griot::token::{Purpose, Token};

const PURPOSES: [Purpose; 5] =
    [Purpose::Unsubscribe, Purpose::Preferences, Purpose::Confirm, Purpose::Online, Purpose::Address];

pub fn run(input: &[u8]) {
    refused(&String::from_utf8_lossy(input));
    let Some((choice, rest)) = input.split_first_chunk::<32>() else { return };
    let number = |at: usize| i64::from_be_bytes(choice[at..at + 8].try_into().expect("eight octets"));
    let (subscriber, edition) = (number(0), number(8));
    let expires_at = DateTime::from_timestamp(number(16) >> 20, 0).filter(|_| choice[24] & 1 == 1);
    let bend = Bend { kind: choice[25] % 5, place: usize::from(choice[26]), with: choice[27], rest };

    for purpose in PURPOSES {
        let (newsletter, edition) = (edition as u32, (choice[24] & 2 == 2).then_some(subscriber as u32));
        let token = Token { purpose, newsletter, subscriber, edition, expires_at };
        let text = KEYS.sign(&token);
        let bent = bend.of(&text);
        for other in PURPOSES {
            if let Ok(read) = KEYS.verify(other, &bent, now()) {
                let expires_at = token.expires_at.filter(|_| purpose != Purpose::Unsubscribe);
                assert!(bent == text && other == purpose, "{bent} was taken for {text}");
                assert_eq!(read, Token { expires_at, ..token });
                assert!(expires_at.is_none_or(|at| at > now()));
            }
        }
    }

    let link = KEYS.seal_link(subscriber);
    assert_eq!(KEYS.open_link(&link), Ok(subscriber));
    let bent = bend.of(&link);
    assert!(bent == link || KEYS.open_link(&bent).is_err(), "{bent} was taken for {link}");
    assert!(KEYS.open_open(&bent).is_err() && KEYS.open_reader(edition, &bent).is_err());
    let reader = KEYS.seal_reader(edition, subscriber);
    assert_eq!(KEYS.open_reader(edition, &reader), Ok(subscriber));
    let bent = bend.of(&reader);
    assert!(bent == reader || KEYS.open_reader(edition, &bent).is_err());
    assert!(KEYS.open_reader(edition.wrapping_add(1), &reader).is_err());

    // Addresses come back in any case, and their numbers may be written in more than one way; but they stay themselves.
    let verp = KEYS.verp_local(edition, subscriber);
    assert_eq!(KEYS.read_verp(&verp), Some((edition, subscriber)));
    assert!(KEYS.read_verp(&bend.of(&verp)).is_none_or(|read| read == (edition, subscriber)));
    assert_eq!(KEYS.read_unsubscribe(&bend.of(&verp)), None);
    let unsubscribe = KEYS.unsubscribe_local(edition, subscriber);
    assert_eq!(KEYS.read_unsubscribe(&unsubscribe.to_uppercase()), Some((edition, subscriber)));
    assert!(KEYS.read_unsubscribe(&bend.of(&unsubscribe)).is_none_or(|read| read == (edition, subscriber)));
    assert_eq!(KEYS.read_verp(&bend.of(&unsubscribe)), None);
    let id = KEYS.message_id_local(edition as u32, newsletter(choice), subscriber);
    assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
}

fn newsletter(choice: &[u8; 32]) -> u32 {
    u32::from_be_bytes([choice[28], choice[29], choice[30], choice[31]])
}

/// Nobody knows the secret, so no text is a token.
fn refused(text: &str) {
    for purpose in PURPOSES {
        assert!(KEYS.verify(purpose, text, now()).is_err());
    }
    assert!(KEYS.open_link(text).is_err() && KEYS.open_open(text).is_err() && KEYS.open_reader(1, text).is_err());
    assert!(KEYS.read_verp(text).is_none() && KEYS.read_unsubscribe(text).is_none());
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
