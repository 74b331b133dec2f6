use anyhow::Result;
use tokio::task::JoinSet;
use tracing::info;

use super::imap::Mailbox;
use super::lmtp::Lmtp;
use super::queue::Queue;
use crate::config::Bounces;
use crate::delivery::Stop;

/// The doors that the daemon keeps open by itself.
#[derive(Debug)]
pub struct Doors {
    lmtp: Option<Lmtp>,
    mailboxes: Vec<Mailbox>,
    max: u64,
}

impl Doors {
    /// Errors where the address of the listener is taken, or certificates cannot be read.
    pub async fn open(config: &Bounces) -> Result<Self> {
        let max = config.max_size.bytes();
        let lmtp = match &config.lmtp {
            Some(address) => Some(Lmtp::bind(address).await?),
            None => None,
        };
        let mailboxes = config.mailboxes.iter().map(|mailbox| Mailbox::new(mailbox, max)).collect::<Result<_>>()?;
        if let Some(lmtp) = &lmtp {
            info!(address = %lmtp.address(), "taking mail by LMTP");
        }
        Ok(Self { lmtp, mailboxes, max })
    }

    /// Ends with `stop`, as soon as what is on its way into the store is there.
    pub async fn keep_open(self, queue: Queue, stop: Stop) {
        let mut doors = JoinSet::new();
        if let Some(lmtp) = self.lmtp {
            doors.spawn(lmtp.serve(queue.clone(), self.max, stop.clone()));
        }
        for mailbox in self.mailboxes {
            doors.spawn(mailbox.keep_empty(queue.clone(), stop.clone()));
        }
        // Only who is inside still holds the queue.
        drop(queue);
        while doors.join_next().await.is_some() {}
    }
}
