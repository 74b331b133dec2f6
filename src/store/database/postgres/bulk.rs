//! Whole tables on their way to the server and from it: COPY, in its binary format.
//!
//! A row is a tuple: the number of its fields in 16 bits, then of each its length in 32 bits and its octets, or -1 for NULL, all
//! big endian. Before the first there is a head, after the last a tuple of -1 fields.

use std::pin::{Pin, pin};

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::CopyInSink;

use super::{Connection, Error};
use crate::store::database::Result;

/// What the format begins with, its flags and the length of its extension, which are 0.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: [u8; 2] = (-1_i16).to_be_bytes();
/// So much goes out at a time.
const PIECE: usize = 64 << 10;

/// A table that is being filled. Where it is not finished nothing of it is kept.
pub struct CopyIn<'c> {
    connection: &'c Connection,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    waiting: BytesMut,
}

impl std::fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyIn").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl CopyIn<'_> {
    /// Takes another row. That the server did not want one may be said by a later call, and is by [`CopyIn::finish`].
    pub fn write(&mut self, tuple: &[u8]) -> Result<()> {
        self.waiting.extend_from_slice(tuple);
        if self.waiting.len() >= PIECE { self.send() } else { Ok(()) }
    }

    /// Answers how many rows the server has taken.
    pub fn finish(mut self) -> Result<u64> {
        self.waiting.extend_from_slice(&END);
        self.send()?;
        let rows = self.connection.wait(self.sink.as_mut().finish())?;
        self.connection.changes.set(self.connection.changes.get() + rows);
        Ok(rows)
    }

    fn send(&mut self) -> Result<()> {
        let piece = self.waiting.split().freeze();
        self.connection.await_answer(self.sink.as_mut().send(piece))
    }
}

impl Connection {
    /// Begins `COPY … FROM STDIN (FORMAT binary)`.
    pub fn copy_in(&self, sql: &str) -> Result<CopyIn<'_>> {
        let sink = self.wait(self.client.copy_in::<_, Bytes>(sql))?;
        Ok(CopyIn { connection: self, sink: Box::pin(sink), waiting: BytesMut::from(HEAD) })
    }

    /// Gives each row of `COPY … TO STDOUT (FORMAT binary)` to `each`, until that fails. What is held does not grow with the
    /// rows: the server waits for who takes them.
    pub fn copy_out(&self, sql: &str, mut each: impl FnMut(&mut [u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut stream = pin!(self.wait(self.client.copy_out(sql))?);
        let mut is_first = true;
        // One message a row; the head stands before the first.
        while let Some(piece) = self.await_answer(stream.try_next())? {
            let mut piece = BytesMut::from(piece);
            if std::mem::take(&mut is_first) {
                if !piece.starts_with(HEAD) {
                    return Err(Error::Unreadable("rows begin with another head than was asked for").into());
                }
                let _ = piece.split_to(HEAD.len());
            }
            if !piece.is_empty() && *piece != END {
                each(&mut piece)?;
            }
        }
        Ok(())
    }
}
