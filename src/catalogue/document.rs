use std::path::Path;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;

use super::Problem;
use super::message::{Message, Reference};

/// One file of a catalogue, read.
pub(super) struct Document {
    pub resource: Arc<FluentResource>,
    pub messages: Vec<Message>,
    /// Whether griot brings it along.
    pub is_built_in: bool,
}

impl Document {
    /// Reads a file; `name` stands in its problems.
    pub fn read(text: &str, name: &Path) -> Result<Self, Vec<Problem>> {
        let text = text.replace("\r\n", "\n");
        let resource = FluentResource::try_new(text).map_err(|(resource, errors)| {
            let of = |error: &fluent_syntax::parser::ParserError| Problem {
                file: name.to_owned(),
                line: Some(line_of(resource.source(), error.pos.start)),
                cause: error.kind.to_string(),
                advice: "a message is written: id = its text; what stands in it as { $name }; see docs/templates.md"
                    .to_owned(),
            };
            errors.iter().map(of).collect::<Vec<_>>()
        })?;
        let messages: Vec<Message> = resource
            .entries()
            .filter_map(|entry| match entry {
                Entry::Message(message) => Some(Message::of(message, resource.source())),
                Entry::Term(term) => Some(Message::of_term(term, resource.source())),
                _ => None,
            })
            .collect();
        let twice: Vec<Problem> = (1..messages.len())
            .filter(|&at| messages[..at].iter().any(|before| before.id == messages[at].id))
            .map(|at| Problem {
                file: name.to_owned(),
                line: Some(messages[at].line),
                cause: format!("{} stands here for the second time", messages[at].id),
                advice: "take one of the two out".to_owned(),
            })
            .collect();
        if twice.is_empty() {
            Ok(Self { resource: Arc::new(resource), messages, is_built_in: false })
        } else {
            Err(twice)
        }
    }

    /// What its messages ask for and nobody gives them. `known` says what a message of this id is given, and `None` of an
    /// id that griot has no message of; `is_there` whether a message or a term can be referred to.
    pub fn problems(
        &self,
        name: &Path,
        known: impl Fn(&str) -> Option<Vec<String>>,
        is_there: impl Fn(&str) -> bool,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for message in &self.messages {
            let mut blame = |line, cause: String, advice: String| {
                problems.push(Problem { file: name.to_owned(), line: Some(line), cause, advice });
            };
            let given = match known(&message.id) {
                Some(given) => given,
                None if message.is_term() => Vec::new(),
                None => {
                    let advice = "`griot templates eject languages/en --to DIR` writes those it has".to_owned();
                    blame(message.line, format!("griot has no message {}", message.id), advice);
                    continue;
                }
            };
            if !message.has_value {
                let advice = format!("write: {} = its text", message.id);
                blame(message.line, format!("{} has no text", message.id), advice);
            }
            for (reference, line) in &message.references {
                match reference {
                    Reference::Variable(variable) if !message.is_term() && !given.contains(variable) => {
                        let advice = match given.as_slice() {
                            [] => "nothing stands in this message; take it out".to_owned(),
                            given => format!("it has ${}", given.join(", $")),
                        };
                        blame(*line, format!("{} has no ${variable}", message.id), advice);
                    }
                    Reference::Message(id) if !is_there(id) => {
                        blame(*line, format!("there is no message {id}"), "write the text itself".to_owned());
                    }
                    Reference::Function(function) => {
                        let advice = "write the text without it; no function is needed".to_owned();
                        blame(*line, format!("griot's catalogues know no function {function}"), advice);
                    }
                    Reference::Variable(_) | Reference::Message(_) => {}
                }
            }
        }
        problems
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count()
}
