use std::io::{IsTerminal, Write, stdin};

use anyhow::Result;

use super::Output;
use super::failure::Misuse;

/// Asks on a terminal whether something is meant that cannot be undone; an error where nobody can be asked.
pub fn is_meant(question: &str, out: &mut Output) -> Result<bool> {
    if !stdin().is_terminal() {
        return Err(Misuse("nobody can be asked here; add --yes if you mean it".to_owned()).into());
    }
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
