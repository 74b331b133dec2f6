use std::fmt;

/// What is wrong in the configuration, and what to write instead.
///
/// A problem found inside serde has no path: the TOML parser knows the place. One found afterwards, when values are
/// compared with each other, names the key it blames. Only its text passes through serde, so the advice rides on
/// a line of its own behind the message, and `from_text` takes the two apart again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) path: Vec<Step>,
    pub(super) message: String,
    /// Empty where there is none.
    pub(super) advice: String,
}

/// One step from the top of the file to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        // A message that quotes a value with a line break would not come apart again.
        let message = message.into().replace(char::is_control, " ");
        Self { path: Vec::new(), message, advice: advice.into() }
    }

    pub(super) fn at(mut self, path: impl Into<Vec<Step>>) -> Self {
        self.path = path.into();
        self
    }

    /// For a problem of a table that knows its own keys, but not where it stands.
    pub(super) fn within(mut self, outer: &[Step]) -> Self {
        self.path.splice(0..0, outer.iter().copied());
        self
    }

    pub(super) fn from_text(text: &str) -> Self {
        let (message, advice) = text.split_once('\n').unwrap_or((text, ""));
        Self::new(message, advice)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n{}", self.advice) }
    }
}

/// Gives a type that parses itself from text its way into serde.
macro_rules! parse_inside_serde {
    ($($name:ty),+) => { $(
        impl TryFrom<String> for $name {
            type Error = $crate::config::problem::Problem;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }
    )+ };
}
pub(super) use parse_inside_serde;
