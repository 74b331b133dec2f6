use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::problem::{Problem, Step};
use super::relay::percent_decode;
use super::secret::{SecretPlaces, variable_suffix};
use super::tables::resolve_each;
use super::{Environment, HttpUrl, MailboxId, Period, Tls};

/// `[bounces.imap]`, or one of several `[[bounces.imap]]`: a mailbox that is emptied into griot.
#[derive(Clone, Debug)]
pub struct ImapMailbox {
    /// Unique; "imap" where there is only one and the file does not name it.
    pub id: MailboxId,
    /// A name or an address, an IPv6 one without its brackets.
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// The mailbox to read, mostly INBOX, as people write it.
    pub folder: String,
    pub user: String,
    pub login: ImapLogin,
    /// How often it is looked into where the server does not tell of new mail; at least ten seconds.
    pub poll: Period,
    pub after: AfterReading,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub enum ImapLogin {
    Password(SecretString),
    OAuth2(OAuth2),
}

/// `[bounces.imap.oauth2]`: where a token comes from that stands for the password (RFC 6749 §6).
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// https, or this machine.
    pub token_url: HttpUrl,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<SecretString>,
    /// Read at each use; written anew when the server hands out another.
    pub refresh_token_file: PathBuf,
    pub scope: Option<String>,
}

/// What becomes of a mail that griot has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterReading {
    Delete,
    /// To this folder of the same account.
    Move(String),
    /// It stays, marked as read.
    Keep,
}

/// The table as it stands in the file, before the secrets are found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImapTable {
    id: Option<MailboxId>,
    url: String,
    password: Option<SecretString>,
    password_file: Option<PathBuf>,
    #[serde(default = "default_poll")]
    poll: Period,
    move_to: Option<String>,
    #[serde(default)]
    keep: bool,
    ca_file: Option<PathBuf>,
    oauth2: Option<OAuth2Table>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OAuth2Table {
    token_url: HttpUrl,
    client_id: String,
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    refresh_token_file: PathBuf,
    scope: Option<String>,
}

const ADVICE: &str = "write \"imaps://user@host:993/INBOX\" or \"imap://user@host:143/INBOX?tls=required\"";
const SHORTEST_POLL: u64 = 10;

fn default_poll() -> Period {
    Period::from_minutes(5)
}

fn at(key: &'static str) -> [Step; 1] {
    [Step::Key(key)]
}

/// Finds the secrets; each table comes with the steps to it, and `folder` is that of the configuration file.
pub(super) fn resolve(
    tables: Vec<(Vec<Step>, ImapTable)>,
    folder: &Path,
    environment: &Environment,
) -> Result<Vec<ImapMailbox>, Problem> {
    resolve_each(tables, "mailboxes", |table, is_alone| table.resolve(is_alone, folder, environment), |one| &one.id)
}

impl ImapTable {
    /// The key in the file that holds a secret in plain text, if one does.
    pub fn inline_secret(&self) -> Option<&'static [&'static str]> {
        let of_client = self.oauth2.as_ref().and_then(|oauth2| oauth2.client_secret.as_ref());
        match (&self.password, of_client) {
            (Some(_), _) => Some(&["password"]),
            (None, Some(_)) => Some(&["oauth2", "client_secret"]),
            (None, None) => None,
        }
    }

    fn resolve(self, is_alone: bool, folder: &Path, environment: &Environment) -> Result<ImapMailbox, Problem> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None if is_alone => MailboxId::default(),
            None => {
                let message = "it is missing, and with several mailboxes each needs one";
                return Err(Problem::new(message, "write a short name: id = \"bounces\"").at(at("id")));
            }
        };
        let suffix = variable_suffix(id.as_str(), is_alone);
        let variable = format!("{}{suffix}", Environment::IMAP_PASSWORD);
        let address = Address::parse(&self.url, &variable).map_err(|problem| problem.at(at("url")))?;
        if self.poll.as_secs() < SHORTEST_POLL {
            let message = "looking more often than every ten seconds burdens the server";
            return Err(Problem::new(message, "write: poll = \"5m\"").at(at("poll")));
        }
        let after = match self.move_to.clone() {
            Some(_) if self.keep => {
                let message = "a mail cannot be moved and stay where it is";
                return Err(Problem::new(message, "take out move_to or keep").at(at("move_to")));
            }
            Some(to) if to.is_empty() || to.eq_ignore_ascii_case(&address.folder) => {
                let message = "mails are moved to another folder than the one they are read from";
                return Err(Problem::new(message, "write: move_to = \"Done\"").at(at("move_to")));
            }
            Some(to) => AfterReading::Move(to),
            None if self.keep => AfterReading::Keep,
            None => AfterReading::Delete,
        };
        let login = self.find_login(&variable, &suffix, folder, environment)?;
        let Address { host, port, tls, folder: mailbox, user } = address;
        let ca_file = self.ca_file.map(|path| folder.join(path));
        Ok(ImapMailbox { id, host, port, tls, folder: mailbox, user, login, poll: self.poll, after, ca_file })
    }

    fn find_login(
        &self,
        variable: &str,
        suffix: &str,
        folder: &Path,
        environment: &Environment,
    ) -> Result<ImapLogin, Problem> {
        let places = SecretPlaces {
            noun: "password",
            variable,
            file_key: "password_file",
            file: self.password_file.as_ref(),
            key: "password",
            inline: self.password.as_ref(),
        };
        let Some(oauth2) = &self.oauth2 else {
            let none = || {
                let advice = format!("{}; or add [bounces.imap.oauth2]", places.advice());
                Problem::new("there is no password to log in with", advice).at(at("url"))
            };
            return Ok(ImapLogin::Password(places.find(folder, environment)?.ok_or_else(none)?));
        };
        if let Some(key) = places.stands_at() {
            let message = "there are a password and [bounces.imap.oauth2], and only one of them can be used";
            return Err(Problem::new(message, "take one of them out").at(at(key)));
        }
        let secret = oauth2.find(suffix, folder, environment);
        Ok(ImapLogin::OAuth2(secret.map_err(|problem| problem.within(&at("oauth2")))?))
    }
}

