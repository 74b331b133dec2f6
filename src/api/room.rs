use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Problem;
use crate::config::Newsletter;
use crate::publishing::Press;
use crate::store::{Edition, EditionName, Store};

/// Requests a token may make each second, in the long run …
const A_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// … and so many at once.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// What every route needs; one per router, clones share it.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    press: Press,
    /// By the tokens' numbers: there are as many as there are tokens.
    limits: DefaultKeyedRateLimiter<i64>,
}

impl Room {
    pub fn new(press: Press) -> Self {
        let limits = RateLimiter::keyed(Quota::per_second(A_SECOND).allow_burst(AT_ONCE));
        Self(Arc::new(Parts { press, limits }))
    }

    pub fn press(&self) -> &Press {
        &self.0.press
    }

    /// Lets one more request of a token through, or says how long it is to wait.
    pub fn take(&self, token: i64) -> Result<(), Duration> {
        let early = self.0.limits.check_key(&token);
        early.map_err(|early| early.wait_time_from(DefaultClock::default().now()))
    }

    /// Runs `work` on the store, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let press = self.press().clone();
        self.press().store().blocking(move |store| work(store, &press)).await.map_err(Problem::of)
    }

    /// The newsletter of a field of the request.
    pub fn newsletter(&self, field: &str, id: &str) -> Result<&Newsletter, Problem> {
        self.press().newsletter(id).map_err(|error| Problem::invalid(field, error.to_string()))
    }

    /// The edition of a path.
    pub async fn edition(&self, newsletter: String, number: u32) -> Result<Edition, Problem> {
        let name = EditionName { newsletter, number };
        let told = format!("There is no edition {name}.");
        let is_known = self.press().config().newsletter(&name.newsletter).is_some();
        let found = self.ask(move |store, _| store.read(|db| Edition::find_by_name(db, &name))).await?;
        found.filter(|_| is_known).ok_or_else(|| Problem::not_found(told))
    }
}
