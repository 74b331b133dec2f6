use std::path::PathBuf;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;

use crate::config::{Config, Newsletter};
use crate::store::Store;

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

    /// The configuration and the store it names, which must exist.
    pub fn open(&self) -> Result<(Config, Store)> {
        let config = self.config()?;
        let store = Store::open(&config.store.path)?;
        Ok((config, store))
    }

    /// The command line's clock.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The configured newsletter with this id; the error names those there are.
pub fn newsletter<'a>(config: &'a Config, id: &str) -> Result<&'a Newsletter> {
    config.newsletter(id).ok_or_else(|| {
        let known: Vec<&str> = config.newsletters.iter().map(|newsletter| newsletter.id.as_str()).collect();
        anyhow!("there is no newsletter {id:?} in the configuration; it has {}", known.join(", "))
    })
}
