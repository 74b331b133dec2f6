use std::fmt;
use std::path::PathBuf;

/// What is wrong with a file a publisher wrote: the place, the cause, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// From 1; `None` where it is the file as a whole.
    pub line: Option<usize>,
    pub cause: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n   = {}", self.cause, self.advice)
    }
}

impl std::error::Error for Problem {}
