//! The desk and the API: who may do what, how it looks, and the whole way of an edition through it.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod api;
mod code;
mod edition;
mod links;
mod look;
mod passkey;
mod readers;
mod results;
mod staff;
mod stories;
mod today;
mod uploads;
mod way;
mod xss;
