use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Environment;
use super::problem::{Problem, Step, parse_inside_serde};
use super::secret::SecretPlaces;

/// Characters of the secret of our own webhook at least: half of what the example makes.
const MIN_SECRET: usize = 32;

/// `[hooks]`: the webhooks that are open. One that is not configured does not exist.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    pub ses: Option<SesHook>,
    pub sendgrid: Option<SendGridHook>,
    pub mailgun: Option<MailgunHook>,
    pub postmark: Option<PostmarkHook>,
    pub generic: Option<GenericHook>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SesHook {
    /// The SNS topics that may speak; never empty.
    pub topics: Vec<TopicArn>,
}

/// `arn:aws:sns:REGION:ACCOUNT:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TopicArn(String);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendGridHook {
    pub public_key: EcPublicKey,
}

/// A key of ECDSA on P-256: a SubjectPublicKeyInfo in DER (RFC 5480), written in base64.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct EcPublicKey(Vec<u8>);

#[derive(Clone, Debug)]
pub struct MailgunHook {
    pub signing_key: SecretString,
}

/// What a request must show. At least one is there; where both are, both must be shown.
#[derive(Clone, Debug)]
pub struct PostmarkHook {
    pub login: Option<Credential>,
    pub header: Option<Credential>,
}

/// A user with a password, or a header with its value.
#[derive(Clone, Debug)]
pub struct Credential {
    pub name: String,
    pub secret: SecretString,
}

#[derive(Clone, Debug)]
pub struct GenericHook {
    /// At least 32 octets.
    pub secret: SecretString,
}

