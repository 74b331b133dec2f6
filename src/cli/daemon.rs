use anyhow::{Context, Result};
use clap::Args;
use tokio::net::TcpListener;

use super::Station;
use super::interrupt::stop_on_signal;
use crate::daemon;

/// Poll feeds, keep the schedule, send and serve the pages, until SIGTERM
#[derive(Debug, Args)]
pub struct Daemon {}

impl Daemon {
    pub async fn run(self, station: &Station) -> Result<()> {
        let press = station.press()?;
        let listen = press.config().web.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("cannot listen on {listen} for the pages; another program may, or change web.listen")
        })?;
        daemon::run(press, listener, stop_on_signal()?).await
    }
}
