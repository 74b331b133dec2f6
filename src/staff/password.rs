use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// NIST SP 800-63B-4 §3.1.1.2 wants 15 where a password is all there is.
const SHORTEST: usize = 15;
/// So that nobody has us hash a novel.
const LONGEST: usize = 256;

/// Hashing passwords: argon2id with 19 MiB, two passes and one lane (OWASP's first choice). It takes some 20 ms of one
/// core, so it is done where it may block.
#[derive(Clone, Copy, Debug)]
pub struct Password;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    TooShort,
    TooLong,
    /// One character again and again, or the person's name.
    Guessable,
}

impl Weakness {
    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::TooShort => {
                "A password needs at least 15 characters. Four words that have nothing to do with each other are easy to remember."
            }
            Self::TooLong => "A password may have up to 256 characters.",
            Self::Guessable => {
                "That would be guessed at once. Four words that have nothing to do with each other are easy to remember."
            }
        }
    }
}

/// What a name that nobody has is compared with, so that it takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| Password::hash("nobody has this password").unwrap_or_default());

impl Password {
    /// As a PHC string.
    pub fn hash(password: &str) -> Result<String> {
        let hash = argon2()?.hash_password(password.as_bytes());
        Ok(hash.map_err(|error| anyhow!("a password could not be hashed: {error}"))?.to_string())
    }

    /// Whether it is the password of this hash. Takes as long where there is no hash.
    pub fn is_right(hash: &str, password: &str) -> bool {
        if password.len() > LONGEST {
            return false;
        }
        let is_known = !hash.is_empty();
        let hash = if is_known { hash } else { NOBODYS.as_str() };
        // The parameters are those in the hash: an older one stays valid.
        let is_it = argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), hash).is_ok());
        is_it && is_known
    }

    /// `None` where it may be somebody's password.
    pub fn weakness(password: &str, name: &str) -> Option<Weakness> {
        let folded = password.to_lowercase();
        let mut characters = folded.chars();
        let first = characters.next();
        let name = name.to_lowercase();
        if password.chars().count() < SHORTEST {
            Some(Weakness::TooShort)
        } else if password.len() > LONGEST {
            Some(Weakness::TooLong)
        } else if characters.all(|one| Some(one) == first) || folded.replace(&name, "").chars().count() < 8 {
            Some(Weakness::Guessable)
        } else {
            None
        }
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow!("argon2 refused its parameters: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_one_password_and_salted() {
        let hash = Password::hash("harmattan kettle orbit plum").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(Password::is_right(&hash, "harmattan kettle orbit plum"));
        for wrong in ["harmattan kettle orbit plu", "", "Harmattan kettle orbit plum", &"x".repeat(100_000)] {
            assert!(!Password::is_right(&hash, wrong), "{wrong}");
        }
        assert_ne!(Password::hash("harmattan kettle orbit plum").unwrap(), hash);
        assert!(!Password::is_right("", "nobody has this password"), "no hash is nobody's password");
        assert!(!Password::is_right("not a hash", "not a hash"));
    }

    #[test]
    fn what_is_guessed_at_once_is_refused() {
        let of = |password: &str| Password::weakness(password, "Ama Mensah");
        assert_eq!(of("short"), Some(Weakness::TooShort));
        assert_eq!(of("aaaaaaaaaaaaaaaaaaaa"), Some(Weakness::Guessable));
        assert_eq!(of("ama mensah 12345"), Some(Weakness::Guessable));
        assert_eq!(of(&"ab".repeat(200)), Some(Weakness::TooLong));
        assert_eq!(of("harmattan kettle orbit plum"), None);
    }
}
