use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::problem::{Problem, Step};
use super::{Environment, Period, Rate, Relay, Tls};

/// `[smtp]`: the relay, and how hard it may be driven.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub relay: Relay,
    /// Held at once: 1 to 1000.
    pub connections: u32,
    /// Over all connections; no limit where it is missing.
    pub rate: Option<Rate>,
    /// After which a connection is closed and opened anew (rule S13); at least 1.
    pub messages_per_connection: u32,
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
    url: String,
    pub password: Option<SecretString>,
    pub password_file: Option<PathBuf>,
    #[serde(default = "default_connections")]
    connections: u32,
    rate: Option<Rate>,
    #[serde(default = "default_messages_per_connection")]
    messages_per_connection: u32,
    #[serde(default)]
    allow_plaintext: bool,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    timeouts: SmtpTimeouts,
}

fn default_connections() -> u32 {
    4
}

fn default_messages_per_connection() -> u32 {
    100
}

fn at(key: &'static str) -> [Step; 2] {
    [Step::Key("smtp"), Step::Key(key)]
}

impl SmtpTable {
    /// Finds the password, and checks what only shows when the keys are seen together.
    ///
    /// The environment goes before the file, the file before the inline password (rule W, secrets).
    pub fn resolve(self, environment: &Environment) -> Result<Smtp, Problem> {
        let mut relay = Relay::parse(&self.url).map_err(|problem| problem.at(at("url")))?;
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
            *password = self.find_password(environment, user.is_some())?;
        }
        Ok(Smtp {
            relay,
            connections: self.connections,
            rate: self.rate,
            messages_per_connection: self.messages_per_connection,
            ca_file: self.ca_file,
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
        for (name, period) in self.timeouts.named() {
            if period.is_zero() {
                let advice = format!("write: {name} = \"5m\"");
                return Err(Problem::new("no relay answers within no time", advice).at([
                    Step::Key("smtp"),
                    Step::Key("timeouts"),
                    Step::Key(name),
                ]));
            }
        }
        Ok(())
    }

    fn find_password(&self, environment: &Environment, has_user: bool) -> Result<Option<SecretString>, Problem> {
        if !has_user {
            let useless = [("password", self.password.is_some()), ("password_file", self.password_file.is_some())];
            return match useless.iter().find(|(_, is_set)| *is_set) {
                Some((key, _)) => Err(Problem::new(
                    "there is a password, and no user to go with it",
                    "name the user in url, such as \"smtps://user@host:465\", or take the password out",
                )
                .at(at(key))),
                None => Ok(None),
            };
        }
        if let Some(password) = &environment.smtp_password {
            return Ok(Some(password.clone()));
        }
        if let Some(path) = &self.password_file {
            let text = std::fs::read_to_string(path).map_err(|cause| {
                Problem::new(
                    format!("the password cannot be read from {}: {cause}", path.display()),
                    "let the user griot runs as read it, or set GRIOT_SMTP_PASSWORD",
                )
                .at(at("password_file"))
            })?;
            // Editors end a file with a newline; no provider ends a password with one.
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                return Err(Problem::new(format!("{} is empty", path.display()), "put the password into it")
                    .at(at("password_file")));
            }
            return Ok(Some(SecretString::from(text)));
        }
        match &self.password {
            Some(password) => Ok(Some(password.clone())),
            None => Err(Problem::new(
                "it names a user, and there is no password",
                "set GRIOT_SMTP_PASSWORD, or password_file, or password",
            )
            .at(at("url"))),
        }
    }
}
