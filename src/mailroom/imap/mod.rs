//! The door to a mailbox: emptied over IMAP (RFC 9051 and 3501), a batch at a time.
//!
//! Owns: the connection, the login by password or token, and the order of things: fetched, kept, and only then let go
//! of. Leaves out: every part of IMAP that this does not need; the few commands are written, and the responses read,
//! here, so that each response is bounded and no error quotes a mail. What may fail: everything about the server. That
//! is said once, and tried again with a growing wait; the daemon goes on.

mod mailbox_name;
mod oauth2;
mod session;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use rustls::ClientConfig;
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tracing::{info, warn};

use self::oauth2::Tokens;
use self::session::{Credential, Fetched, Session};
use super::Queue;
use crate::config::{AfterReading, ImapLogin, ImapMailbox, Tls};
use crate::delivery::{Stop, tls_config};
use crate::publishing::{Content, Incoming};
use crate::store::Source;

/// Mails looked for at once, so that a large folder needs little memory.
const WINDOW: u32 = 1_000;
/// Fetched, kept and let go of together: so many mails, or so many octets of them.
const BATCH: usize = 100;
const BATCH_OCTETS: u64 = 16 * 1024 * 1024;
/// A mail that was read and stays.
const KEYWORD: &str = "$GriotRead";
/// Servers end a wait of half an hour (RFC 2177).
const LONGEST_IDLE: Duration = Duration::from_secs(28 * 60);
const FIRST_BACKOFF: Duration = Duration::from_secs(5);
const LONGEST_BACKOFF: Duration = Duration::from_secs(15 * 60);

/// A mailbox to be emptied.
#[derive(Debug)]
pub struct Mailbox {
    config: ImapMailbox,
    tls: Option<Arc<ClientConfig>>,
    tokens: Option<Tokens>,
    max: u64,
}

/// How it went last, so that only a change is told.
#[derive(Debug, PartialEq, Eq)]
enum Health {
    Unknown,
    Good,
    /// And why.
    Bad(String),
}

impl Mailbox {
    /// `max` octets are kept of each mail. Errors where certificates cannot be read; the server is not asked.
    pub fn new(config: &ImapMailbox, max: u64) -> Result<Self> {
        let tls = match config.tls {
            Tls::None => None,
            Tls::Implicit | Tls::Required => Some(tls_config(config.ca_file.as_deref(), "bounces.imap.ca_file")?),
        };
        let tokens = match &config.login {
            ImapLogin::Password(_) => None,
            ImapLogin::OAuth2(oauth2) => Some(Tokens::new(oauth2)?),
        };
        Ok(Self { config: config.clone(), tls, tokens, max })
    }

