use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Pass,
    /// Mail goes out, and less of it may arrive; or it could not be found out.
    Warn,
    /// Providers refuse or hide such mail, or nothing goes out at all.
    Fail,
}

/// What one check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `spf.lookups`: the subject, then what of it. Never changes, so that scripts can go by it.
    pub id: &'static str,
    pub level: Level,
    /// The domain, relay or address it is about.
    pub about: String,
    pub found: String,
    /// Why it matters: a sentence. Empty where all is well.
    pub why: String,
    /// What to do. Empty where all is well.
    #[serde(rename = "do")]
    pub to_do: String,
    /// Lines of a zone file, ready to paste.
    pub dns: Vec<String>,
}

impl Finding {
    pub(super) fn pass(id: &'static str, about: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(id, Level::Pass, about, found)
    }

    pub(super) fn warn(id: &'static str, about: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(id, Level::Warn, about, found)
    }

    pub(super) fn fail(id: &'static str, about: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(id, Level::Fail, about, found)
    }

    fn new(id: &'static str, level: Level, about: impl Into<String>, found: impl Into<String>) -> Self {
        let (why, to_do) = Default::default();
        Self { id, level, about: about.into(), found: found.into(), why, to_do, dns: Vec::new() }
    }

    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    pub(super) fn advise(mut self, to_do: impl Into<String>) -> Self {
        self.to_do = to_do.into();
        self
    }

    pub(super) fn publish(mut self, line: String) -> Self {
        self.dns.push(line);
        self
    }

    /// What findings are grouped by: what stands before the dot of the id, spelt out.
    pub fn subject(&self) -> &'static str {
        match self.id.split('.').next() {
            Some("dns") => "Name server",
            Some("spf") => "SPF",
            Some("dkim") => "DKIM",
            Some("dmarc") => "DMARC",
            Some("mx") => "Mail exchangers",
            Some("ip") => "Sending address",
            Some("relay") => "Relay",
            Some("pages") => "Pages",
            Some("clock") => "Clock",
            _ => "Message",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}
