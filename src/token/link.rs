use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;

use super::Keys;
use super::keys::MAC_LEN;

/// What a token lets its bearer do. A token made for one purpose is refused for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// End a subscription. Never expires (RFC 8058, CAN-SPAM).
    Unsubscribe,
    /// See and change what one gets.
    Preferences,
    /// Confirm a subscription. Always expires.
    Confirm,
    /// Read an edition in the browser.
    Online,
    /// Make an address the subscriber's. Always expires.
    Address,
}

/// Who and what a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub purpose: Purpose,
    pub newsletter: u32,
    pub subscriber: i64,
    /// The edition that carried the link, where one did.
    pub edition: Option<u32>,
    /// The first moment at which it is no longer taken, in whole seconds. Not kept for [`Purpose::Unsubscribe`]; a
    /// [`Purpose::Confirm`] without it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Why a text is not a token that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the link is incomplete or was altered")]
    Malformed,
    #[error("the link was sealed with a secret that is no longer configured")]
    UnknownKey,
    #[error("the link was altered or was made for something else")]
    Forged,
    #[error("the link is past its time")]
    Expired,
}

const HAS_EDITION: u8 = 0b01;
const HAS_EXPIRY: u8 = 0b10;

/// More characters than the longest token has; what is longer is not even decoded.
const MAX_TEXT: usize = 64;

impl Purpose {
    /// What separates the MACs. Fixed for good: a change would end every link in mail already sent.
    const fn label(self) -> &'static str {
        match self {
            Self::Unsubscribe => "griot token unsubscribe",
            Self::Preferences => "griot token preferences",
            Self::Confirm => "griot token confirm",
            Self::Online => "griot token online",
            Self::Address => "griot token address",
        }
    }
}

