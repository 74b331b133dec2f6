//! `griot demo`, as somebody who tries griot sees it.

#[path = "../support/mod.rs"]
mod support;

mod lint;
mod parts;
mod run;
