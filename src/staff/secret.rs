use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::store::SecretDigest;

/// 256 random bits that somebody is known by: in a cookie, a link, a header. The store keeps the digest alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Opaque(String);

impl std::fmt::Debug for Opaque {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opaque(…)")
    }
}

impl Opaque {
    pub fn new() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("the system gave no random bytes for a secret")?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// What somebody sent as one; `None` where it can't be.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// As it is written into links and cookies: 43 characters of base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn digest(&self) -> SecretDigest {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let secret = Opaque::new().unwrap();
        assert_eq!(Opaque::read(secret.as_str()), Some(secret.clone()));
        assert_ne!(Opaque::new().unwrap().digest(), secret.digest());
        for other in ["", "x", &secret.as_str()[1..], &format!("{}=", secret.as_str()), &"é".repeat(43)] {
            assert_eq!(Opaque::read(other), None, "{other}");
        }
        assert_eq!(format!("{secret:?}"), "Opaque(…)");
    }
}
