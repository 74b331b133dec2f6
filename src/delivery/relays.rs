use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::warn;

use super::smtp::Endpoint;
use super::supply::Supply;
use super::{Memory, Outgoing, Trouble, Verdict, directory};
use crate::config::{self, RelayId};

/// Letters on their way at once through one relay, over connections of their own.
const LETTERS_AT_ONCE: usize = 2;
/// How long a letter waits for a relay to be ready where another may be: somebody waits for it, and a relay that does
/// not answer is known to be down only when its timeouts are over.
const LETTER_PATIENCE: Duration = Duration::from_secs(5);

/// The relays of the configuration; clones share them.
#[derive(Clone, Debug)]
pub struct Relays(Arc<[Relay]>);

/// Where messages go, and how much it may be given.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) settings: config::Smtp,
    pub(super) way: Way,
    letters: Semaphore,
}

#[derive(Debug)]
pub(super) enum Way {
    Smtp(Endpoint),
    Directory(PathBuf),
    Memory(Memory),
}

impl Relay {
    fn new(settings: &config::Smtp, way: Way) -> Self {
        Self { settings: settings.clone(), way, letters: Semaphore::new(LETTERS_AT_ONCE) }
    }

    pub(super) fn id(&self) -> &RelayId {
        &self.settings.id
    }

    /// Messages that can be on their way through it at once.
    pub(super) fn capacity(&self) -> usize {
        let depth = if matches!(self.way, Way::Smtp(_)) { self.settings.depth as usize } else { 1 };
        self.settings.connections as usize * depth
    }

    /// Whether an edition that names these relays may go through it.
    pub(super) fn is_among(&self, named: &[RelayId]) -> bool {
        named.is_empty() || named.contains(self.id())
    }

    /// `patience`: how long it may take until the relay is ready for the message.
    async fn send_one(&self, message: &Outgoing, patience: Duration) -> Verdict {
        let Ok(_permit) = self.letters.acquire().await else {
            return Verdict::Trouble(Trouble::Unreachable("griot is ending".into()));
        };
        match &self.way {
            Way::Directory(folder) => directory::write(folder, message).await,
            Way::Memory(memory) => memory.keep(message),
            Way::Smtp(endpoint) => {
                let mut connection = match timeout(patience, endpoint.connect()).await {
                    Ok(Ok(connection)) => connection,
                    Ok(Err(trouble)) => return Verdict::Trouble(trouble),
                    Err(_) => {
                        let seconds = patience.as_secs();
                        let reason = format!("the relay {} was not ready within {seconds} seconds", self.id());
                        return Verdict::Trouble(Trouble::Unreachable(reason));
                    }
                };
                let mut letter = Letter { message: Some(message), verdict: None };
                connection.carry(endpoint, &mut letter).await;
                connection.quit().await;
                letter.verdict.unwrap_or_else(|| {
                    Verdict::Trouble(Trouble::Unreachable("the relay was lost before the message".into()))
                })
            }
        }
    }
}

impl Relays {
    /// Errors where a relay's certificates cannot be read; none is asked yet.
    pub fn new(relays: &[config::Smtp]) -> Result<Self> {
        let way = |settings: &config::Smtp| -> Result<Way> {
            Ok(match &settings.relay {
                config::Relay::Directory(folder) => Way::Directory(folder.clone()),
                config::Relay::Smtp { .. } => Way::Smtp(Endpoint::new(settings)?),
            })
        };
        relays.iter().map(|settings| Ok(Relay::new(settings, way(settings)?))).collect::<Result<Vec<_>>>().map(Self::of)
    }

    /// Keeps every message in memory, for tests.
    pub fn memory(settings: &config::Smtp, memory: &Memory) -> Self {
        Self::of(vec![Relay::new(settings, Way::Memory(memory.clone()))])
    }

    fn of(relays: Vec<Relay>) -> Self {
        Self(relays.into())
    }

    pub(super) fn all(&self) -> &[Relay] {
        &self.0
    }

    /// Sends a single message ahead of whatever else is being sent: confirmations and tests do not wait for an edition.
    /// A relay that is in trouble is passed over for the next of those that are named (of none: of all).
    pub async fn send_one(&self, named: &[RelayId], message: &Outgoing) -> Verdict {
        let mut verdict = Verdict::Trouble(Trouble::Unsendable("no relay is configured for it".into()));
        // Collected: an iterator with a closure, held across an await, would keep this from being spawned.
        let relays: Vec<&Relay> = self.0.iter().filter(|relay| relay.is_among(named)).collect();
        let mut relays = relays.into_iter().peekable();
        while let Some(relay) = relays.next() {
            let patience = if relays.peek().is_some() { LETTER_PATIENCE } else { Duration::MAX };
            verdict = relay.send_one(message, patience).await;
            match &verdict {
                Verdict::Trouble(trouble) if relays.peek().is_some() => {
                    warn!(relay = %relay.id(), reason = %trouble, "a letter goes through the next relay");
                }
                _ => break,
            }
        }
        verdict
    }
}

/// One message that is nobody's delivery.
struct Letter<'a> {
    message: Option<&'a Outgoing>,
    verdict: Option<Verdict>,
}

impl<'a> Supply for Letter<'a> {
    type Load = &'a Outgoing;

    fn next(&mut self) -> Option<&'a Outgoing> {
        self.message.take()
    }

    fn further(&mut self) -> Option<&'a Outgoing> {
        None
    }

    fn leaving(&mut self, _: &Self::Load) -> bool {
        true
    }

    fn settled(&mut self, _: &'a Outgoing, verdict: Verdict) {
        self.verdict = Some(verdict);
    }

    fn returned(&mut self, _: &'a Outgoing) {}
}
