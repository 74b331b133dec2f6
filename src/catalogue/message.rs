//! What a message refers to, so that a catalogue can be held against what its messages are given.

use fluent_syntax::ast::{self, Expression, InlineExpression, PatternElement};

use super::document::line_of;

/// A message as it is written, or a term, whose id begins with a dash.
pub(super) struct Message {
    pub id: String,
    /// Where it begins, from 1.
    pub line: usize,
    pub has_value: bool,
    /// What it refers to, and on which line.
    pub references: Vec<(Reference, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    Variable(String),
    /// A message, or a term with its dash.
    Message(String),
    Function(String),
}

impl Message {
    pub fn of(message: &ast::Message<&str>, source: &str) -> Self {
        let mut walk = Walk { source, references: Vec::new() };
        if let Some(value) = &message.value {
            walk.pattern(value);
        }
        Self {
            id: message.id.name.to_owned(),
            line: walk.line(message.id.name),
            has_value: message.value.is_some(),
            references: walk.references,
        }
    }

    pub fn of_term(term: &ast::Term<&str>, source: &str) -> Self {
        let mut walk = Walk { source, references: Vec::new() };
        walk.pattern(&term.value);
        let line = walk.line(term.id.name);
        Self { id: format!("-{}", term.id.name), line, has_value: true, references: walk.references }
    }

    pub fn is_term(&self) -> bool {
        self.id.starts_with('-')
    }

    /// The variables it names, in order, each once.
    pub fn variables(&self) -> Vec<String> {
        let mut variables: Vec<String> = Vec::new();
        for (reference, _) in &self.references {
            if let Reference::Variable(name) = reference
                && !variables.contains(name)
            {
                variables.push(name.clone());
            }
        }
        variables.sort();
        variables
    }

    /// The messages it refers to.
    pub fn referred(&self) -> impl Iterator<Item = &str> {
        self.references.iter().filter_map(|(reference, _)| match reference {
            Reference::Message(id) => Some(id.as_str()),
            Reference::Variable(_) | Reference::Function(_) => None,
        })
    }
}

struct Walk<'a> {
    source: &'a str,
    references: Vec<(Reference, usize)>,
}

impl Walk<'_> {
    fn pattern(&mut self, pattern: &ast::Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                variants.iter().for_each(|variant| self.pattern(&variant.value));
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => self.refer(Reference::Variable(id.name.to_owned()), id.name),
            InlineExpression::MessageReference { id, .. } => {
                self.refer(Reference::Message(id.name.to_owned()), id.name);
            }
            InlineExpression::TermReference { id, .. } => {
                self.refer(Reference::Message(format!("-{}", id.name)), id.name);
            }
            InlineExpression::FunctionReference { id, .. } => {
                self.refer(Reference::Function(id.name.to_owned()), id.name);
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        }
    }

    fn refer(&mut self, reference: Reference, name: &str) {
        let line = self.line(name);
        self.references.push((reference, line));
    }

    /// `part` is a slice of the source: how far into it says the line.
    fn line(&self, part: &str) -> usize {
        line_of(self.source, (part.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize))
    }
}
