//! A catalogue inside a template that is not compiled in: `words.say("read-on")`.

use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{Error, ErrorKind, State};
use serde::{Serialize, Serializer};

use super::Catalogue;

impl Object for Catalogue {
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let refuse = |kind, detail: String| Err(Error::new(kind, detail));
        match (method, arguments) {
            ("say", [id]) => match id.as_str() {
                Some(id) if self.has(id) => Ok(Value::from(self.say(id))),
                _ => refuse(ErrorKind::InvalidOperation, format!("no catalogue has the message {id}")),
            },
            ("say", _) => refuse(ErrorKind::InvalidOperation, "words.say takes the id of one message".to_owned()),
            _ => refuse(ErrorKind::UnknownMethod, format!("words has no method {method}, only say")),
        }
    }
}

impl Serialize for Catalogue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_object(self.clone()).serialize(serializer)
    }
}
