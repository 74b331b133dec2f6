use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::signer::SignError;

/// A key that signs: RSA of 2048 to 4096 bits, or Ed25519. Clones share it; nothing prints it.
#[derive(Clone)]
pub struct PrivateKey(Arc<Pair>);

enum Pair {
    Rsa(RsaKeyPair),
    /// AWS-LC's, because it signs three times as fast as ring, and no message leaves before it is signed.
    Ed25519(Ed25519KeyPair),
}

/// Why a key is not one to sign with. Each text goes on from "the key file".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("holds no private key in PEM form")]
    NotPem,
    #[error("is locked with a passphrase, and nobody is there to type it")]
    Encrypted,
    #[error("holds neither an RSA nor an Ed25519 key")]
    OtherAlgorithm,
    /// RFC 8301 §3.2: under 1024 bits no verifier may accept it, and signers should use 2048.
    #[error("holds an RSA key of fewer than 2048 bits, too weak for mailbox providers to trust (RFC 8301)")]
    TooShort,
    #[error("holds an RSA key of more than 4096 bits, more than mailbox providers have to read (RFC 8301)")]
    TooLong,
    #[error("holds a key that is damaged")]
    Damaged,
}

impl PrivateKey {
    /// Reads a key in PEM form: PKCS#8 (RSA or Ed25519) or PKCS#1 (RSA).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
            Ok(der) => der,
            Err(_) if pem.contains("ENCRYPTED") => return Err(KeyError::Encrypted),
            Err(_) => return Err(KeyError::NotPem),
        };
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der()))?,
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                // openssl leaves the public half out, so there is nothing to check the private one against.
                match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    Ok(pair) => Pair::Ed25519(pair),
                    Err(_) => rsa(RsaKeyPair::from_pkcs8(der))?,
                }
            }
            _ => return Err(KeyError::OtherAlgorithm),
        };
        Ok(Self(Arc::new(pair)))
    }

    /// The text of the TXT record that publishes the public half (RFC 6376 §3.6.1, RFC 8463 §4).
    pub fn dns_record(&self) -> String {
        match &*self.0 {
            Pair::Rsa(pair) => format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&public_key_info(pair.public().as_ref()))),
            Pair::Ed25519(pair) => {
                format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(pair.public_key().as_ref()))
            }
        }
    }

    /// The value of `a=`.
    pub(super) fn algorithm(&self) -> &'static str {
        match &*self.0 {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Signs the SHA-256 of `data`; the same data always gives the same signature.
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        match &*self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                // PKCS#1 v1.5 draws nothing from the generator; ring asks for one for the other paddings' sake.
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).map_err(|_| SignError)?;
                Ok(signature)
            }
            // RFC 8463 §3: PureEdDSA over the hash, not over the data.
            Pair::Ed25519(pair) => {
                let digest = ring::digest::digest(&ring::digest::SHA256, data);
                Ok(pair.sign(digest.as_ref()).as_ref().to_vec())
            }
        }
    }
}

/// ring has no type for its reasons, only these names; the tests hold a key for each.
fn rsa(read: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<Pair, KeyError> {
    read.map(Pair::Rsa).map_err(|rejected| match rejected.to_string().as_str() {
        "TooSmall" => KeyError::TooShort,
        "TooLarge" => KeyError::TooLong,
        "WrongAlgorithm" => KeyError::OtherAlgorithm,
        _ => KeyError::Damaged,
    })
}

/// An RSAPublicKey as the SubjectPublicKeyInfo that verifiers look for (RFC 5280 §4.1, RFC 3279 §2.3.1).
fn public_key_info(rsa_public_key: &[u8]) -> Vec<u8> {
    /// rsaEncryption, with its NULL parameters.
    const ALGORITHM: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    const SEQUENCE: u8 = 0x30;
    const BIT_STRING: u8 = 0x03;
    // The first octet of a bit string counts the bits that are left over.
    let bits = der(BIT_STRING, &[&[0], rsa_public_key].concat());
    der(SEQUENCE, &[ALGORITHM, &bits].concat())
}

/// One element whose length takes two octets, as that of any key of 2048 to 4096 bits does.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    [&[tag, 0x82, high, low], content].concat()
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.algorithm())
    }
}
