use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Octets a secret has at least: as many as SHA-256 gives out (RFC 2104 §3).
const MIN_SECRET: usize = 32;

/// Octets of a MAC that are kept: 128 bits (W).
pub(super) const MAC_LEN: usize = 16;

/// A secret as it comes out of the configuration: random octets, at least 32, and the id that tokens name it by.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    pub id: u8,
    pub bytes: &'a [u8],
}

/// The secrets that seal tokens: one signs, all verify, so that links in mail already sent outlive a change of secret.
#[derive(Clone)]
pub struct Keys {
    signing: Key,
    older: Vec<Key>,
}

/// Why a set of secrets is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    #[error("secret {id} has {length} bytes; give it at least 32 random ones")]
    TooShort { id: u8, length: usize },
    #[error("two secrets have the id {0}; every secret needs its own")]
    DuplicateId(u8),
}

/// Octets of a shortened MAC: 80 bits.
const MIN_MAC: usize = 10;

/// A secret worked into HMAC's state: the octets themselves are not kept.
#[derive(Clone)]
struct Key {
    id: u8,
    hmac: Hmac<Sha256>,
}

impl Keys {
    /// A set of secrets of which the newest signs.
    pub fn new<'a>(newest: Secret<'a>, older: impl IntoIterator<Item = Secret<'a>>) -> Result<Self, KeysError> {
        let signing = Key::new(newest)?;
        let mut keys = Self { signing, older: Vec::new() };
        for secret in older {
            if keys.find(secret.id).is_some() {
                return Err(KeysError::DuplicateId(secret.id));
            }
            keys.older.push(Key::new(secret)?);
        }
        Ok(keys)
    }

    /// The id of the secret that signs.
    pub fn signing_id(&self) -> u8 {
        self.signing.id
    }

    /// The ids of all of them, in order.
    pub fn ids(&self) -> Vec<u8> {
        let mut ids: Vec<u8> = self.all().map(|key| key.id).collect();
        ids.sort_unstable();
        ids
    }

    /// The same secrets with another one signing; `None` if there is none of that id.
    ///
    /// An edition keeps to the secret it began with, so that a retry is the same bytes (F3) after a change of secret.
    pub fn signing_with(&self, id: u8) -> Option<Self> {
        let signing = self.find(id)?.clone();
        let older = self.all().filter(|key| key.id != id).cloned().collect();
        Some(Self { signing, older })
    }

    /// 128 bits of HMAC-SHA256 with the signing secret. `label` keeps uses apart: a MAC made for one fits no other.
    pub fn mac(&self, label: &'static str, message: &[u8]) -> [u8; MAC_LEN] {
        self.signing.mac(label, message)
    }

    /// Whether [`Keys::mac`] made this MAC with any of the secrets. A MAC cut short passes down to 80 bits, for
    /// addresses, where octets are dear.
    pub fn verify_mac(&self, label: &'static str, message: &[u8], mac: &[u8]) -> bool {
        self.all().any(|key| key.verify(label, message, mac))
    }

    /// Whether the secret of this id made this MAC; `None` if there is no such secret.
    pub(super) fn verify_mac_of(&self, id: u8, label: &'static str, message: &[u8], mac: &[u8]) -> Option<bool> {
        Some(self.find(id)?.verify(label, message, mac))
    }

    fn find(&self, id: u8) -> Option<&Key> {
        self.all().find(|key| key.id == id)
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.signing).chain(&self.older)
    }
}

impl Key {
    fn new(secret: Secret<'_>) -> Result<Self, KeysError> {
        let too_short = KeysError::TooShort { id: secret.id, length: secret.bytes.len() };
        if secret.bytes.len() < MIN_SECRET {
            return Err(too_short);
        }
        // HMAC takes a key of any length, so this never fails.
        let hmac = Hmac::new_from_slice(secret.bytes).map_err(|_| too_short)?;
        Ok(Self { id: secret.id, hmac })
    }

    fn mac(&self, label: &'static str, message: &[u8]) -> [u8; MAC_LEN] {
        let mut hmac = self.hmac.clone();
        hmac.update(label.as_bytes());
        // Labels hold no zero octet, so no label and message read as another label and message.
        hmac.update(&[0]);
        hmac.update(message);
        let full: [u8; 32] = hmac.finalize().into_bytes().into();
        let mut kept = [0; MAC_LEN];
        kept.copy_from_slice(&full[..MAC_LEN]);
        kept
    }

    /// In constant time wherever the two MACs differ (W).
    fn verify(&self, label: &'static str, message: &[u8], mac: &[u8]) -> bool {
        let own = self.mac(label, message);
        (MIN_MAC..=MAC_LEN).contains(&mac.len()) && own[..mac.len()].ct_eq(mac).into()
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret {}", self.id)
    }
}

/// Ids only: neither a secret nor HMAC's state, which is as good as one, reaches a log.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|key| key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Secret = Secret { id: 2, bytes: &[b'n'; 32] };
    const OLD: Secret = Secret { id: 1, bytes: &[b'o'; 32] };

    #[test]
    fn w_refuses_short_secrets_and_ids_used_twice() {
        let short = Secret { id: 7, bytes: &[0; 31] };
        assert_eq!(Keys::new(short, []).unwrap_err(), KeysError::TooShort { id: 7, length: 31 });
        assert_eq!(Keys::new(NEW, [OLD, NEW]).unwrap_err(), KeysError::DuplicateId(2));
    }

    #[test]
    fn w_the_newest_signs_and_all_verify() {
        let before = Keys::new(OLD, []).unwrap().mac("test", b"hello");
        let keys = Keys::new(NEW, [OLD]).unwrap();
        assert_ne!(keys.mac("test", b"hello"), before);
        assert!(keys.verify_mac("test", b"hello", &before));
        assert!(keys.verify_mac("test", b"hello", &before[..10]));
        assert!(!keys.verify_mac("test", b"hello", &before[..9]), "72 bits passed");
        assert!(!keys.verify_mac("other", b"hello", &before), "a MAC passed under another label");
        assert!(!Keys::new(NEW, []).unwrap().verify_mac("test", b"hello", &before));
    }

    #[test]
    fn f3_an_edition_can_keep_to_the_secret_it_began_with() {
        let before = Keys::new(OLD, []).unwrap().mac("test", b"hello");
        let kept = Keys::new(NEW, [OLD]).unwrap().signing_with(1).unwrap();
        assert_eq!((kept.signing_id(), kept.mac("test", b"hello")), (1, before));
        assert!(kept.signing_with(3).is_none());
        assert_eq!(kept.signing_with(2).unwrap().signing_id(), 2);
    }

    #[test]
    fn mac_is_hmac_sha256_as_others_compute_it() {
        // Python: hmac.new(b"n" * 32, b"test\0hello", "sha256").hexdigest()[:32]
        let mac = Keys::new(NEW, []).unwrap().mac("test", b"hello");
        assert_eq!(data_encoding::HEXLOWER.encode(&mac), "e3599cd32d43f7a1e29c84dc65d45b1c");
    }

    #[test]
    fn debug_shows_ids_only() {
        let shown = format!("{:?} {NEW:?}", Keys::new(NEW, [OLD]).unwrap());
        assert_eq!(shown, "[2, 1] Secret 2");
    }
}
