use std::path::PathBuf;

use chrono::NaiveTime;
use serde::Deserialize;

use super::time_of_day::TimeOfDay;

/// `[backup]`: the copies that the daemon makes of the store every day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    pub folder: PathBuf,
    /// In the zone of the first newsletter.
    #[serde(deserialize_with = "time_of_day")]
    pub at: NaiveTime,
    /// Days, weeks and months of which a copy is kept: the newest of each.
    pub daily: u16,
    pub weekly: u16,
    pub monthly: u16,
}

impl Backup {
    /// Whether copies are made at all.
    pub fn is_on(&self) -> bool {
        (self.daily, self.weekly, self.monthly) != (0, 0, 0)
    }
}

fn time_of_day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    Ok(TimeOfDay::deserialize(deserializer)?.0)
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("backups"),
            at: NaiveTime::from_hms_opt(3, 30, 0).unwrap_or_default(),
            daily: 7,
            weekly: 4,
            monthly: 0,
        }
    }
}
