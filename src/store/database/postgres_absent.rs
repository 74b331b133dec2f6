//! What stands in for PostgreSQL where this griot was built without it: types that have no value.

use std::marker::PhantomData;

use super::{Params, Result};

#[derive(Debug)]
pub enum Connection {}

#[derive(Debug)]
pub enum Row {}

#[derive(Debug)]
pub struct Rows<'c>(Connection, PhantomData<&'c ()>);

#[derive(Debug)]
pub struct Statement<'c>(Connection, PhantomData<&'c ()>);

#[derive(Debug)]
pub struct CopyIn<'c>(Connection, PhantomData<&'c ()>);

#[derive(Debug, thiserror::Error)]
pub enum Error {}
