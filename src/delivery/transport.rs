use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use super::smtp::{Connection, Relay};
use super::{Memory, Outgoing, Verdict, directory};
use crate::config;

/// Where messages go.
#[derive(Clone, Debug)]
pub enum Transport {
    Smtp(Arc<Relay>),
    Directory(PathBuf),
    Memory(Memory),
}

impl Transport {
    pub fn new(smtp: &config::Smtp) -> Result<Self> {
        Ok(match &smtp.relay {
            config::Relay::Directory(folder) => Self::Directory(folder.clone()),
            config::Relay::Smtp { .. } => Self::Smtp(Arc::new(Relay::new(smtp)?)),
        })
    }

    /// Sends one message over `connection`, which is opened where there is none and dropped when it can't be used again.
    pub(super) async fn send(&self, connection: &mut Option<Connection>, message: &Outgoing) -> Verdict {
        match self {
            Self::Smtp(relay) => relay.send(connection, message).await,
            Self::Directory(folder) => directory::write(folder, message).await,
            Self::Memory(memory) => memory.keep(message),
        }
    }

    /// Sends a single message over a connection of its own: confirmations and tests overtake what is being sent.
    pub async fn send_one(&self, message: &Outgoing) -> Verdict {
        let mut connection = None;
        let verdict = self.send(&mut connection, message).await;
        if let Some(connection) = connection {
            connection.quit().await;
        }
        verdict
    }
}
