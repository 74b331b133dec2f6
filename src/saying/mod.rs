//! How numbers and times are said to those who run griot: in the terminal, at the desk. What readers are told is
//! `catalogue`'s. Pure.

pub mod number;
pub mod text;
pub mod time;
