//! The `griot` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all, because rustls has no provider of its own. It fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    griot::cli::main()
}
