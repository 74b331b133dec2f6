use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::web::network_of;

/// Tries to sign in that a network may make at once, and then so many a minute.
pub(super) const TRIES: u32 = 10;
/// Passkeys it may ask to be asked for: each is a row for some minutes.
pub(super) const CEREMONIES: u32 = 30;
const TIDY_EVERY: u64 = 1_000;

/// How often one network may try to sign in, whatever the names it tries. Kept in memory: a restart counts anew.
#[derive(Debug)]
pub(super) struct Limits {
    per_network: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicU64,
}

impl Limits {
    pub fn new(a_minute: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN));
        Self { per_network: RateLimiter::keyed(quota), asked: AtomicU64::new(0) }
    }

    /// Whether one more try is taken.
    pub fn take(&self, client: IpAddr) -> bool {
        if self.asked.fetch_add(1, Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.per_network.retain_recent();
            self.per_network.shrink_to_fit();
        }
        self.per_network.check_key(&network_of(client)).is_ok()
    }
}
