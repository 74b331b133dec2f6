//! DKIM (RFC 6376, 8301, 8463): whether receivers find the key that messages are signed with, and may use it.

use data_encoding::BASE64;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::dns::{Dns, Unanswered};
use super::finding::Finding;
use super::tags::Tags;
use super::zone;
use crate::dkim::SigningKey;

/// RFC 8301 §3.2.
const REFUSED_BELOW: usize = 1024;
const WEAK_BELOW: usize = 2048;

pub(super) async fn check(dns: &Dns, key: &SigningKey) -> Result<Vec<Finding>, Unanswered> {
    let name = format!("{}._domainkey.{}", key.selector, key.domain);
    let texts = dns.txt(&name).await?;
    Ok(judge(&name, &texts, &key.key.dns_record()))
}

/// Nothing is signed here.
pub(super) fn unsigned(domain: &str) -> Finding {
    Finding::warn("dkim.key", domain, "griot has no key for this domain, so the relay must sign with one of its own")
        .because("Gmail, Yahoo and Outlook refuse bulk mail without a DKIM signature for the domain of its From.")
        .advise(format!(
            "See to it that the relay signs with d={domain} or a domain that is aligned with it, or let griot sign: griot \
             dkim generate {domain}"
        ))
}

/// `ours` is the record of the key that signs.
fn judge(name: &str, texts: &[String], ours: &str) -> Vec<Finding> {
    let publish = || zone::txt(name, ours);
    let text = match texts {
        [text] => text,
        [] => {
            return vec![
                Finding::fail("dkim.record", name, "no record")
                    .because("Without the key every signature counts as broken.")
                    .advise("Publish this record.")
                    .publish(publish()),
            ];
        }
        several => {
            return vec![
                Finding::fail("dkim.record", name, format!("{} records, and one is allowed", several.len()))
                    .because("It is left open which of them a receiver takes (RFC 6376 §3.6.2.2).")
                    .advise("Take them out, and publish this one.")
                    .publish(publish()),
            ];
        }
    };
    let unreadable = |wrong: String| {
        Finding::fail("dkim.syntax", name, wrong)
            .because("Receivers cannot read the key, so every signature counts as broken.")
            .advise("Publish this record in its place.")
            .publish(publish())
    };
    let tags = match Tags::parse(text) {
        Ok(tags) => tags,
        Err(wrong) => return vec![unreadable(wrong)],
    };
    if let Some(version) = tags.get("v").filter(|version| *version != "DKIM1") {
        return vec![unreadable(format!("v={version} is not DKIM1"))];
    }
    if tags.get("v").is_some() && tags.first().is_none_or(|(name, _)| name != "v") {
        return vec![unreadable("v= does not stand first".into())];
    }
    let Some(public) = tags.get("p") else { return vec![unreadable("there is no p=, which holds the key".into())] };
    let public: String = public.split_ascii_whitespace().collect();
    if public.is_empty() {
        return vec![
            Finding::fail("dkim.revoked", name, "p= is empty: the key is withdrawn")
                .because("Receivers take a signature with a withdrawn key as none (RFC 6376 §3.6.1).")
                .advise("Publish the key, or make a new one under a new selector: griot dkim generate")
                .publish(publish()),
        ];
    }
    let mut findings = vec![Finding::pass("dkim.record", name, "one record")];
    findings.push(key(name, &tags, &public, ours));
    findings.extend(restrictions(name, &tags));
    findings
}

fn key(name: &str, tags: &Tags, public: &str, ours: &str) -> Finding {
    let own = Tags::parse(ours).unwrap_or_default();
    let kind = tags.word("k").unwrap_or_else(|| "rsa".into());
    let fix = |finding: Finding| finding.advise("Publish this record in its place.").publish(zone::txt(name, ours));
    let own_kind = own.get("k").unwrap_or("rsa");
    if kind != own_kind {
        let found = format!("it holds a key of the kind {kind}, and messages are signed with one of {own_kind}");
        return fix(Finding::fail("dkim.type", name, found).because("No signature fits a key of another kind."));
    }
    if kind == "rsa" {
        let Some(bits) = rsa_bits(public) else {
            let finding = Finding::fail("dkim.syntax", name, "p= holds no RSA key");
            return fix(finding.because("Receivers cannot read the key, so every signature counts as broken."));
        };
        let new = "Make a new key under a new selector: griot dkim generate";
        let found = format!("an RSA key of {bits} bits");
        if bits < REFUSED_BELOW {
            return Finding::fail("dkim.bits", name, found)
                .because("No receiver may accept it (RFC 8301 §3.2).")
                .advise(new);
        }
        if bits < WEAK_BELOW {
            return Finding::warn("dkim.bits", name, found)
                .because("Gmail takes it and advises 2048 (RFC 8301 §3.2).")
                .advise(new);
        }
    }
    if own.get("p") != Some(public) {
        let found = "it is not the key that messages are signed with";
        return fix(Finding::fail("dkim.key", name, found).because("Every signature counts as broken."));
    }
    Finding::pass("dkim.key", name, format!("the {kind} key that messages are signed with"))
}

fn restrictions(name: &str, tags: &Tags) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = |tag: &str| -> Option<Vec<String>> {
        Some(tags.word(tag)?.split(':').map(|word| word.trim().to_owned()).collect())
    };
    if lists("t").is_some_and(|flags| flags.iter().any(|flag| flag == "y")) {
        findings.push(
            Finding::warn("dkim.testing", name, "t=y says that signing is only being tried out")
                .because("Receivers treat the mail as if it were not signed (RFC 6376 §3.6.1).")
                .advise("Publish the record without t=y.")
                .publish(zone::txt(name, &tags.changed(&["t"], &[]))),
        );
    }
    if lists("h").is_some_and(|hashes| !hashes.iter().any(|hash| hash == "sha256")) {
        findings.push(
            Finding::fail("dkim.hash", name, "h= leaves out sha256, which messages are signed with")
                .because("Receivers take no signature whose hash the record does not allow (RFC 6376 §3.6.1).")
                .advise("Publish the record without h=.")
                .publish(zone::txt(name, &tags.changed(&["h"], &[]))),
        );
    }
    if lists("s").is_some_and(|services| !services.iter().any(|service| service == "*" || service == "email")) {
        findings.push(
            Finding::fail("dkim.service", name, "s= leaves out email")
                .because("Receivers take no signature with a key that is not for mail (RFC 6376 §3.6.1).")
                .advise("Publish the record without s=.")
                .publish(zone::txt(name, &tags.changed(&["s"], &[]))),
        );
    }
    findings
}

/// Of a SubjectPublicKeyInfo in base64, or of a bare RSAPublicKey, which some publish.
fn rsa_bits(public: &str) -> Option<usize> {
    let der = BASE64.decode(public.as_bytes()).ok()?;
    let bare = match SubjectPublicKeyInfoRef::from_der(&der) {
        Ok(info) => info.subject_public_key.as_bytes()?.to_vec(),
        Err(_) => der,
    };
    let mut reader = SliceReader::new(&bare).ok()?;
    let modulus = reader.sequence(|inside| {
        let modulus = UintRef::decode(inside)?.as_bytes().to_vec();
        UintRef::decode(inside)?;
        Ok::<_, x509_cert::der::Error>(modulus)
    });
    let modulus = modulus.ok()?;
    let first = modulus.iter().position(|octet| *octet != 0)?;
    Some((modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize)
}
