use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;

use super::problem::{Problem, Step};
use super::secret::{SecretPlaces, variable_suffix};
use super::tables::resolve_each;
use super::{Environment, HttpUrl, NewsletterId, WebhookId, host_and_port};

const PREFIX: &str = "whsec_";
/// Octets of a secret (Standard Webhooks, "Signature scheme").
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const MAKE_ONE: &str = "make one: echo \"whsec_$(openssl rand -base64 32)\"";

/// `[[webhook]]`: another system of the publisher's that is told what happens.
#[derive(Clone)]
pub struct Webhook {
    pub id: WebhookId,
    /// https, or where private addresses are allowed http; without a user and a password.
    pub url: HttpUrl,
    pub secret: WebhookSecret,
    /// Never empty, and none twice.
    pub events: Vec<WebhookEvent>,
    /// Only what these newsletters' readers and editions are about; of all of them where it is empty.
    pub newsletters: Vec<NewsletterId>,
    /// Whether it may be on a private or loopback address (rule W, SSRF).
    pub allow_private: bool,
}

/// What calls are signed with: 24 to 64 octets.
#[derive(Clone, Debug)]
pub struct WebhookSecret(SecretSlice<u8>);

/// What a webhook may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum WebhookEvent {
    /// A subscription was confirmed.
    #[serde(rename = "subscriber.subscribed")]
    Subscribed,
    /// A subscription that was confirmed ended.
    #[serde(rename = "subscriber.left")]
    Left,
    /// An address is not mailed any more, because of what came back.
    #[serde(rename = "subscriber.bounced")]
    Bounced,
    /// The sending of an edition came to its end.
    #[serde(rename = "edition.sent")]
    EditionSent,
}

/// `[[webhook]]` as it stands in the file, before the secret is found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookTable {
    id: WebhookId,
    url: HttpUrl,
    pub secret: Option<SecretString>,
    secret_file: Option<PathBuf>,
    #[serde(default = "WebhookEvent::all")]
    events: Vec<WebhookEvent>,
    #[serde(default)]
    newsletters: Vec<NewsletterId>,
    #[serde(default)]
    allow_private: bool,
}

impl WebhookEvent {
    pub const ALL: [Self; 4] = [Self::Subscribed, Self::Left, Self::Bounced, Self::EditionSent];

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribed => "subscriber.subscribed",
            Self::Left => "subscriber.left",
            Self::Bounced => "subscriber.bounced",
            Self::EditionSent => "edition.sent",
        }
    }
}

impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl WebhookSecret {
    /// Reads `whsec_` and base64; the text itself is in no error.
    fn parse(text: &str) -> Result<Self, Problem> {
        let Some(encoded) = text.trim().strip_prefix(PREFIX) else {
            return Err(Problem::new("the secret does not begin with whsec_", MAKE_ONE));
        };
        let Ok(bytes) = BASE64.decode(encoded.as_bytes()) else {
            return Err(Problem::new("what follows whsec_ is not base64", MAKE_ONE));
        };
        if !SECRET_BYTES.contains(&bytes.len()) {
            let message = format!(
                "the secret has {} bytes, and {} to {} are asked for",
                bytes.len(),
                SECRET_BYTES.start(),
                SECRET_BYTES.end()
            );
            return Err(Problem::new(message, MAKE_ONE));
        }
        Ok(Self(bytes.into()))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl Webhook {
    /// Where it is, for people and logs: what follows the host may be a secret.
    pub fn host(&self) -> String {
        host_and_port(self.url.as_url())
    }

    pub fn wants(&self, event: WebhookEvent) -> bool {
        self.events.contains(&event)
    }

    pub fn is_about(&self, newsletter: &str) -> bool {
        self.newsletters.is_empty() || self.newsletters.iter().any(|id| id.as_str() == newsletter)
    }
}

/// Without what follows the host.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, events, newsletters, allow_private, .. } = self;
        let host = self.host();
        write!(f, "Webhook {{ {id:?}, {host:?}, {events:?}, {newsletters:?}, allow_private: {allow_private} }}")
    }
}

/// Finds the secrets, and checks what only shows when keys and tables are seen together; `known` are the newsletters.
pub(super) fn resolve(
    tables: Vec<WebhookTable>,
    folder: &Path,
    environment: &Environment,
    known: &[&NewsletterId],
) -> Result<Vec<Webhook>, Problem> {
    let placed = tables.into_iter().enumerate().map(|(index, table)| (place(index), table)).collect();
    let of = |table: WebhookTable, is_alone| table.resolve(is_alone, folder, environment, known);
    resolve_each(placed, "webhooks", of, |webhook| &webhook.id)
}

