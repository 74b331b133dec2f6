use serde::Deserialize;

/// `[log]`: what the daemon writes about its work.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line that people read.
    #[default]
    Text,
    /// A line of JSON that programs read.
    Json,
}

impl LogFormat {
    /// As it stands in the environment; `None` for another word.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}
