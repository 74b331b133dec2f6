use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::problem::{Problem, Step};
use super::secret::{SecretPlaces, variable_suffix};
use super::tables::resolve_each;
use super::{Environment, Period, Rate, Relay, RelayId, Tls};

/// `[smtp]`, or one of several `[[smtp]]`: a relay, and how hard it may be driven.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Unique; "relay" where there is only one and the file does not name it.
    pub id: RelayId,
    pub relay: Relay,
    /// Its share of the messages, against those of the others: 1 to 1000.
    pub weight: u32,
    /// Held at once: 1 to 1000.
    pub connections: u32,
    /// Over all connections; no limit where it is missing.
    pub rate: Option<Rate>,
    /// After which a connection is closed and opened anew (rule S13); at least 1.
    pub messages_per_connection: u32,
    /// Messages on their way over one connection without their answer: 1 to 64. Deeper is faster over long
    /// distances, and means more messages whose outcome is unknown when a connection dies.
    pub depth: u32,
    /// A connection with nothing to send is closed after this; never zero.
    pub idle: Period,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    pub timeouts: SmtpTimeouts,
}

/// `[smtp.timeouts]`: how long each answer of the relay is waited for (rule S4, RFC 5321 §4.5.3.2). None is zero.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpTimeouts {
    pub connect: Period,
    /// For the first 220, and for the answer to EHLO, STARTTLS and AUTH.
    pub greeting: Period,
    pub mail: Period,
    pub rcpt: Period,
    /// For the 354 after DATA.
    pub data: Period,
    /// For one write of the message to go out.
    pub block: Period,
    /// For the 250 after the final dot.
    pub dot: Period,
}

impl Default for SmtpTimeouts {
    fn default() -> Self {
        Self {
            connect: Period::from_minutes(5),
            greeting: Period::from_minutes(5),
            mail: Period::from_minutes(5),
            rcpt: Period::from_minutes(5),
            data: Period::from_minutes(2),
            block: Period::from_minutes(3),
            dot: Period::from_minutes(10),
        }
    }
}

impl SmtpTimeouts {
    pub(super) fn named(&self) -> [(&'static str, Period); 7] {
        [
            ("connect", self.connect),
            ("greeting", self.greeting),
            ("mail", self.mail),
            ("rcpt", self.rcpt),
            ("data", self.data),
            ("block", self.block),
            ("dot", self.dot),
        ]
    }
}

/// `[smtp]` as it stands in the file, before the password is found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SmtpTable {
    id: Option<RelayId>,
    url: String,
    pub password: Option<SecretString>,
    password_file: Option<PathBuf>,
    #[serde(default = "default_weight")]
    weight: u32,
    #[serde(default = "default_connections")]
    connections: u32,
    rate: Option<Rate>,
    #[serde(default = "default_messages_per_connection")]
    messages_per_connection: u32,
    #[serde(default = "default_depth")]
    depth: u32,
    #[serde(default = "default_idle")]
    idle: Period,
    #[serde(default)]
    allow_plaintext: bool,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    timeouts: SmtpTimeouts,
}

fn default_weight() -> u32 {
    1
}

fn default_connections() -> u32 {
    4
}

fn default_messages_per_connection() -> u32 {
    100
}

fn default_depth() -> u32 {
    4
}

fn default_idle() -> Period {
    Period::from_minutes(1)
}

fn at(key: &'static str) -> [Step; 1] {
    [Step::Key(key)]
}

/// Finds the passwords, and checks what only shows when keys and tables are seen together; each table comes with the
/// steps to it, and `folder` is that of the file. There is at least one relay, and no two have the same id.
pub(super) fn resolve(
    tables: Vec<(Vec<Step>, SmtpTable)>,
    folder: &Path,
    environment: &Environment,
) -> Result<Vec<Smtp>, Problem> {
    if tables.is_empty() {
        return Err(Problem::new("there is no relay, so nothing can be sent", "add an [smtp] table with url")
            .at([Step::Key("smtp")]));
    }
    resolve_each(tables, "relays", |table, is_alone| table.resolve(is_alone, folder, environment), |relay| &relay.id)
}

