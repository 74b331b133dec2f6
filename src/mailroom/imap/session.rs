use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::mailbox_name::quoted_mailbox;
use super::wire::{Completion, Response, Stream, Wire};
use crate::config::{ImapMailbox, Tls};

const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// What a login is made with.
pub(super) enum Credential {
    Password(SecretString),
    AccessToken(SecretString),
}

/// A connection that is logged in, with the mailbox open.
#[derive(Debug)]
pub(super) struct Session {
    wire: Wire,
    capabilities: Vec<String>,
    /// Mails in the mailbox, as far as the server has told.
    pub exists: u32,
    /// Keywords of ours are kept.
    pub has_keywords: bool,
}

/// A mail, or the beginning of it.
#[derive(Debug)]
pub(super) struct Fetched {
    pub uid: u32,
    pub bytes: Vec<u8>,
}

impl Session {
    /// `max` octets are fetched of a mail at most.
    pub async fn open(
        mailbox: &ImapMailbox,
        connector: Option<TlsConnector>,
        credential: &Credential,
        max: u64,
    ) -> Result<Self> {
        let connect = TcpStream::connect((mailbox.host.as_str(), mailbox.port));
        let stream = timeout(CONNECT_WITHIN, connect).await;
        let stream = stream.map_err(|_| anyhow!("nobody answers within {} s", CONNECT_WITHIN.as_secs()))?;
        let stream = stream.context("no connection can be made; look at the host and the port")?;
        stream.set_nodelay(true)?;
        let mut wire = match (mailbox.tls, &connector) {
            (Tls::Implicit, Some(tls)) => Wire::new(handshake(tls, &mailbox.host, Box::new(stream)).await?, max),
            _ => Wire::new(Box::new(stream), max),
        };
        let greeting = wire.next().await?;
        match greeting.untagged() {
            Some(text) if text.to_ascii_uppercase().starts_with("OK") => {}
            Some(text) => bail!("the server does not let us in: {}", shown(text)),
            None => bail!("it is no IMAP server: {}", shown(&greeting.text)),
        }
        let mut session = Self { wire, capabilities: Vec::new(), exists: 0, has_keywords: false };
        session.ask_capabilities().await?;
        if let (Tls::Required, Some(tls)) = (mailbox.tls, &connector) {
            ensure!(session.can("STARTTLS"), "the server offers no STARTTLS; write imaps://, or use another port");
            session.run("STARTTLS").await?.expect("begin TLS")?;
            let stream = handshake(tls, &mailbox.host, session.wire.into_stream()?).await?;
            session.wire = Wire::new(stream, max);
            session.ask_capabilities().await?;
        }
        session.log_in(mailbox, credential).await?;
        // What is offered depends on who asks.
        session.ask_capabilities().await?;
        let select = format!("SELECT {}", quoted_mailbox(&mailbox.folder));
        session.run(&select).await?.expect(&format!("open the folder {}", mailbox.folder))?;
        Ok(session)
    }

