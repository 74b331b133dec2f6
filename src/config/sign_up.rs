use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::{Period, Rate, domain_name};

/// `[sign_up]`: what the form takes, and how much of it (rule W: list bombing, robots).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignUp {
    /// From the form being shown until it may be sent. What comes sooner is asked to press once more.
    pub min_time: Period,
    /// Browsers must work for a moment before they may send the form; one without scripts waits instead.
    pub proof_of_work: bool,
    pub disposable: Disposable,
    /// Domains whose addresses are refused.
    #[serde(deserialize_with = "domain_name::list")]
    pub refuse_domains: Vec<String>,
    /// Sign-ups from one IPv4 address, or one /64 of IPv6.
    pub per_address: Rate,
    /// Sign-ups of addresses at one domain. The large mailbox providers may have ten times as many.
    pub per_domain: Rate,
    /// Sign-ups of everybody.
    pub overall: Rate,
    /// So long the IP address stays with the evidence of a consent.
    pub keep_ip: Period,
}

/// What becomes of addresses that are made to be thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disposable {
    #[default]
    Allow,
    Refuse,
}

impl Default for SignUp {
    fn default() -> Self {
        let per_hour = |sign_ups: u32| Rate {
            messages: NonZeroU32::MIN.saturating_add(sign_ups - 1),
            per: Duration::from_secs(3600),
        };
        Self {
            min_time: Period::from_seconds(2),
            proof_of_work: false,
            disposable: Disposable::default(),
            refuse_domains: Vec::new(),
            per_address: per_hour(20),
            per_domain: per_hour(200),
            overall: per_hour(10_000),
            keep_ip: Period::from_hours(30 * 24),
        }
    }
}