impl Keys {
    /// Seals a token into URL-safe text: 46 characters where it names an edition.
    pub fn sign(&self, token: &Token) -> String {
        let expires_at = token.expires_at.filter(|_| token.purpose != Purpose::Unsubscribe);
        // Key id, flags, newsletter, subscriber, then what the flags promise, then the MAC.
        let mut bytes = Vec::with_capacity(2 + 4 + 8 + 4 + 8 + MAC_LEN);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        bytes.push(self.signing_id());
        bytes.push(flag(token.edition.is_some(), HAS_EDITION) | flag(expires_at.is_some(), HAS_EXPIRY));
        bytes.extend(token.newsletter.to_be_bytes());
        bytes.extend(token.subscriber.to_be_bytes());
        bytes.extend(token.edition.iter().flat_map(|edition| edition.to_be_bytes()));
        bytes.extend(expires_at.iter().flat_map(|at| at.timestamp().to_be_bytes()));
        let mac = self.mac(token.purpose.label(), &bytes);
        bytes.extend(mac);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Opens a token that came back in a URL.
    ///
    /// The purpose is the page's, not the link's: a token made for another is [`TokenError::Forged`].
    pub fn verify(&self, purpose: Purpose, text: &str, now: DateTime<Utc>) -> Result<Token, TokenError> {
        if text.len() > MAX_TEXT {
            return Err(TokenError::Malformed);
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TokenError::Malformed)?;
        let (sealed, mac) = bytes.split_last_chunk::<MAC_LEN>().ok_or(TokenError::Malformed)?;
        let key_id = *sealed.first().ok_or(TokenError::Malformed)?;
        match self.verify_mac_of(key_id, purpose.label(), sealed, mac) {
            None => return Err(TokenError::UnknownKey),
            Some(false) => return Err(TokenError::Forged),
            Some(true) => {}
        }
        let token = read(purpose, sealed).ok_or(TokenError::Malformed)?;
        let must_expire = matches!(purpose, Purpose::Confirm | Purpose::Address);
        match token.expires_at {
            Some(at) if now >= at => Err(TokenError::Expired),
            None if must_expire => Err(TokenError::Expired),
            _ => Ok(token),
        }
    }
}

/// Reads what stands before the MAC; `None` if anything is missing or left over.
fn read(purpose: Purpose, sealed: &[u8]) -> Option<Token> {
    let (&[_key_id, flags], rest) = sealed.split_first_chunk()?;
    let (newsletter, rest) = rest.split_first_chunk()?;
    let (subscriber, mut rest) = rest.split_first_chunk()?;
    let mut edition = None;
    if flags & HAS_EDITION != 0 {
        let (bytes, left) = rest.split_first_chunk()?;
        edition = Some(u32::from_be_bytes(*bytes));
        rest = left;
    }
    let mut expires_at = None;
    if flags & HAS_EXPIRY != 0 {
        let (bytes, left) = rest.split_first_chunk()?;
        expires_at = Some(DateTime::from_timestamp(i64::from_be_bytes(*bytes), 0)?);
        rest = left;
    }
    rest.is_empty().then(|| Token {
        purpose,
        newsletter: u32::from_be_bytes(*newsletter),
        subscriber: i64::from_be_bytes(*subscriber),
        edition,
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const PURPOSES: [Purpose; 5] =
        [Purpose::Unsubscribe, Purpose::Preferences, Purpose::Confirm, Purpose::Online, Purpose::Address];

    fn keys() -> Keys {
        Keys::new(Secret { id: 3, bytes: &[7; 32] }, [Secret { id: 1, bytes: &[9; 40] }]).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn token(purpose: Purpose) -> Token {
        Token { purpose, newsletter: 1, subscriber: 42, edition: Some(12), expires_at: None }
    }

    /// Tokens of every purpose that hold until after second 0.
    fn any_token() -> impl Strategy<Value = Token> {
        let expiry = proptest::option::of(1..4_000_000_000_i64);
        (0..5_usize, any::<u32>(), any::<i64>(), any::<Option<u32>>(), expiry).prop_map(
            |(purpose, newsletter, subscriber, edition, expiry)| {
                let expires_at = match PURPOSES[purpose] {
                    Purpose::Unsubscribe => None,
                    Purpose::Confirm | Purpose::Address => Some(at(expiry.unwrap_or(1))),
                    Purpose::Preferences | Purpose::Online => expiry.map(at),
                };
                Token { purpose: PURPOSES[purpose], newsletter, subscriber, edition, expires_at }
            },
        )
    }

    proptest! {
        #[test]
        fn w_comes_back_as_it_went(token in any_token()) {
            let keys = keys();
            prop_assert_eq!(keys.verify(token.purpose, &keys.sign(&token), at(0)), Ok(token));
        }

        #[test]
        fn w_any_flipped_bit_is_refused(token in any_token(), bit in any::<prop::sample::Index>()) {
            let keys = keys();
            let mut bytes = BASE64URL_NOPAD.decode(keys.sign(&token).as_bytes()).unwrap();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(keys.verify(token.purpose, &BASE64URL_NOPAD.encode(&bytes), at(0)).is_err());
        }

        #[test]
        fn w_any_other_character_is_refused(token in any_token(), place in any::<prop::sample::Index>(), other: char) {
            let keys = keys();
            let mut text: Vec<char> = keys.sign(&token).chars().collect();
            let place = place.index(text.len());
            prop_assume!(text[place] != other);
            text[place] = other;
            let text: String = text.into_iter().collect();
            prop_assert!(keys.verify(token.purpose, &text, at(0)).is_err());
        }

        #[test]
        fn w_truncated_or_lengthened_is_refused(token in any_token(), length in 0..60_usize, more in "[A-Za-z0-9_=-]{1,9}") {
            let keys = keys();
            let text = keys.sign(&token);
            let length = length.min(text.len() - 1);
            prop_assert!(keys.verify(token.purpose, &text[..length], at(0)).is_err());
            let longer = text + &more;
            prop_assert!(keys.verify(token.purpose, &longer, at(0)).is_err());
        }

        #[test]
        fn w_a_wrong_purpose_is_refused(token in any_token(), other in 0..5_usize) {
            prop_assume!(PURPOSES[other] != token.purpose);
            let keys = keys();
            prop_assert_eq!(keys.verify(PURPOSES[other], &keys.sign(&token), at(0)), Err(TokenError::Forged));
        }

        #[test]
        fn w_nothing_made_up_passes(text in "\\PC{0,70}") {
            prop_assert!(keys().verify(Purpose::Unsubscribe, &text, at(0)).is_err());
        }
    }

    #[test]
    fn an_edition_token_has_46_characters_and_stays_as_it_is() {
        let text = keys().sign(&token(Purpose::Unsubscribe));
        assert_eq!(text.len(), 46);
        // Links in mail already sent must work in every later version.
        assert_eq!(text, "AwEAAAABAAAAAAAAACoAAAAMcyHemoHbs2F-ZX0HBZiduQ");
    }

    #[test]
    fn w_confirm_expires_and_unsubscribe_never_does() {
        let keys = keys();
        let soon = at(1_000);
        let confirm = Token { expires_at: Some(soon), ..token(Purpose::Confirm) };
        let text = keys.sign(&confirm);
        assert_eq!(keys.verify(Purpose::Confirm, &text, soon - TimeDelta::seconds(1)), Ok(confirm));
        assert_eq!(keys.verify(Purpose::Confirm, &text, soon), Err(TokenError::Expired));
        let endless = keys.sign(&token(Purpose::Confirm));
        assert_eq!(keys.verify(Purpose::Confirm, &endless, at(0)), Err(TokenError::Expired));

        let unsubscribe = Token { expires_at: Some(soon), ..token(Purpose::Unsubscribe) };
        let far = DateTime::<Utc>::MAX_UTC;
        assert_eq!(
            keys.verify(Purpose::Unsubscribe, &keys.sign(&unsubscribe), far),
            Ok(token(Purpose::Unsubscribe)),
            "an unsubscribe link expired"
        );
    }

    #[test]
    fn w_older_secrets_verify_until_they_are_taken_away() {
        let old = keys().signing_with(1).unwrap().sign(&token(Purpose::Online));
        assert_eq!(keys().verify(Purpose::Online, &old, at(0)), Ok(token(Purpose::Online)));
        let without = Keys::new(Secret { id: 3, bytes: &[7; 32] }, []).unwrap();
        assert_eq!(without.verify(Purpose::Online, &old, at(0)), Err(TokenError::UnknownKey));
    }
}
