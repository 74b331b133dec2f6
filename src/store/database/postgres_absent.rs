//! What stands in for PostgreSQL where this griot was built without it: types that have no value.

use super::{Params, Result};

#[derive(Debug)]
pub enum Connection {}

#[derive(Debug)]
pub enum Row {}

#[derive(Debug)]
pub enum Rows {}

#[derive(Debug)]
pub struct Statement<'c>(Connection, std::marker::PhantomData<&'c ()>);

#[derive(Debug, thiserror::Error)]
pub enum Error {}
