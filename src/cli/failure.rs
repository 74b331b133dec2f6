//! How a command that failed says so.

use std::process::ExitCode;

/// The command line was understood by the parser, and still asks for what can't be: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misuse(pub String);

/// What came in could not be kept, and who handed it over is to do so again: exit code 75, which mail servers know as
/// EX_TEMPFAIL.
#[derive(Debug, thiserror::Error)]
#[error("the mail is not kept; hand it over again")]
pub struct NotKept;

/// EX_TEMPFAIL of sysexits.h.
const TEMPORARY: u8 = 75;

/// Writes `griot: …` to stderr, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("griot: {}", told(error));
    if error.is::<Misuse>() {
        ExitCode::from(2)
    } else if error.is::<NotKept>() {
        ExitCode::from(TEMPORARY)
    } else {
        ExitCode::FAILURE
    }
}

/// The error and its causes on one line, each said once: some errors quote their cause already.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_every_cause_once() {
        let error = anyhow::anyhow!("the disk is full").context("cannot write a.db: the disk is full").context("no");
        assert_eq!(told(&error), "no: cannot write a.db: the disk is full");
    }
}