    /// Whether the server offers something.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|one| one.eq_ignore_ascii_case(capability))
    }

    async fn ask_capabilities(&mut self) -> Result<()> {
        let tag = self.wire.begin("CAPABILITY").await?;
        loop {
            let response = self.wire.next().await?;
            if let Some(completion) = Wire::completion(&response, &tag) {
                return completion.expect("say what it offers");
            }
            if let Some((word, offered)) = response.untagged().and_then(|text| text.split_once(' '))
                && word.eq_ignore_ascii_case("CAPABILITY")
            {
                self.capabilities = offered.split_whitespace().map(str::to_owned).collect();
            }
        }
    }

    async fn log_in(&mut self, mailbox: &ImapMailbox, credential: &Credential) -> Result<()> {
        let user = &mailbox.user;
        match credential {
            Credential::Password(password) if self.can("AUTH=PLAIN") => {
                let initial = format!("\0{user}\0{}", password.expose_secret());
                self.authenticate("PLAIN", &initial, "").await
            }
            Credential::Password(password) => {
                ensure!(!self.can("LOGINDISABLED"), "the server takes no password here; see [bounces.imap.oauth2]");
                let both = [user.as_str(), password.expose_secret()];
                let is_plain = both.iter().all(|text| text.is_ascii() && !text.contains(char::is_control));
                ensure!(is_plain, "the server cannot take a password that is not ASCII (no AUTH=PLAIN)");
                let [user, password] = both.map(quoted);
                refused(self.run(&format!("LOGIN {user} {password}")).await?, "the user and the password")
            }
            Credential::AccessToken(token) if self.can("AUTH=XOAUTH2") => {
                let initial = format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose_secret());
                self.authenticate("XOAUTH2", &initial, "").await
            }
            Credential::AccessToken(token) => {
                ensure!(self.can("AUTH=OAUTHBEARER"), "the server takes no token: it offers no AUTH=XOAUTH2");
                let (host, port) = (&mailbox.host, mailbox.port);
                let token = token.expose_secret();
                let initial = format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01");
                self.authenticate("OAUTHBEARER", &initial, "\x01").await
            }
        }
    }

    /// SASL (RFC 9051 §6.2.2). A further challenge tells why a token is refused, and wants `to_challenge` before the
    /// refusal itself comes (RFC 7628 §3.2.3).
    async fn authenticate(&mut self, mechanism: &str, initial: &str, to_challenge: &str) -> Result<()> {
        let tag = self.wire.begin(&format!("AUTHENTICATE {mechanism}")).await?;
        let mut answers = vec![to_challenge, initial];
        let mut told = String::new();
        loop {
            let response = self.wire.next().await?;
            if let Some(mut completion) = Wire::completion(&response, &tag) {
                if !told.is_empty() {
                    completion.text = format!("{} ({told})", completion.text);
                }
                let what = if mechanism == "PLAIN" { "the user and the password" } else { "the user and the token" };
                return refused(completion, what);
            }
            if let Some(challenge) = response.request() {
                let challenge = BASE64.decode(challenge.as_bytes()).unwrap_or_default();
                told = String::from_utf8_lossy(&challenge).into_owned();
                let answer = answers.pop().context("the server asks on and on and lets us in never")?;
                self.wire.write(&format!("{}\r\n", BASE64.encode(answer.as_bytes()))).await?;
            }
        }
    }

    /// Runs a command of which only the outcome matters.
    async fn run(&mut self, command: &str) -> Result<Completion> {
        self.collect(command, |_| {}).await
    }

    /// Runs a command, and hands on the untagged responses to it.
    async fn collect(&mut self, command: &str, mut each: impl FnMut(Response)) -> Result<Completion> {
        let tag = self.wire.begin(command).await?;
        loop {
            let response = self.wire.next().await?;
            if let Some(completion) = Wire::completion(&response, &tag) {
                return Ok(completion);
            }
            self.note(&response)?;
            each(response);
        }
    }

    /// What the server tells of the mailbox whenever it likes.
    fn note(&mut self, response: &Response) -> Result<()> {
        let Some(text) = response.untagged() else { return Ok(()) };
        let mut words = text.split(' ');
        match (words.next(), words.next()) {
            (Some("BYE"), _) => bail!("the server ends the connection: {}", shown(text)),
            (Some(number), Some("EXISTS")) => self.exists = number.parse().unwrap_or(self.exists),
            (Some(_), Some("EXPUNGE")) => self.exists = self.exists.saturating_sub(1),
            (Some("OK"), Some("[PERMANENTFLAGS")) => self.has_keywords = text.contains("\\*"),
            _ => {}
        }
        Ok(())
    }

    /// The UIDs of mails between these two places in the mailbox, in their order.
    pub async fn search(&mut self, first: u32, last: u32, what: &str) -> Result<Vec<u32>> {
        let mut uids = Vec::new();
        let read = |response: Response| {
            if let Some(found) = response.untagged().and_then(|text| text.strip_prefix("SEARCH")) {
                uids.extend(found.split_whitespace().filter_map(|uid| uid.parse::<u32>().ok()));
            }
        };
        self.collect(&format!("UID SEARCH {first}:{last} {what}"), read).await?.expect("search the folder")?;
        uids.sort_unstable();
        Ok(uids)
    }

    /// How many octets each of these mails has. One that went away is left out.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u64)>> {
        let mut sizes = Vec::new();
        let command = format!("UID FETCH {} (UID RFC822.SIZE)", set(uids));
        let read = |response: Response| {
            let number = |key| attribute(&response, key)?.parse().ok();
            sizes.extend(number("UID").zip(number("RFC822.SIZE")));
        };
        self.collect(&command, read).await?.expect("tell the sizes of mails")?;
        Ok(sizes.into_iter().filter_map(|(uid, size)| Some((u32::try_from(uid).ok()?, size))).collect())
    }

    /// The beginnings of these mails. It does not mark them as seen.
    pub async fn fetch(&mut self, uids: &[u32], max: u64) -> Result<Vec<Fetched>> {
        let mut mails = Vec::new();
        let read = |mut response: Response| {
            let uid = attribute(&response, "UID").and_then(|uid| uid.parse().ok());
            if let Some(uid) = uid
                && response.text.contains("BODY[]")
            {
                // An empty mail may come without a literal.
                mails.push(Fetched { uid, bytes: response.literals.pop().unwrap_or_default() });
            }
        };
        let command = format!("UID FETCH {} (UID BODY.PEEK[]<0.{max}>)", set(uids));
        self.collect(&command, read).await?.expect("send mails")?;
        Ok(mails)
    }

    pub async fn add_flags(&mut self, uids: &[u32], flags: &str) -> Result<()> {
        let command = format!("UID STORE {} +FLAGS.SILENT ({flags})", set(uids));
        self.run(&command).await?.expect("mark mails")
    }

    /// Takes mails out for good, and no others: a plain EXPUNGE would take what others marked as deleted (RFC 4315). On
    /// a server that cannot do so they stay marked.
    pub async fn delete(&mut self, uids: &[u32]) -> Result<()> {
        self.add_flags(uids, "\\Deleted").await?;
        if self.can("UIDPLUS") {
            self.run(&format!("UID EXPUNGE {}", set(uids))).await?.expect("delete mails")?;
        }
        Ok(())
    }

    /// RFC 6851, or what it stands for.
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<()> {
        let (set, name) = (set(uids), quoted_mailbox(folder));
        let purpose = format!("move mails to the folder {folder}; make it if it is missing");
        if self.can("MOVE") {
            return self.run(&format!("UID MOVE {set} {name}")).await?.expect(&purpose);
        }
        self.run(&format!("UID COPY {set} {name}")).await?.expect(&purpose)?;
        self.delete(uids).await
    }

    /// Waits for new mail: with IDLE (RFC 2177), or by asking afterwards.
    pub async fn wait(&mut self, wait: Duration) -> Result<()> {
        if !self.can("IDLE") {
            tokio::time::sleep(wait).await;
            return self.run("NOOP").await?.expect("answer");
        }
        let tag = self.wire.begin("IDLE").await?;
        let told = async {
            loop {
                // The end of this wait comes first.
                let response = self.wire.response(wait * 2).await?;
                if let Some(completion) = Wire::completion(&response, &tag) {
                    return completion.expect("wait for mail");
                }
                self.note(&response)?;
                if response.untagged().is_some_and(|text| text.ends_with(" EXISTS")) {
                    return Ok(());
                }
            }
        };
        // What was read of a response stays in the buffer when its rest has not come yet.
        if let Ok(told) = timeout(wait, told).await {
            told?;
        }
        self.wire.write("DONE\r\n").await?;
        loop {
            let response = self.wire.next().await?;
            if let Some(completion) = Wire::completion(&response, &tag) {
                return completion.expect("end its wait for mail");
            }
            self.note(&response)?;
        }
    }
}

