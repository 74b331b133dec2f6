use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use crate::config::Config;
use crate::publishing::Press;

/// Which griot a command works on: its configuration and, through that, its store.
#[derive(Debug, Args)]
pub struct Station {
    /// The configuration to work with
    #[arg(long, global = true, value_name = "FILE", env = "GRIOT_CONFIG", default_value = "griot.toml")]
    pub config: PathBuf,
}

impl Station {
    pub fn config(&self) -> Result<Config> {
        Ok(Config::load(&self.config)?)
    }

    /// Everything it takes to publish, on the configured store, which must exist.
    pub fn press(&self) -> Result<Press> {
        Press::open(self.config()?, Utc::now)
    }

    /// The command line's clock.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