    /// Empties it again and again, until `stop`.
    pub async fn keep_empty(mut self, queue: Queue, mut stop: Stop) {
        let mut health = Health::Unknown;
        let mut backoff = FIRST_BACKOFF;
        while !stop.is_asked() {
            // A mail that was kept when this is cut short is read again, and known.
            let ended = tokio::select! {
                ended = self.attend(&queue, &mut health, &mut backoff) => ended,
                () = stop.asked() => return,
            };
            if let Err(error) = ended {
                let bad = Health::Bad(format!("{error:#}"));
                if health != bad
                    && let Health::Bad(why) = &bad
                {
                    warn!(mailbox = %self.config.id, "{} cannot be read, trying again: {why}", self.config);
                }
                health = bad;
            }
            tokio::select! {
                () = sleep(backoff) => {}
                () = stop.asked() => {}
            }
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }

    /// Reads over one connection for as long as it lasts.
    async fn attend(&mut self, queue: &Queue, health: &mut Health, backoff: &mut Duration) -> Result<()> {
        let credential = match (&self.config.login, &mut self.tokens) {
            (ImapLogin::Password(password), _) => Credential::Password(password.clone()),
            (ImapLogin::OAuth2(_), tokens) => {
                let tokens = tokens.as_mut().context("there is no way to a token; this is a bug")?;
                Credential::AccessToken(tokens.access_token().await?)
            }
        };
        let opened = Session::open(&self.config, self.tls.clone().map(TlsConnector::from), &credential, self.max).await;
        if opened.is_err()
            && let Some(tokens) = &mut self.tokens
        {
            tokens.forget();
        }
        let mut session = opened?;
        let removes = self.config.after != AfterReading::Keep;
        let can_remove = session.can("UIDPLUS") || (session.can("MOVE") && self.config.after != AfterReading::Delete);
        if removes && !can_remove && *health != Health::Good {
            warn!(
                mailbox = %self.config.id,
                "the server has no UIDPLUS: mails that were read stay marked as deleted until something expunges them"
            );
        }
        loop {
            let read = self.empty(&mut session, queue).await?;
            if *health != Health::Good {
                info!(mailbox = %self.config.id, "{} is being read", self.config);
                *health = Health::Good;
            }
            *backoff = FIRST_BACKOFF;
            if read > 0 {
                info!(mailbox = %self.config.id, mails = read, "read");
            }
            session.wait(self.config.poll.duration().min(LONGEST_IDLE)).await?;
        }
    }

    /// Reads every mail that is there, and answers how many there were.
    async fn empty(&self, session: &mut Session, queue: &Queue) -> Result<usize> {
        let wanted = match self.config.after {
            AfterReading::Keep if session.has_keywords => format!("UNDELETED UNKEYWORD {KEYWORD}"),
            AfterReading::Keep => "UNDELETED UNSEEN".to_owned(),
            AfterReading::Delete | AfterReading::Move(_) => "UNDELETED".to_owned(),
        };
        let (mut read, mut first, mut last_uid) = (0, 1, 0);
        while first <= session.exists {
            let last = session.exists.min(first.saturating_add(WINDOW - 1));
            let mut uids = session.search(first, last, &wanted).await?;
            // UIDs grow from mail to mail. One that is still there after it was let go of is not read again and again.
            uids.retain(|uid| *uid > last_uid);
            let Some(highest) = uids.last() else {
                first = last + 1;
                continue;
            };
            last_uid = *highest;
            for batch in uids.chunks(BATCH) {
                for group in groups(&session.sizes(batch).await?, self.max) {
                    let mails = session.fetch(&group, self.max).await?;
                    read += self.take(session, mails, queue).await?;
                }
            }
            // What was taken out moved the others to where it was: this window is looked at again.
        }
        Ok(read)
    }

    /// Lets go of the mails that are kept, and of no others.
    async fn take(&self, session: &mut Session, mails: Vec<Fetched>, queue: &Queue) -> Result<usize> {
        let puts = mails.into_iter().map(|Fetched { uid, bytes }| async move {
            let incoming = Incoming { source: Source::Imap, key: Vec::new(), content: Content::Mail(bytes) };
            (uid, queue.put(incoming).await)
        });
        let puts = join_all(puts).await;
        let kept: Vec<u32> = puts.iter().filter(|(_, put)| put.is_ok()).map(|(uid, _)| *uid).collect();
        if !kept.is_empty() {
            match &self.config.after {
                AfterReading::Delete => session.delete(&kept).await?,
                AfterReading::Move(folder) => session.move_to(&kept, folder).await?,
                AfterReading::Keep if session.has_keywords => {
                    session.add_flags(&kept, &format!("\\Seen {KEYWORD}")).await?;
                }
                AfterReading::Keep => session.add_flags(&kept, "\\Seen").await?,
            }
        }
        match puts.into_iter().find_map(|(_, put)| put.err()) {
            Some(error) => Err(error.into()),
            None => Ok(kept.len()),
        }
    }
}

/// UIDs that are fetched together, so that they do not fill the memory.
fn groups(sizes: &[(u32, u64)], max: u64) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut octets = 0;
    for (uid, size) in sizes {
        let size = (*size).min(max);
        match groups.last_mut() {
            Some(group) if octets + size <= BATCH_OCTETS => {
                octets += size;
                group.push(*uid);
            }
            _ => {
                octets = size;
                groups.push(vec![*uid]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_mails_are_fetched_one_by_one() {
        let megabytes = |uid, megabytes: u64| (uid, megabytes * 1024 * 1024);
        let sizes = [megabytes(1, 1), megabytes(2, 15), megabytes(3, 1), megabytes(4, 500), megabytes(5, 7)];
        assert_eq!(groups(&sizes, 10 * 1024 * 1024), [vec![1, 2, 3], vec![4], vec![5]]);
        assert!(groups(&[], 10).is_empty());
    }
}
