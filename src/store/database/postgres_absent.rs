//! What stands in for PostgreSQL where griot was built without it: all of its names, and no way to a connection.

use rusqlite::types::ValueRef;

use super::{Begin, Column, Params, Result};
use crate::store::NodeId;
use crate::store::database;

#[derive(Debug)]
pub enum Connection {}

impl Connection {
    pub(super) fn statement(&self, _: &str) -> Statement<'_> {
        match *self {}
    }

    pub fn query_columns(&self, _: &str, _: &[Column<'_>]) -> Result<database::Rows<'_>> {
        match *self {}
    }

    pub(super) fn execute_batch(&self, _: &str) -> Result<()> {
        match *self {}
    }

    pub(super) fn begin(&self, _: Begin) -> Result<()> {
        match *self {}
    }

    pub(super) fn keep_senders_out(&self) -> Result<()> {
        match *self {}
    }

    pub(super) fn node(&self) -> Option<NodeId> {
        match *self {}
    }

    pub(super) fn total_changes(&self) -> u64 {
        match *self {}
    }

    pub fn copy_in(&self, _: &str) -> Result<CopyIn<'_>> {
        match *self {}
    }

    pub fn copy_out(&self, _: &str, _: impl FnMut(&mut [u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        match *self {}
    }
}

#[derive(Debug)]
pub struct Statement<'c>(&'c Connection);

impl<'c> Statement<'c> {
    pub(super) fn execute(&self, _: &impl Params) -> Result<usize> {
        match *self.0 {}
    }

    pub(super) fn execute_each<P: Params>(&self, _: impl IntoIterator<Item = P>) -> Result<Vec<usize>> {
        match *self.0 {}
    }

    pub(super) fn query(&self, _: &impl Params) -> Result<Rows<'c>> {
        match *self.0 {}
    }

    pub(super) fn walk(&self, _: &impl Params) -> Result<Rows<'c>> {
        match *self.0 {}
    }
}

#[derive(Debug)]
pub struct Rows<'c>(&'c Connection);

impl Rows<'_> {
    pub(super) fn next(&mut self) -> Result<Option<&Row>> {
        match *self.0 {}
    }
}

#[derive(Debug)]
pub enum Row {}

impl Row {
    pub(super) fn value(&self, _: usize) -> Result<Held<'_>> {
        match *self {}
    }

    pub(super) fn text(&self, _: usize) -> Result<&str> {
        match *self {}
    }

    pub(super) fn columns(&self) -> usize {
        match *self {}
    }
}

pub struct Held<'r>(&'r Row);

impl Held<'_> {
    pub(super) fn as_ref(&self) -> ValueRef<'_> {
        match *self.0 {}
    }
}

#[derive(Debug)]
pub struct CopyIn<'c>(&'c Connection);

impl CopyIn<'_> {
    pub fn write(&mut self, _: &[u8]) -> Result<()> {
        match *self.0 {}
    }

    pub fn finish(self) -> Result<u64> {
        match *self.0 {}
    }
}

#[derive(Debug)]
pub enum Server {}

impl Server {
    pub fn new(_: &str) -> Result<Self> {
        Err(Error.into())
    }

    pub fn round_trips(&self) -> u64 {
        match *self {}
    }

    pub fn belongs_to(&self, _: NodeId) {
        match *self {}
    }

    pub fn connect(&self) -> Result<Connection> {
        match *self {}
    }
}

pub fn connect(_: &secrecy::SecretString) -> Result<Connection> {
    Err(Error.into())
}

#[derive(Debug, thiserror::Error)]
#[error("this griot was built without PostgreSQL; build it with the feature `postgres`, or name a file in store.path")]
pub struct Error;

impl Error {
    pub fn is_unavailable(&self) -> bool {
        false
    }

    pub fn next_step(&self) -> Option<&'static str> {
        None
    }
}
