//! `griot.toml`: read once at the start, parsed into types that cannot hold a wrong value, then handed down.
//!
//! Owns: every key, its default and its meaning; when a newsletter is due ([`Schedule`]); the text of every
//! configuration error, with file, line, caret and what to write instead. Leaves out: whether the relay, the feeds
//! or the domain answer, and every change at run time: a running griot keeps the configuration it started with.
//!
//! May fail: the file cannot be read, is readable by everybody while it holds a password (or a key it names is), or
//! says something griot will not do. The first such thing is reported, as a [`ConfigError`].

mod advice;
mod alerts;
mod backup;
mod bounces;
mod cadence;
mod calendar;
mod checks;
mod colour;
mod counts;
mod delivery;
mod diagnosis;
mod dkim;
mod doctor;
mod document;
mod domain_limit;
mod domain_name;
mod feeds;
mod hooks;
mod http_url;
mod ids;
mod imap;
mod ip_range;
mod language;
mod line;
mod lmtp_address;
mod log;
mod look;
mod newsletter;
mod node;
mod percent;
mod period;
mod platform;
mod popup;
mod problem;
mod provider;
mod publisher;
mod quiet_hours;
mod rate;
mod relay;
mod resume;
mod retention;
mod schedule;
mod secret;
mod selection;
mod sign_up;
mod signal_feed;
mod size;
mod smtp;
mod store;
mod tables;
mod time_of_day;
mod timezone;
mod warm_up;
mod web;
mod webhook;
mod written;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use secrecy::SecretString;

use crate::dkim::{Signer, SigningKey};

pub use alerts::Alerts;
pub use backup::Backup;
pub use bounces::Bounces;
pub use cadence::Cadence;
pub use calendar::Calendar;
pub use colour::Colour;
pub use counts::Counts;
pub use delivery::{Delivery, UnknownOutcome};
pub use diagnosis::{Diagnosis, Excerpt};
pub use dkim::is_selector;
pub use doctor::{Doctor, NameServer};
pub use domain_limit::DomainLimit;
pub use feeds::Feeds;
pub use hooks::{
    Credential, EcPublicKey, GenericHook, Hooks, MailgunHook, PostmarkHook, SendGridHook, SesHook, TopicArn,
};
pub use http_url::{HttpUrl, host_and_port};
pub use ids::{MailboxId, NewsletterId, PlatformId, RelayId, WebhookId, id_like};
pub use imap::{AfterReading, ImapLogin, ImapMailbox, OAuth2};
pub use ip_range::IpRange;
pub use language::{Direction, Language};
pub use line::Line;
pub use lmtp_address::LmtpAddress;
pub use log::{Log, LogFormat};
pub use look::{Colours, FontStack, Fonts};
pub use newsletter::{Approval, Clicks, Newsletter, Unsubscribe};
pub use node::{Node, NodeRole};
pub use percent::Percent;
pub use period::Period;
pub use platform::Platform;
pub use popup::Popup;
pub use problem::Problem;
pub use provider::{OTHERS, provider_of, providers};
pub use publisher::Publisher;
pub use quiet_hours::QuietHours;
pub use rate::Rate;
pub use relay::{Relay, Tls};
pub use resume::Resume;
pub use retention::Retention;
pub use schedule::{Schedule, instant_of};
pub use selection::{Section, Selection, Weights};
pub use sign_up::{Disposable, SignUp};
pub use signal_feed::SignalFeed;
pub use size::Size;
pub use smtp::{Smtp, SmtpTimeouts};
pub use store::{Store, holds_password as store_url_holds_password, is_url as is_store_url};
pub use timezone::Timezone;
pub use warm_up::WarmUp;
pub use web::{MetricsAccess, Web};
pub use webhook::{Webhook, WebhookEvent, WebhookSecret};
pub use written::Written;

/// Everything `griot.toml` says, with defaults filled in.
///
/// Invariants: there is at least one relay, one platform and one newsletter; their ids are unique; every relay and
/// platform a newsletter names exists; paths are relative to the folder of the file, not to the working directory.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the file; empty for the working directory.
    pub folder: PathBuf,
    pub publisher: Publisher,
    pub store: Store,
    pub node: Node,
    pub backup: Backup,
    pub retention: Retention,
    pub web: Web,
    /// In the order of the file; never empty, and no id twice.
    pub relays: Vec<Smtp>,
    /// The keys of `[dkim]`: none where messages are not signed here; else each newsletter has one at least.
    pub dkim: Vec<SigningKey>,
    pub delivery: Delivery,
    pub feeds: Feeds,
    pub sign_up: SignUp,
    pub popup: Popup,
    pub unsubscribe: Unsubscribe,
    pub bounces: Bounces,
    pub doctor: Doctor,
    /// The webhooks that are open.
    pub hooks: Hooks,
    /// In the order of the file, which is the order pages and messages list them in.
    pub platforms: Vec<Platform>,
    /// Other outlets' feeds; may be empty.
    pub signal_feeds: Vec<SignalFeed>,
    pub counts: Counts,
    pub calendars: Vec<Calendar>,
    pub newsletters: Vec<Newsletter>,
    /// Who else is told what happens; in the order of the file, and no id twice.
    pub webhooks: Vec<Webhook>,
    /// Who is told that something is wrong.
    pub alerts: Alerts,
    pub log: Log,
    /// Where values come from.
    pub written: Written,
}

