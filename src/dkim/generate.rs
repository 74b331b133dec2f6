use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::BASE64;
use secrecy::SecretString;

/// What a new key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Ed25519,
}

/// No key came of it, and AWS-LC does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key could be made; the system may have no random bytes")]
pub struct GenerateError;

/// A new private key in PEM form: PKCS#8 in its first version, which openssl and opendkim read too.
pub fn generate(kind: Kind) -> Result<SecretString, GenerateError> {
    let rsa = |size| -> Result<String, GenerateError> {
        let pair = rsa::KeyPair::generate(size).map_err(|_| GenerateError)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| GenerateError)?;
        Ok(pem(der.as_ref()))
    };
    let text = match kind {
        Kind::Rsa2048 => rsa(KeySize::Rsa2048)?,
        Kind::Rsa3072 => rsa(KeySize::Rsa3072)?,
        Kind::Rsa4096 => rsa(KeySize::Rsa4096)?,
        Kind::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(|_| GenerateError)?;
            pem(pair.to_pkcs8v1().map_err(|_| GenerateError)?.as_ref())
        }
    };
    Ok(text.into())
}

/// RFC 7468 §2.
fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in BASE64.encode(der).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::super::PrivateKey;
    use super::*;

    #[test]
    fn makes_keys_that_can_be_read_and_no_two_alike() {
        for (kind, begins) in
            [(Kind::Rsa2048, "v=DKIM1; k=rsa; p=MIIBIjANBgkq"), (Kind::Ed25519, "v=DKIM1; k=ed25519; p=")]
        {
            let record = || PrivateKey::from_pem(generate(kind).unwrap().expose_secret()).unwrap().dns_record();
            let (first, second) = (record(), record());
            assert!(first.starts_with(begins) && first != second, "{first}");
        }
    }
}
