use std::path::PathBuf;

use serde::Deserialize;

/// `[node]`: what this machine does, where several share a database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// What it is called among the others. Invariant: letters, digits, dots, dashes and underlines.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// What it keeps for itself: its lock, and the journal of what is on the wire.
    pub folder: PathBuf,
    pub roles: Vec<NodeRole>,
}

/// A part of what `griot daemon` does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// Polls feeds, makes drafts, approves and releases at their time; one node at a time does.
    Scheduler,
    /// Sends editions, beside the other senders.
    Sender,
    /// Serves the pages.
    Web,
}

impl NodeRole {
    pub const ALL: [Self; 3] = [Self::Scheduler, Self::Sender, Self::Web];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Sender => "sender",
            Self::Web => "web",
        }
    }
}

impl Node {
    pub fn has(&self, role: NodeRole) -> bool {
        self.roles.contains(&role)
    }
}

impl Default for Node {
    fn default() -> Self {
        Self { name: host_name(), folder: PathBuf::from("griot-node"), roles: NodeRole::ALL.to_vec() }
    }
}

/// The machine's own name, as far as it can be one.
fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if is_name(&name) { name } else { "node".to_owned() }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && !text.starts_with('.')
}

fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_name(&text) {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} is no name of a node; write letters, digits, dots, dashes and underlines, as in \"mail-1\""
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_does_everything_unless_it_is_told_its_roles() {
        let node: Node = toml::from_str("").unwrap();
        assert!(NodeRole::ALL.into_iter().all(|role| node.has(role)));
        assert!(is_name(&node.name));
        let node: Node = toml::from_str("name = \"mail-1\"\nroles = [\"sender\"]").unwrap();
        assert_eq!((node.name.as_str(), node.has(NodeRole::Sender), node.has(NodeRole::Web)), ("mail-1", true, false));
        assert!(toml::from_str::<Node>("name = \"../x\"").unwrap_err().to_string().contains("is no name of a node"));
        assert!(toml::from_str::<Node>("roles = [\"cook\"]").is_err());
    }
}
