use std::num::NonZeroU32;

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::problem::Problem;

/// `[delivery.warm_up]`: a new sending address or domain earns its name by sending little at first, to each provider by
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// The first day that is held (UTC). Another date begins anew.
    #[serde(deserialize_with = "date")]
    pub begins: NaiveDate,
    /// Messages to one provider on its first day.
    #[serde(default = "first_day", deserialize_with = "messages")]
    pub first_day: NonZeroU32,
    /// A provider that takes so many a day is held no more.
    #[serde(default = "until", deserialize_with = "messages")]
    pub until: NonZeroU32,
}

fn first_day() -> NonZeroU32 {
    NonZeroU32::new(200).unwrap_or(NonZeroU32::MIN)
}

fn until() -> NonZeroU32 {
    NonZeroU32::new(100_000).unwrap_or(NonZeroU32::MIN)
}

/// A text, as every date in the file is one.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |_| Error::custom(Problem::new(format!("`{text}` is not a day"), "write it as \"2026-12-01\""));
    text.parse().map_err(wrong)
}

fn messages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    let messages = u32::deserialize(deserializer)?;
    let wrong = || Error::custom(Problem::new("with no message at all it never begins", "write a number from 1 on"));
    NonZeroU32::new(messages).ok_or_else(wrong)
}