impl OAuth2Table {
    fn find(&self, suffix: &str, folder: &Path, environment: &Environment) -> Result<OAuth2, Problem> {
        if !self.token_url.is_https() && !self.token_url.is_loopback() {
            let message = "it begins with http://, and secrets cross the network in plain text";
            return Err(Problem::new(message, "write https://").at(at("token_url")));
        }
        let places = SecretPlaces {
            noun: "client secret",
            variable: &format!("{}{suffix}", Environment::IMAP_CLIENT_SECRET),
            file_key: "client_secret_file",
            file: self.client_secret_file.as_ref(),
            key: "client_secret",
            inline: self.client_secret.as_ref(),
        };
        Ok(OAuth2 {
            token_url: self.token_url.clone(),
            client_id: self.client_id.clone(),
            client_secret: places.find(folder, environment)?,
            refresh_token_file: folder.join(&self.refresh_token_file),
            scope: self.scope.clone(),
        })
    }
}

/// What the url says.
struct Address {
    host: String,
    port: u16,
    tls: Tls,
    folder: String,
    user: String,
}

impl Address {
    fn parse(text: &str, variable: &str) -> Result<Self, Problem> {
        let url = Url::parse(text).map_err(|_| Problem::new("it is not the address of a mailbox", ADVICE))?;
        if url.password().is_some() {
            return Err(Problem::new(
                "the password stands in the address, where logs and error messages would show it",
                format!("take it out, and set {variable}, or password_file, or password"),
            ));
        }
        let (default_port, default_tls) = match url.scheme() {
            "imap" => (143, Tls::Required),
            "imaps" => (993, Tls::Implicit),
            scheme => return Err(Problem::new(format!("griot does not know `{scheme}:`"), ADVICE)),
        };
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(Problem::new("it names no host", ADVICE));
        }
        if url.username().is_empty() {
            return Err(Problem::new("it names no user", ADVICE));
        }
        let folder = percent_decode(url.path().trim_start_matches('/'));
        let folder = if folder.is_empty() { "INBOX".to_owned() } else { folder };
        let user = percent_decode(url.username());
        if [&folder, &user].iter().any(|text| text.contains(char::is_control)) {
            return Err(Problem::new("it holds a control character", ADVICE));
        }
        let tls = match (url.query(), default_tls) {
            (None, default) => default,
            (Some("tls=required"), Tls::Required) => Tls::Required,
            (Some("tls=implicit"), Tls::Implicit) => Tls::Implicit,
            (Some("tls=none"), Tls::Required) if is_loopback(&host) => Tls::None,
            (Some("tls=none"), Tls::Required) => {
                return Err(Problem::new(
                    "tls=none would send the password in plain text over the network",
                    "write ?tls=required; tls=none is for this machine only",
                ));
            }
            (Some(other), _) => return Err(Problem::new(format!("`?{other}` does not fit here"), ADVICE)),
        };
        Ok(Self { host, port: url.port().unwrap_or(default_port), tls, folder, user })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// As it may be shown: without the user, who is an address mostly.
impl fmt::Display for ImapMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == Tls::Implicit { "imaps" } else { "imap" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}:{}/{}", self.port, self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, u16, Tls, String, String), String> {
        let address = Address::parse(text, "GRIOT_IMAP_PASSWORD").map_err(|problem| problem.to_string())?;
        Ok((address.host, address.port, address.tls, address.folder, address.user))
    }

    #[test]
    fn reads_what_stands_in_the_address() {
        let of =
            |host: &str, port, tls, folder: &str, user: &str| Ok((host.into(), port, tls, folder.into(), user.into()));
        assert_eq!(parsed("imaps://b@h.example"), of("h.example", 993, Tls::Implicit, "INBOX", "b"));
        let address = "imap://b%40e.org@h.example:1143/Bounces%20in/x?tls=required";
        assert_eq!(parsed(address), of("h.example", 1143, Tls::Required, "Bounces in/x", "b@e.org"));
        assert_eq!(parsed("imap://b@[::1]/?tls=none"), of("::1", 143, Tls::None, "INBOX", "b"));
    }

    #[test]
    fn refuses_what_would_be_unsafe_or_is_not_understood() {
        for text in [
            "",
            "h.example",
            "pop3://b@h",
            "imaps://h",
            "imaps://b:secret@h",
            "imap://b@h?tls=none",
            "imaps://b@localhost?tls=none",
            "imap://b@h?tls=maybe",
            "imap://b@h/a%0d%0ab",
        ] {
            let error = parsed(text).unwrap_err();
            assert!(!error.contains("secret@"), "{error}");
        }
    }
}
