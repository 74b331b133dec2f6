//! The brief: what it looks like, what linters, mail clients and filters say of it.

#[path = "../support/mod.rs"]
mod support;

mod dkim;
mod lint;
mod look;
mod message_rules;
mod parts;
mod spam;
mod subject;
mod templates;