/// The environment variables the configuration listens to, as a value.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Passwords and their like by variable. `GRIOT_SMTP_PASSWORD` where there is one relay; where there are several,
    /// `GRIOT_SMTP_PASSWORD_SES` and its like, named after their ids; `GRIOT_HOOKS_MAILGUN_SIGNING_KEY` and its like,
    /// named after their keys; `GRIOT_IMAP_PASSWORD`, `GRIOT_IMAP_CLIENT_SECRET` and `GRIOT_WEBHOOK_SECRET` like
    /// that of a relay; `GRIOT_METRICS_TOKEN`; `GRIOT_STORE_URL`. They go before keys such as `password_file` and `password`.
    pub secrets: HashMap<String, SecretString>,
}

/// Why there is no configuration to work with. Its text is meant for a terminal as it stands.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: there is no such file\n   = `griot init` writes one; `--config FILE` or GRIOT_CONFIG names another", .0.display())]
    Missing(PathBuf),
    #[error("{}: it cannot be read: {source}\n   = let the user griot runs as read it, as UTF-8 text", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Wrong(Box<Diagnosis>),
}

impl Environment {
    const PASSWORD: &str = "GRIOT_SMTP_PASSWORD";
    const HOOKS: &str = "GRIOT_HOOKS_";
    const IMAP_PASSWORD: &str = "GRIOT_IMAP_PASSWORD";
    const IMAP_CLIENT_SECRET: &str = "GRIOT_IMAP_CLIENT_SECRET";

    const WEBHOOK_SECRET: &str = "GRIOT_WEBHOOK_SECRET";
    const METRICS_TOKEN: &str = "GRIOT_METRICS_TOKEN";
    const STORE_URL: &str = "GRIOT_STORE_URL";

    const PREFIXES: [&str; 7] = [
        Self::PASSWORD,
        Self::HOOKS,
        Self::IMAP_PASSWORD,
        Self::IMAP_CLIENT_SECRET,
        Self::WEBHOOK_SECRET,
        Self::METRICS_TOKEN,
        Self::STORE_URL,
    ];

    /// Reads the variables of this process.
    pub fn of_process() -> Self {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let is_secret = |name: &str| Self::PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let secrets = std::env::vars_os()
            .filter_map(text)
            .filter(|(name, secret)| is_secret(name) && !secret.is_empty())
            .map(|(name, secret)| (name, SecretString::from(secret)));
        Self { secrets: secrets.collect() }
    }
}

impl Config {
    /// Reads and checks the file at `path`, and the file with the password where it names one.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing(path.to_owned()),
            _ => ConfigError::Unreadable { path: path.to_owned(), source },
        })?;
        let secrecy = document::Secrecy::of_file(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        document::read(&text, path, &Environment::of_process(), secrecy).map_err(ConfigError::Wrong)
    }

    /// Checks `text` as if it stood in a file called `name`, readable by its owner only.
    pub fn parse(text: &str, name: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        document::read(text, name, environment, document::Secrecy::OwnerOnly).map_err(ConfigError::Wrong)
    }

    pub fn newsletter(&self, id: &str) -> Option<&Newsletter> {
        self.newsletters.iter().find(|newsletter| newsletter.id.as_str() == id)
    }

    /// Where the publisher's own templates and catalogues are, if there are any.
    pub fn templates(&self) -> PathBuf {
        self.folder.join("templates")
    }

    /// What a newsletter is written in.
    pub fn language_of<'a>(&'a self, newsletter: &'a Newsletter) -> &'a Language {
        newsletter.language.as_ref().unwrap_or(&self.publisher.language)
    }

    /// The way a newsletter's texts run: as configured for the publisher where it has no language of its own.
    pub fn direction_of(&self, newsletter: &Newsletter) -> Direction {
        newsletter.language.as_ref().map_or_else(|| self.publisher.direction(), Language::direction)
    }

    /// Signs a newsletter's messages with every key whose domain is that of its `from`, or a parent of it.
    pub fn signer(&self, newsletter: &Newsletter) -> Signer {
        let domain = newsletter.from.address.domain();
        Signer::new(self.dkim.iter().filter(|key| key.is_aligned_with(domain)).cloned().collect())
    }

    /// Where things happen that nobody says the place of: the zone of the first newsletter.
    pub fn home_zone(&self) -> Tz {
        self.newsletters.first().map_or(Tz::UTC, |newsletter| newsletter.timezone.zone())
    }

    pub fn webhook(&self, id: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|webhook| webhook.id.as_str() == id)
    }

    pub fn platform(&self, id: &str) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.id.as_str() == id)
    }
}
