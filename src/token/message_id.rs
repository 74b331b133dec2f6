use data_encoding::BASE32_NOPAD;

use super::Keys;

impl Keys {
    /// What stands before the `@` of a Message-ID: 26 characters, always the same for one edition and subscriber, and
    /// not to be guessed by others (F4).
    ///
    /// Lower-case base32, because some hosts fold the case of a Message-ID on its way back.
    pub fn message_id_local(&self, newsletter: u32, edition: u32, subscriber: i64) -> String {
        let mut message = Vec::with_capacity(16);
        message.extend(newsletter.to_be_bytes());
        message.extend(edition.to_be_bytes());
        message.extend(subscriber.to_be_bytes());
        BASE32_NOPAD.encode(&self.mac("griot message-id", &message)).to_ascii_lowercase()
    }
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
    fn f4_cannot_be_guessed_without_the_secret() {
        let ours = Keys::new(Secret { id: 1, bytes: &[5; 32] }, []).unwrap();
        let theirs = Keys::new(Secret { id: 1, bytes: &[6; 32] }, []).unwrap();
        assert_ne!(ours.message_id_local(1, 12, 42), theirs.message_id_local(1, 12, 42));
    }
}
