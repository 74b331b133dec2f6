//! `griot doctor` before a real name server, a real daemon behind TLS and a relay that does as told; and the keys that
//! `griot dkim generate` makes.

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod clinic;
mod generate;
mod manners;
mod zones;
