use data_encoding::BASE32_NOPAD;

use super::Keys;
use super::keys::MAC_LEN;

const LABEL: &str = "griot message-id";

impl Keys {
    /// What stands before the `@` of a Message-ID: 26 characters, always the same for one edition and subscriber, and
    /// not to be guessed by others (F4).
    ///
    /// Lower-case base32, because some hosts fold the case of a Message-ID on its way back.
    pub fn message_id_local(&self, newsletter: u32, edition: u32, subscriber: i64) -> String {
        BASE32_NOPAD.encode(&self.mac(LABEL, &message(newsletter, edition, subscriber))).to_ascii_lowercase()
    }

    /// Whether [`Keys::message_id_local`] made this text of these with any of the secrets, in whatever case it came back.
    pub fn made_message_id(&self, newsletter: u32, edition: u32, subscriber: i64, local: &str) -> bool {
        let mac = BASE32_NOPAD.decode(local.to_ascii_uppercase().as_bytes());
        mac.is_ok_and(|mac| {
            mac.len() == MAC_LEN && self.verify_mac(LABEL, &message(newsletter, edition, subscriber), &mac)
        })
    }
}

fn message(newsletter: u32, edition: u32, subscriber: i64) -> [u8; 16] {
    let mut message = [0; 16];
    message[..4].copy_from_slice(&newsletter.to_be_bytes());
    message[4..8].copy_from_slice(&edition.to_be_bytes());
    message[8..].copy_from_slice(&subscriber.to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    #[test]
    fn f4_is_stable_for_one_delivery_and_differs_for_any_other() {
        let keys = Keys::new(Secret { id: 1, bytes: &[5; 32] }, []).unwrap();
        let id = keys.message_id_local(1, 12, 42);
        assert_eq!(id, keys.clone().message_id_local(1, 12, 42));
        assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
        for other in
            [keys.message_id_local(2, 12, 42), keys.message_id_local(1, 13, 42), keys.message_id_local(1, 12, 43)]
        {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn f4_is_known_again_whichever_secret_made_it() {
        let (old, new) = (Secret { id: 1, bytes: &[5; 32] }, Secret { id: 2, bytes: &[6; 32] });
        let id = Keys::new(old, []).unwrap().message_id_local(1, 12, 42);
        let keys = Keys::new(new, [old]).unwrap();
        assert!(keys.made_message_id(1, 12, 42, &id.to_ascii_uppercase()));
        assert!(!keys.made_message_id(1, 12, 43, &id));
        assert!(!keys.made_message_id(1, 12, 42, &id[..24]), "a shorter MAC is easier to guess");
        assert!(!Keys::new(new, []).unwrap().made_message_id(1, 12, 42, &id));
    }

    #[test]
    fn f4_cannot_be_guessed_without_the_secret() {
        let ours = Keys::new(Secret { id: 1, bytes: &[5; 32] }, []).unwrap();
        let theirs = Keys::new(Secret { id: 1, bytes: &[6; 32] }, []).unwrap();
        assert_ne!(ours.message_id_local(1, 12, 42), theirs.message_id_local(1, 12, 42));
    }
}
