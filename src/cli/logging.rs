//! The log: on stderr, so that it never mixes with what a command answers. `GRIOT_LOG` sets its level, as in
//! `GRIOT_LOG=debug` or `GRIOT_LOG=griot::feeds=debug,warn`.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// Begins to log; `level` counts where `GRIOT_LOG` is not set or says nothing that can be understood.
pub fn begin(level: &str) {
    let wanted = std::env::var("GRIOT_LOG").ok();
    let filter = wanted.as_deref().and_then(|wanted| EnvFilter::try_new(wanted).ok());
    let is_coloured = stderr().is_terminal() && super::output::wants_colour();
    // It fails only where a log was begun already, and that one then goes on.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(level)))
        .with_writer(stderr)
        .with_ansi(is_coloured)
        .with_target(false)
        .try_init();
}
