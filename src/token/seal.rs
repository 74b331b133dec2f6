use data_encoding::BASE64URL_NOPAD;

use super::Keys;
use super::keys::MAC_LEN;
use super::link::TokenError;

/// More characters than the longest such text has: key id, eight octets of a number, MAC.
const MAX_TEXT: usize = 34;

/// What a sealed number stands for. The labels are fixed for good: a change would end links in mail already sent.
struct Use(&'static str);

const LINK: Use = Use("griot click link");
const READER: Use = Use("griot click reader");
const OPEN: Use = Use("griot open edition");

/// Sealed numbers: as short as a token can be, because a message holds some forty of them.
impl Keys {
    /// What stands for a link of an edition in a message: 26 or 27 characters for the first millions of links.
    pub fn seal_link(&self, link: i64) -> String {
        self.seal_number(&LINK, &[], link)
    }

    /// The link that [`Keys::seal_link`] was asked for.
    pub fn open_link(&self, text: &str) -> Result<i64, TokenError> {
        self.open_number(&LINK, &[], text)
    }

    /// What stands for a reader of an edition beside each of its links, the same beside all of them. It says nothing
    /// beside the links of another edition.
    pub fn seal_reader(&self, edition: i64, subscriber: i64) -> String {
        self.seal_number(&READER, &edition.to_be_bytes(), subscriber)
    }

    /// The subscriber that [`Keys::seal_reader`] was asked for, with the same edition.
    pub fn open_reader(&self, edition: i64, text: &str) -> Result<i64, TokenError> {
        self.open_number(&READER, &edition.to_be_bytes(), text)
    }

    /// What stands for an edition in the address of the image that counts that it was opened.
    pub fn seal_open(&self, edition: i64) -> String {
        self.seal_number(&OPEN, &[], edition)
    }

    /// The edition that [`Keys::seal_open`] was asked for.
    pub fn open_open(&self, text: &str) -> Result<i64, TokenError> {
        self.open_number(&OPEN, &[], text)
    }

    fn seal_number(&self, Use(label): &Use, beside: &[u8], number: i64) -> String {
        let octets = number.to_be_bytes();
        let needed = octets.iter().skip_while(|octet| **octet == 0);
        let mut bytes = Vec::with_capacity(1 + octets.len() + MAC_LEN);
        bytes.push(self.signing_id());
        bytes.extend(needed);
        let mac = self.mac(label, &sealed_with(beside, &bytes));
        bytes.extend(mac);
        BASE64URL_NOPAD.encode(&bytes)
    }

    fn open_number(&self, Use(label): &Use, beside: &[u8], text: &str) -> Result<i64, TokenError> {
        if text.len() > MAX_TEXT {
            return Err(TokenError::Malformed);
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TokenError::Malformed)?;
        let (sealed, mac) = bytes.split_last_chunk::<MAC_LEN>().ok_or(TokenError::Malformed)?;
        let (key_id, octets) = sealed.split_first().ok_or(TokenError::Malformed)?;
        match self.verify_mac_of(*key_id, label, &sealed_with(beside, sealed), mac) {
            None => return Err(TokenError::UnknownKey),
            Some(false) => return Err(TokenError::Forged),
            Some(true) => {}
        }
        let mut number = [0; 8];
        // What is sealed was made above, so it is never longer.
        let from = number.len().checked_sub(octets.len()).ok_or(TokenError::Malformed)?;
        number[from..].copy_from_slice(octets);
        Ok(i64::from_be_bytes(number))
    }
}

/// What the MAC is made of: what stands beside the number without being in the text comes first, and is as long for one
/// use as for another time.
fn sealed_with(beside: &[u8], sealed: &[u8]) -> Vec<u8> {
    [beside, sealed].concat()
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keys {
        Keys::new(Secret { id: 3, bytes: &[7; 32] }, [Secret { id: 1, bytes: &[9; 40] }]).unwrap()
    }

    proptest! {
        #[test]
        fn w_a_sealed_number_comes_back_as_it_went(number: i64, edition: i64) {
            let keys = keys();
            prop_assert_eq!(keys.open_link(&keys.seal_link(number)), Ok(number));
            prop_assert_eq!(keys.open_reader(edition, &keys.seal_reader(edition, number)), Ok(number));
            prop_assert_eq!(keys.open_open(&keys.seal_open(number)), Ok(number));
        }

        #[test]
        fn w_a_sealed_number_cannot_be_bent(number: i64, place in any::<prop::sample::Index>(), other: char, cut in 0..27_usize) {
            let keys = keys();
            let text = keys.seal_link(number);
            prop_assert!(keys.open_link(&text[..cut.min(text.len() - 1)]).is_err());
            let longer = text.clone() + "A";
            prop_assert!(keys.open_link(&longer).is_err());
            let mut characters: Vec<char> = text.chars().collect();
            let place = place.index(characters.len());
            prop_assume!(characters[place] != other);
            characters[place] = other;
            prop_assert!(keys.open_link(&characters.into_iter().collect::<String>()).is_err());
        }

        #[test]
        fn w_no_sealed_number_passes_for_another_use(number: i64, edition: i64) {
            let keys = keys();
            prop_assert_eq!(keys.open_link(&keys.seal_open(number)), Err(TokenError::Forged));
            prop_assert_eq!(keys.open_open(&keys.seal_link(number)), Err(TokenError::Forged));
            prop_assert!(keys.open_reader(edition, &keys.seal_link(number)).is_err());
            prop_assert!(keys.open_reader(edition ^ 1, &keys.seal_reader(edition, number)).is_err());
        }

        #[test]
        fn w_no_sealed_number_can_be_made_up(text in "\\PC{0,40}") {
            prop_assert!(keys().open_link(&text).is_err());
        }
    }

    #[test]
    fn a_link_has_27_characters_and_stays_as_it_is() {
        // Links in mail already sent must work in every later version.
        let text = "AwERcDuvg9ffQIblBUmQOY2SZOU";
        assert_eq!((keys().seal_link(70_000).as_str(), text.len()), (text, 27));
    }

    #[test]
    fn w_older_secrets_open_what_they_sealed() {
        let old = keys().signing_with(1).unwrap().seal_link(12);
        assert_eq!(keys().open_link(&old), Ok(12));
        let without = Keys::new(Secret { id: 3, bytes: &[7; 32] }, []).unwrap();
        assert_eq!(without.open_link(&old), Err(TokenError::UnknownKey));
    }
}
