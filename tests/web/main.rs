//! The pages of the readers.

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod attacks;
mod attacks_stored;
mod browser;
mod clicks;
mod log;
mod one_click;
mod pages_served;
mod pop_up;
mod reader_choices;
mod readers_way;
mod sign_up;