impl Completion {
    fn expect(self, purpose: &str) -> Result<()> {
        if self.is_ok { Ok(()) } else { Err(anyhow!("the server does not {purpose}: {}", shown(&self.text))) }
    }
}

fn refused(completion: Completion, what: &str) -> Result<()> {
    let text = shown(&completion.text);
    if completion.is_ok { Ok(()) } else { Err(anyhow!("the server refuses {what}: {text}; correct them")) }
}

async fn handshake(connector: &TlsConnector, host: &str, stream: Box<dyn Stream>) -> Result<Box<dyn Stream>> {
    let name = rustls::pki_types::ServerName::try_from(host.to_owned())
        .with_context(|| format!("{host} cannot be verified by TLS"))?;
    let shaken = timeout(CONNECT_WITHIN, connector.connect(name, stream)).await;
    let shaken = shaken.map_err(|_| anyhow!("the TLS handshake does not end"))?;
    Ok(Box::new(
        shaken.context(
            "the TLS handshake failed. Its certificate must be trusted by this system or bounces.imap.ca_file",
        )?,
    ))
}

/// UIDs as a set, with ranges for those that follow each other.
fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *uid => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let range = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}:{last}") };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

/// The word behind a key of a FETCH response. Literals are out of the text, so nothing in a mail passes for a key.
fn attribute<'a>(response: &'a Response, key: &str) -> Option<&'a str> {
    let (_, list) = response.untagged()?.split_once(" FETCH (")?;
    let mut words = list.split([' ', '(', ')']);
    words.find(|word| word.eq_ignore_ascii_case(key))?;
    words.next()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What a server said, short and on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_sets_with_ranges() {
        assert_eq!(set(&[1]), "1");
        assert_eq!(set(&[1, 2, 3, 5, 7, 8]), "1:3,5,7:8");
    }

    #[test]
    fn finds_what_belongs_to_a_key() {
        let response = |text: &str| Response { text: text.into(), literals: Vec::new() };
        let fetched = response("* 3 FETCH (FLAGS (\\Seen) BODY[]<0> {} UID 34)");
        assert_eq!((attribute(&fetched, "UID"), attribute(&fetched, "RFC822.SIZE")), (Some("34"), None));
        assert_eq!(attribute(&response("* SEARCH UID 3"), "UID"), None);
    }
}
