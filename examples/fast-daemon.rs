//! `griot daemon` on a clock that runs faster, so that a week passes in half an hour.
//!
//!     fast-daemon SPEED BEGUN AS [--config FILE]
//!
//! At BEGUN by the real clock it is AS by its own, both in seconds since 1970; from then on it runs SPEED times as fast. So a
//! daemon that is started again with the same words goes on in the same time. What waits for the network waits in real
//! seconds.

use std::error::Error;
use std::path::PathBuf;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Config;
use griot::delivery::Stop;
use griot::publishing::Press;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "fast-daemon SPEED BEGUN AS [--config FILE]";

static TIME: OnceLock<Time> = OnceLock::new();

struct Time {
    speed: f64,
    begun: DateTime<Utc>,
    began_as: DateTime<Utc>,
}

fn now() -> DateTime<Utc> {
    let now = Utc::now();
    TIME.get().map_or(now, |time| {
        let passed = (now - time.begun).as_seconds_f64() * time.speed;
        time.began_as + TimeDelta::microseconds((passed * 1e6) as i64)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [speed, begun, began_as, more @ ..] = words.as_slice() else { return Err(USAGE.into()) };
    let config = match more {
        [] => PathBuf::from("griot.toml"),
        [option, file] if option == "--config" => PathBuf::from(file),
        _ => return Err(USAGE.into()),
    };
    let at = |seconds: &str| -> Result<DateTime<Utc>, Box<dyn Error>> {
        DateTime::from_timestamp_micros((seconds.parse::<f64>()? * 1e6) as i64).ok_or_else(|| USAGE.into())
    };
    let _ = TIME.set(Time { speed: speed.parse()?, begun: at(begun)?, began_as: at(began_as)? });
    tracing_subscriber::fmt().log_internal_errors(false).with_ansi(false).with_writer(std::io::stderr).init();
    tokio::runtime::Runtime::new()?.block_on(async {
        let press = Press::open(Config::load(&config)?, now)?;
        let listener = TcpListener::bind(press.config().web.listen).await?;
        let (asked, stop) = Stop::new();
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            terminate.recv().await;
            asked.send_replace(true);
        });
        Ok(griot::daemon::run(press, listener, stop).await?)
    })
}
