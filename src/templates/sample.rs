use minijinja::Value;

use super::{Page, built_in};

/// A page with made-up data, which a publisher's template is tried with.
#[derive(Clone, Debug)]
pub struct Sample {
    name: &'static str,
    value: Value,
    rendered: String,
}

impl Sample {
    pub fn of<P: Page>(page: &P) -> Self {
        let value = Value::from(minijinja::value::Serde(page));
        Self { name: P::NAME, value, rendered: built_in(page) }
    }

    /// The template it is of.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// As griot's own template sets it.
    pub fn rendered(&self) -> &str {
        &self.rendered
    }

    pub(super) fn value(&self) -> Value {
        self.value.clone()
    }
}