impl SmtpTable {
    fn resolve(self, is_alone: bool, folder: &Path, environment: &Environment) -> Result<Smtp, Problem> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None if is_alone => RelayId::default(),
            None => {
                let message = "it is missing, and with several relays each needs one";
                return Err(Problem::new(message, "write a short name: id = \"ses\"").at(at("id")));
            }
        };
        let variable = format!("{}{}", Environment::PASSWORD, variable_suffix(id.as_str(), is_alone));
        let mut relay = Relay::parse(&self.url, &variable).map_err(|problem| problem.at(at("url")))?;
        self.check_numbers()?;
        let is_loopback = relay.is_loopback();
        if let Relay::Smtp { tls, user, password, .. } = &mut relay {
            if *tls == Tls::None && !is_loopback && !self.allow_plaintext {
                return Err(Problem::new(
                    "tls=none would send every message, and the password, in plain text over the network",
                    "write ?tls=required; if the network is yours alone: allow_plaintext = true",
                )
                .at(at("url")));
            }
            *password = self.find_password(&variable, folder, environment, user.is_some())?;
        }
        if let Relay::Directory(path) = &mut relay {
            *path = folder.join(&path);
        }
        Ok(Smtp {
            id,
            relay,
            weight: self.weight,
            connections: self.connections,
            rate: self.rate,
            messages_per_connection: self.messages_per_connection,
            depth: self.depth,
            idle: self.idle,
            ca_file: self.ca_file.map(|path| folder.join(path)),
            timeouts: self.timeouts,
        })
    }

    fn check_numbers(&self) -> Result<(), Problem> {
        if !(1..=1000).contains(&self.connections) {
            let message = format!("{} connections are not between 1 and 1000", self.connections);
            return Err(Problem::new(message, "write: connections = 4").at(at("connections")));
        }
        if self.messages_per_connection == 0 {
            return Err(Problem::new(
                "a connection that carries no message is no use",
                "write: messages_per_connection = 100",
            )
            .at(at("messages_per_connection")));
        }
        if !(1..=1000).contains(&self.weight) {
            let message = format!("a weight of {} is not between 1 and 1000", self.weight);
            return Err(Problem::new(message, "write: weight = 1").at(at("weight")));
        }
        if !(1..=64).contains(&self.depth) {
            let message = format!("{} messages are not between 1 and 64", self.depth);
            return Err(Problem::new(message, "write: depth = 4").at(at("depth")));
        }
        if self.idle.is_zero() {
            return Err(Problem::new("every connection would be closed as soon as it is made", "write: idle = \"1m\"")
                .at(at("idle")));
        }
        for (name, period) in self.timeouts.named() {
            if period.is_zero() {
                let advice = format!("write: {name} = \"5m\"");
                return Err(Problem::new("no relay answers within no time", advice)
                    .at([Step::Key("timeouts"), Step::Key(name)]));
            }
        }
        Ok(())
    }

    fn find_password(
        &self,
        variable: &str,
        folder: &Path,
        environment: &Environment,
        has_user: bool,
    ) -> Result<Option<SecretString>, Problem> {
        let places = SecretPlaces {
            noun: "password",
            variable,
            file_key: "password_file",
            file: self.password_file.as_ref(),
            key: "password",
            inline: self.password.as_ref(),
        };
        if !has_user {
            return match places.stands_at() {
                Some(key) => Err(Problem::new(
                    "there is a password, and no user to go with it",
                    "name the user in url, such as \"smtps://user@host:465\", or take the password out",
                )
                .at(at(key))),
                None => Ok(None),
            };
        }
        match places.find(folder, environment)? {
            Some(password) => Ok(Some(password)),
            None => Err(Problem::new("it names a user, and there is no password", places.advice()).at(at("url"))),
        }
    }
}
