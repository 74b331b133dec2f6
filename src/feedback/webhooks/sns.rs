//! Amazon SNS: the signed envelope around what SES tells.
//!
//! Owns: which topics may speak, which URLs may be asked, whether the signature is Amazon's. Of the certificate the
//! dates and the key are checked, not its chain: Amazon serves it without its issuers, and what shows that it is
//! Amazon's is that it came over TLS, with a verified name, from a host that only Amazon has.

use std::time::Duration;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use url::Url;
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode, Encode};

use super::{Refused, check_time, malformed};
use crate::config::TopicArn;

/// SNS stops trying after an hour.
const AGE: TimeDelta = TimeDelta::hours(1);

/// What SNS posts. A key that stands twice is refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    #[serde(rename = "Type")]
    kind: Kind,
    message_id: String,
    topic_arn: String,
    message: String,
    subject: Option<String>,
    timestamp: String,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

/// What an envelope that was verified is for.
#[derive(Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// `message` is SES's, `id` what SNS knows it by.
    Notify { id: &'a str, message: &'a str },
    /// Amazon asks that this be fetched, or it sends nothing.
    Confirm(Url),
    /// The subscription has ended.
    Ended,
}

/// A certificate of Amazon's: its key, and when it holds.
#[derive(Clone, Debug)]
pub struct Certificate {
    public_key: Vec<u8>,
    not_before: Duration,
    not_after: Duration,
}

impl Envelope {
    /// Reads an envelope, and refuses it where its topic, its time or the URLs in it are not as they must be: before
    /// anything is fetched on its behalf.
    pub fn open(body: &[u8], topics: &[TopicArn], now: DateTime<Utc>) -> Result<Self, Refused> {
        let envelope: Self = serde_json::from_slice(body)
            .map_err(|error| malformed(&format!("{error}; SNS posts it so where raw message delivery is off")))?;
        if !topics.iter().any(|topic| topic.as_str() == envelope.topic_arn) {
            return Err(Refused::Topic);
        }
        let sent_at = DateTime::parse_from_rfc3339(&envelope.timestamp).ok();
        check_time(sent_at.map(|at| at.to_utc()), now, AGE)?;
        let is_id = |id: &str| (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        if !is_id(&envelope.message_id) {
            return Err(malformed("MessageId is no id"));
        }
        envelope.certificate_url()?;
        if envelope.kind == Kind::SubscriptionConfirmation {
            envelope.confirmation_url()?;
        }
        Ok(envelope)
    }

    pub fn topic(&self) -> &str {
        &self.topic_arn
    }

    /// Where the certificate is.
    pub fn certificate_url(&self) -> Result<Url, Refused> {
        let url = self.signing_cert_url.as_str();
        let name =
            path_at_sns(url).and_then(|path| path.strip_prefix("/SimpleNotificationService-")?.strip_suffix(".pem"));
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let url = name.filter(|name| is_name(name)).and_then(|_| Url::parse(url).ok());
        url.ok_or(Refused::CertificateUrl)
    }

    /// The one question that may be asked: to confirm this topic with this token.
    fn confirmation_url(&self) -> Result<Url, Refused> {
        let (Some(url), Some(token)) = (&self.subscribe_url, &self.token) else { return Err(Refused::SubscribeUrl) };
        let query = path_at_sns(url).and_then(|path| path.strip_prefix("/?")).ok_or(Refused::SubscribeUrl)?;
        let mut asked: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        asked.sort();
        let wanted = [("Action", "ConfirmSubscription"), ("Token", token), ("TopicArn", &self.topic_arn)];
        let is_asked = asked.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(wanted);
        Url::parse(url).ok().filter(|_| is_asked).ok_or(Refused::SubscribeUrl)
    }

    /// Verifies the signature with the certificate from [`Envelope::certificate_url`], and says what it is for.
    pub fn verify(&self, certificate: &Certificate, now: DateTime<Utc>) -> Result<Purpose<'_>, Refused> {
        certificate.check_dates(now)?;
        let signature = BASE64.decode(self.signature.as_bytes()).map_err(|_| Refused::Signature)?;
        let algorithm = match self.signature_version.as_str() {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refused::Signature),
        };
        let key = UnparsedPublicKey::new(algorithm, &certificate.public_key);
        key.verify(self.signed_text().as_bytes(), &signature).map_err(|_| Refused::Signature)?;
        Ok(match self.kind {
            Kind::Notification => Purpose::Notify { id: &self.message_id, message: &self.message },
            Kind::SubscriptionConfirmation => Purpose::Confirm(self.confirmation_url()?),
            Kind::UnsubscribeConfirmation => Purpose::Ended,
        })
    }

    /// What is signed: names and values a line each, by name, Subject only where there is one.
    fn signed_text(&self) -> String {
        let (kind, is_notification) = match self.kind {
            Kind::Notification => ("Notification", true),
            Kind::SubscriptionConfirmation => ("SubscriptionConfirmation", false),
            Kind::UnsubscribeConfirmation => ("UnsubscribeConfirmation", false),
        };
        let lines = [
            ("Message", Some(self.message.as_str())),
            ("MessageId", Some(&self.message_id)),
            ("Subject", self.subject.as_deref().filter(|_| is_notification)),
            ("SubscribeURL", self.subscribe_url.as_deref().filter(|_| !is_notification)),
            ("Timestamp", Some(&self.timestamp)),
            ("Token", self.token.as_deref().filter(|_| !is_notification)),
            ("TopicArn", Some(&self.topic_arn)),
            ("Type", Some(kind)),
        ];
        lines.iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", (*value)?))).collect()
    }
}

impl Certificate {
    pub fn from_pem(pem: &[u8]) -> Result<Self, Refused> {
        let der = CertificateDer::from_pem_slice(pem).map_err(|_| Refused::Certificate("it is not PEM"))?;
        let damaged = |_| Refused::Certificate("it is no certificate");
        let certificate = X509::from_der(&der).map_err(damaged)?;
        let certificate = certificate.tbs_certificate();
        let validity = certificate.validity();
        Ok(Self {
            public_key: certificate.subject_public_key_info().to_der().map_err(damaged)?,
            not_before: validity.not_before.to_unix_duration(),
            not_after: validity.not_after.to_unix_duration(),
        })
    }

    fn check_dates(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        let now = Duration::from_secs(u64::try_from(now.timestamp()).unwrap_or_default());
        match now {
            now if now < self.not_before => Err(Refused::Certificate("it is not valid yet")),
            now if now > self.not_after => Err(Refused::Certificate("it has expired")),
            _ => Ok(()),
        }
    }
}

/// The path and query of a URL at a host of SNS, `https://sns.REGION.amazonaws.com` or `….com.cn`.
///
/// It goes by the text as it stands, and lets through no other way to write it: no user, no port, no upper case, no dot
/// at the end. So no parser, ours or that of a client, can read another host out of it.
fn path_at_sns(url: &str) -> Option<&str> {
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#') {
        return None;
    }
    let rest = url.strip_prefix("https://sns.")?;
    let (host, _) = rest.split_once('/')?;
    let region = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    is_region(region).then(|| &rest[host.len()..])
}

/// As `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(text: &str) -> bool {
    let is_word = |word: &&str| (2..=12).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
    let words: Vec<&str> = text.split('-').collect();
    match words.as_slice() {
        [words @ .., number] => {
            (2..=4).contains(&words.len())
                && words.iter().all(is_word)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        [] => false,
    }
}
