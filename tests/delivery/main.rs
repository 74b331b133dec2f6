//! Messages on their way: relays of every temper, and what the store says of each reader afterwards.

#[path = "../support/mod.rs"]
mod support;

mod account;
mod hours;
mod letters;
mod lmtp;
mod matching;
mod refused;
mod relay;
mod relay_postfix;
mod relays;
mod relays_real;
mod replies;
mod side_by_side;
mod tls;
mod together;
mod variants;
mod verp;
mod warm_up;
