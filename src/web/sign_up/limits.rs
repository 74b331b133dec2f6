use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::address::EmailAddress;
use crate::config::{Rate, SignUp};
use crate::web::client::Client;

/// The large mailbox providers may have so many times as many sign-ups as another domain: most people are there.
const LARGE: u32 = 10;
/// After so many sign-ups, what was counted of clients and domains long ago is forgotten.
const TIDY_EVERY: u64 = 10_000;

/// How many sign-ups are taken (rule W: nobody's mailbox is filled by way of the form). Kept in memory: a restart begins
/// to count anew, and what one address may get is read off the store.
#[derive(Debug)]
pub(super) struct Limits {
    per_client: DefaultKeyedRateLimiter<IpAddr>,
    per_domain: DefaultKeyedRateLimiter<String>,
    per_large_domain: DefaultKeyedRateLimiter<String>,
    overall: DefaultDirectRateLimiter,
    taken: AtomicU64,
}

impl Limits {
    pub fn new(config: &SignUp) -> Self {
        let large = Rate {
            messages: config.per_domain.messages.saturating_mul(LARGE.try_into().unwrap_or(config.per_domain.messages)),
            ..config.per_domain
        };
        Self {
            per_client: RateLimiter::keyed(quota(config.per_address)),
            per_domain: RateLimiter::keyed(quota(config.per_domain)),
            per_large_domain: RateLimiter::keyed(quota(large)),
            overall: RateLimiter::direct(quota(config.overall)),
            taken: AtomicU64::new(0),
        }
    }

    /// Whether one more is taken. Asked before anything is looked up, so that it tells nothing of the address.
    pub fn take(&self, client: Client, email: &EmailAddress) -> bool {
        if self.taken.fetch_add(1, Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            tidy(&self.per_client);
            tidy(&self.per_domain);
            tidy(&self.per_large_domain);
        }
        let of_domain = if email.is_at_large_provider() { &self.per_large_domain } else { &self.per_domain };
        self.per_client.check_key(&client.network()).is_ok()
            && of_domain.check_key(&email.domain().to_owned()).is_ok()
            && self.overall.check().is_ok()
    }
}

/// All of it at once, and then as fast as the rate lets it come back.
fn quota(rate: Rate) -> Quota {
    let each = rate.interval().max(std::time::Duration::from_nanos(1));
    Quota::with_period(each).unwrap_or(Quota::per_second(rate.messages)).allow_burst(rate.messages)
}

fn tidy<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}
