//! The log: on stderr, so that it never mixes with what a command answers. `GRIOT_LOG` sets its level, as in
//! `GRIOT_LOG=debug` or `GRIOT_LOG=griot::feeds=debug,warn`; `GRIOT_LOG_FORMAT` its form, `text` or `json`.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Begins to log; `level` counts where `GRIOT_LOG` is not set or says nothing that can be understood, and `format` the
/// same of `GRIOT_LOG_FORMAT`.
pub fn begin(level: &str, format: impl FnOnce() -> LogFormat) {
    let wanted = std::env::var("GRIOT_LOG").ok();
    let filter = wanted.as_deref().and_then(|wanted| EnvFilter::try_new(wanted).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(level));
    let asked = std::env::var("GRIOT_LOG_FORMAT").ok().and_then(|word| LogFormat::of_word(&word));
    // A line that can't be written, because the log lies on a disk that is full, is lost; said on stderr too, that would end
    // the task that logged it.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    let log = log.with_env_filter(filter).with_writer(stderr).with_target(false);
    // It fails only where a log was begun already, and that one then goes on.
    let _ = match asked.unwrap_or_else(format) {
        LogFormat::Text => log.with_ansi(stderr().is_terminal() && super::output::wants_colour()).try_init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(false).with_span_list(false).with_ansi(false).try_init()
        }
    };
}
