use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::sync::Semaphore;

use super::assets::Assets;
use super::audience::Audiences;
use super::edition::Pulses;
use super::failure::Failure;
use super::limits::{CEREMONIES, Limits, TRIES};
use crate::delivery::Stop;
use crate::publishing::Press;
use crate::staff::Passkeys;
use crate::store::{Edition, EditionName, Store};

/// Passwords hashed at once: each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;

/// What every page of the desk needs; one per router, clones share it.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    press: Press,
    stop: Stop,
    assets: Assets,
    limits: Limits,
    ceremonies: Limits,
    passkeys: Option<Passkeys>,
    hashing: Semaphore,
    pulses: Pulses,
    audiences: Audiences,
}

impl Room {
    pub fn new(press: Press, stop: Stop) -> Self {
        let assets = Assets::new(&press.config().publisher);
        let (limits, ceremonies) = (Limits::new(TRIES), Limits::new(CEREMONIES));
        let passkeys = Passkeys::at(&press.config().web.public_url);
        let hashing = Semaphore::new(HASHES_AT_ONCE);
        let (pulses, audiences) = (Pulses::default(), Audiences::default());
        Self(Arc::new(Parts { press, stop, assets, limits, ceremonies, passkeys, hashing, pulses, audiences }))
    }

    pub fn press(&self) -> &Press {
        &self.0.press
    }

    pub fn assets(&self) -> &Assets {
        &self.0.assets
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn pulses(&self) -> &Pulses {
        &self.0.pulses
    }

    pub fn audiences(&self) -> &Audiences {
        &self.0.audiences
    }

    /// How often a network may begin with a passkey.
    pub fn ceremonies(&self) -> &Limits {
        &self.0.ceremonies
    }

    /// `None` where the desk has no host name: there are none then.
    pub fn passkeys(&self) -> Option<&Passkeys> {
        self.0.passkeys.as_ref()
    }

    /// Runs `work` with the passkeys on the store, where it may block.
    pub async fn ask_passkeys<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passkeys, &Store, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let room = self.clone();
        self.ask(move |store, press| match room.passkeys() {
            Some(passkeys) => work(passkeys, store, press),
            None => bail!("passkeys need a host name in web.public_url, which is an IP address here"),
        })
        .await
    }

    pub fn stop(&self) -> Stop {
        self.0.stop.clone()
    }

    /// Whether browsers reach the desk over TLS.
    pub fn is_https(&self) -> bool {
        self.press().config().web.public_url.is_https()
    }

    /// Runs `work` on the store, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let press = self.press().clone();
        self.press().store().blocking(move |store| work(store, &press)).await.map_err(Failure::of)
    }

    /// The same for work that hashes a password: few at once.
    pub async fn ask_slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        // It is never closed.
        let _turn = self.0.hashing.acquire().await;
        self.ask(work).await
    }

    /// The edition of a path.
    pub async fn edition(&self, newsletter: String, number: u32) -> Result<Edition, Failure> {
        if self.press().config().newsletter(&newsletter).is_none() {
            return Err(Failure::NoSuchPage);
        }
        let name = EditionName { newsletter, number };
        let found = self.ask(move |store, _| store.read(|db| Edition::find_by_name(db, &name))).await?;
        found.ok_or(Failure::NoSuchPage)
    }
}