/// Where secrets stand in the file, from its top.
pub(super) fn inline_secrets(tables: &[WebhookTable]) -> Vec<(Vec<Step>, &'static str)> {
    let is_there = tables.iter().enumerate().filter(|(_, table)| table.secret.is_some());
    is_there.map(|(index, _)| (place(index), "secret")).collect()
}

fn place(index: usize) -> Vec<Step> {
    vec![Step::Key("webhook"), Step::Index(index)]
}

fn at(key: &'static str) -> [Step; 1] {
    [Step::Key(key)]
}

impl WebhookTable {
    fn resolve(
        self,
        is_alone: bool,
        folder: &Path,
        environment: &Environment,
        known: &[&NewsletterId],
    ) -> Result<Webhook, Problem> {
        self.check_url().map_err(|problem| problem.at(at("url")))?;
        self.check_lists(known)?;
        let variable = format!("{}{}", Environment::WEBHOOK_SECRET, variable_suffix(self.id.as_str(), is_alone));
        let places = SecretPlaces {
            noun: "secret",
            variable: &variable,
            file_key: "secret_file",
            file: self.secret_file.as_ref(),
            key: "secret",
            inline: self.secret.as_ref(),
        };
        let missing = || Problem::new("there is no secret to sign its calls with", places.advice());
        let secret = places.find(folder, environment)?.ok_or_else(missing)?;
        let secret =
            WebhookSecret::parse(secret.expose_secret()).map_err(|problem| match places.found_at(environment) {
                Some(key) => problem.at(at(key)),
                None => Problem::new(format!("{variable}: {}", problem.message), problem.advice),
            })?;
        let Self { id, url, events, newsletters, allow_private, .. } = self;
        Ok(Webhook { id, url, secret, events, newsletters, allow_private })
    }

    fn check_url(&self) -> Result<(), Problem> {
        let url = self.url.as_url();
        if !url.username().is_empty() || url.password().is_some() {
            let message = "a user or a password stands in the address, where logs and error messages would show it";
            return Err(Problem::new(
                message,
                "take it out: calls are signed, and that is what shows they are griot's",
            ));
        }
        if !self.url.is_https() && !self.allow_private {
            let message = "it begins with http://, and readers' addresses would cross the Internet in plain text";
            let advice = "write https://; within a network of your own, add allow_private = true";
            return Err(Problem::new(message, advice));
        }
        Ok(())
    }

    fn check_lists(&self, known: &[&NewsletterId]) -> Result<(), Problem> {
        let Self { events, newsletters, .. } = self;
        if events.is_empty() {
            let advice = "write: events = [\"subscriber.subscribed\"], or leave it out for all of them";
            return Err(Problem::new("the list is empty, so that nothing would be told", advice).at(at("events")));
        }
        if let Some(position) = (1..events.len()).find(|position| events[..*position].contains(&events[*position])) {
            let message = format!("`{}` stands here for the second time", events[position]);
            let place = [Step::Key("events"), Step::Index(position)];
            return Err(Problem::new(message, "name each event once").at(place));
        }
        if let Some(position) = newsletters.iter().position(|id| !known.contains(&id)) {
            let message = format!("there is no newsletter `{}`", newsletters[position]);
            let known = known.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            let place = [Step::Key("newsletters"), Step::Index(position)];
            return Err(Problem::new(message, format!("the newsletters are: {known}")).at(place));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_secrets_a_secret_is_read_in_its_standard_form_and_shown_nowhere() {
        let encoded = |bytes: usize| format!("whsec_{}", BASE64.encode(&vec![7; bytes]));
        for bytes in [24, 32, 64] {
            let secret = WebhookSecret::parse(&encoded(bytes)).unwrap();
            assert_eq!(secret.bytes(), vec![7; bytes]);
            assert!(!format!("{secret:?}").contains('7'), "{secret:?}");
        }
        for text in ["", "whsec_", "whsec_correct horse", "correct-horse", &encoded(23), &encoded(65)] {
            let problem = WebhookSecret::parse(text).unwrap_err().to_string();
            assert!(!problem.contains("horse") && !problem.contains("BwcH"), "{problem}");
        }
    }
}