/// `[hooks]` as it stands in the file, before the secrets are found.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HooksTable {
    ses: Option<SesHook>,
    sendgrid: Option<SendGridHook>,
    mailgun: Option<MailgunTable>,
    postmark: Option<PostmarkTable>,
    generic: Option<GenericTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailgunTable {
    signing_key: Option<SecretString>,
    signing_key_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostmarkTable {
    user: Option<UserName>,
    password: Option<SecretString>,
    password_file: Option<PathBuf>,
    header: Option<HeaderName>,
    secret: Option<SecretString>,
    secret_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenericTable {
    secret: Option<SecretString>,
    secret_file: Option<PathBuf>,
}

/// The user of a login by HTTP (RFC 7617 §2).
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct UserName(String);

/// The name of an HTTP header (RFC 9110 §5.1), kept in lower case.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct HeaderName(String);

impl TopicArn {
    fn parse(text: &str) -> Result<Self, Problem> {
        let is_word = |part: &str, more: &[u8]| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
        };
        let parts: Vec<&str> = text.split(':').collect();
        let is_arn = match parts.as_slice() {
            ["arn", "aws" | "aws-cn" | "aws-us-gov", "sns", region, account, name] => {
                is_word(region, b"-")
                    && account.len() == 12
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && is_word(name, b"-_.")
            }
            _ => false,
        };
        if is_arn {
            return Ok(Self(text.to_owned()));
        }
        let advice = "write: topics = [\"arn:aws:sns:eu-west-1:123456789012:bounces\"]";
        Err(Problem::new(format!("`{text}` is not the ARN of an SNS topic"), advice))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EcPublicKey {
    fn parse(text: &str) -> Result<Self, Problem> {
        let der = BASE64.decode(text.trim().as_bytes()).ok();
        // A bare point would pass too, and is not what SendGrid shows.
        let is_key =
            |der: &Vec<u8>| der.first() == Some(&0x30) && ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der).is_ok();
        der.filter(is_key).map(Self).ok_or_else(|| {
            let advice = "copy the whole verification key: it is base64 and begins with \"MFkwEwYHKoZIzj0CAQYI\"";
            Problem::new("it is not a public key as SendGrid shows it", advice)
        })
    }

    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

impl UserName {
    fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() || text.contains(|c: char| c == ':' || c.is_control()) {
            return Err(Problem::new("a user is not empty, and has no colon in it", "write: user = \"postmark\""));
        }
        Ok(Self(text.to_owned()))
    }
}

impl HeaderName {
    fn parse(text: &str) -> Result<Self, Problem> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if text.is_empty() || !text.bytes().all(is_token) {
            let advice = "write: header = \"X-Griot-Secret\"";
            return Err(Problem::new(format!("`{text}` is not the name of a header"), advice));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

parse_inside_serde!(TopicArn, EcPublicKey, UserName, HeaderName);

impl HooksTable {
    /// Where secrets stand in the file, from its top.
    pub fn inline_secrets(&self) -> Vec<(Vec<Step>, &'static str)> {
        let mailgun = self.mailgun.iter().map(|table| ("mailgun", "signing_key", table.signing_key.is_some()));
        let password = self.postmark.iter().map(|table| ("postmark", "password", table.password.is_some()));
        let secret = self.postmark.iter().map(|table| ("postmark", "secret", table.secret.is_some()));
        let generic = self.generic.iter().map(|table| ("generic", "secret", table.secret.is_some()));
        let all = mailgun.chain(password).chain(secret).chain(generic);
        let is_there = all.filter(|(_, _, is_there)| *is_there);
        is_there.map(|(table, key, _)| (vec![Step::Key("hooks"), Step::Key(table)], key)).collect()
    }

    /// Finds the secrets. A problem's path begins in `[hooks]`.
    pub fn resolve(self, folder: &Path, environment: &Environment) -> Result<Hooks, Problem> {
        if let Some(ses) = &self.ses
            && ses.topics.is_empty()
        {
            let advice = "write: topics = [\"arn:aws:sns:eu-west-1:123456789012:bounces\"]";
            return Err(Problem::new("the list is empty", advice).at([Step::Key("ses"), Step::Key("topics")]));
        }
        let within = |table| move |problem: Problem| problem.within(&[Step::Key(table)]);
        Ok(Hooks {
            ses: self.ses,
            sendgrid: self.sendgrid,
            mailgun: self
                .mailgun
                .map(|table| table.resolve(folder, environment).map_err(within("mailgun")))
                .transpose()?,
            postmark: self
                .postmark
                .map(|table| table.resolve(folder, environment).map_err(within("postmark")))
                .transpose()?,
            generic: self
                .generic
                .map(|table| table.resolve(folder, environment).map_err(within("generic")))
                .transpose()?,
        })
    }
}

impl MailgunTable {
    fn resolve(self, folder: &Path, environment: &Environment) -> Result<MailgunHook, Problem> {
        let places = SecretPlaces {
            noun: "signing key",
            variable: "GRIOT_HOOKS_MAILGUN_SIGNING_KEY",
            file_key: "signing_key_file",
            file: self.signing_key_file.as_ref(),
            key: "signing_key",
            inline: self.signing_key.as_ref(),
        };
        Ok(MailgunHook { signing_key: required(&places, folder, environment)? })
    }
}

impl PostmarkTable {
    fn resolve(self, folder: &Path, environment: &Environment) -> Result<PostmarkHook, Problem> {
        let password = SecretPlaces {
            noun: "password",
            variable: "GRIOT_HOOKS_POSTMARK_PASSWORD",
            file_key: "password_file",
            file: self.password_file.as_ref(),
            key: "password",
            inline: self.password.as_ref(),
        };
        let secret = SecretPlaces {
            noun: "secret",
            variable: "GRIOT_HOOKS_POSTMARK_SECRET",
            file_key: "secret_file",
            file: self.secret_file.as_ref(),
            key: "secret",
            inline: self.secret.as_ref(),
        };
        if self.user.is_none() && self.header.is_none() {
            let message = "anybody could write to it: it has neither a user nor a header";
            return Err(Problem::new(message, "write user and password, or header and secret"));
        }
        let credential = |name: Option<String>, places: &SecretPlaces<'_>, key| match name {
            Some(name) => Ok(Some(Credential { name, secret: required(places, folder, environment)? })),
            None => match places.stands_at() {
                Some(at) => {
                    let message = format!("there is a {}, and no {key} to go with it", places.noun);
                    Err(Problem::new(message, format!("write {key}, or take this out")).at([Step::Key(at)]))
                }
                None => Ok(None),
            },
        };
        Ok(PostmarkHook {
            login: credential(self.user.map(|user| user.0), &password, "user")?,
            header: credential(self.header.map(|header| header.0), &secret, "header")?,
        })
    }
}

impl GenericTable {
    fn resolve(self, folder: &Path, environment: &Environment) -> Result<GenericHook, Problem> {
        let places = SecretPlaces {
            noun: "secret",
            variable: "GRIOT_HOOKS_GENERIC_SECRET",
            file_key: "secret_file",
            file: self.secret_file.as_ref(),
            key: "secret",
            inline: self.secret.as_ref(),
        };
        let secret = required(&places, folder, environment)?;
        let length = secret.expose_secret().len();
        if length < MIN_SECRET {
            let message = format!("the secret has {length} characters, and {MIN_SECRET} are the least");
            let at: Vec<Step> = places.stands_at().into_iter().map(Step::Key).collect();
            return Err(Problem::new(message, "make one: openssl rand -hex 32").at(at));
        }
        Ok(GenericHook { secret })
    }
}

fn required(places: &SecretPlaces<'_>, folder: &Path, environment: &Environment) -> Result<SecretString, Problem> {
    let missing = || Problem::new(format!("there is no {}", places.noun), places.advice());
    match places.find(folder, environment)? {
        Some(secret) if !secret.expose_secret().is_empty() => Ok(secret),
        _ => Err(missing()),
    }
}
