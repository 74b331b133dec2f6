use std::io::{self, IoSlice};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::WireError;

/// Asked for with every read: more than any answer has, so that one read takes all there is and leaves no second,
/// empty-handed one to be made.
const READ: usize = 4096;

/// The bytes to and from the relay, every read and write with a deadline (S4).
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A write that failed.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) error: WireError,
    /// Octets that had left before. What lies beyond them never reached the relay.
    pub(super) handed_over: usize,
}

impl Stream {
    /// Appends what is there to `buffer`, at least one byte.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>, deadline: Duration) -> Result<(), WireError> {
        buffer.reserve(READ);
        let read = async {
            match self {
                Self::Plain(stream) => stream.read_buf(buffer).await,
                Self::Tls(stream) => stream.read_buf(buffer).await,
            }
        };
        match timeout(deadline, read).await {
            Err(_) => Err(WireError::Silent(deadline)),
            Ok(Ok(0)) => Err(WireError::Closed),
            Ok(read) => Ok(read.map(drop)?),
        }
    }

    /// Appends what is there already, without waiting.
    pub(super) fn read_now(&mut self, buffer: &mut Vec<u8>) -> Result<(), WireError> {
        buffer.reserve(READ);
        let read = match self {
            Self::Plain(stream) => stream.read_buf(buffer).now_or_never(),
            Self::Tls(stream) => stream.read_buf(buffer).now_or_never(),
        };
        match read {
            None => Ok(()),
            Some(Ok(0)) => Err(WireError::Closed),
            Some(read) => Ok(read.map(drop)?),
        }
    }

    /// Writes the pieces one behind the other, with as few system calls as the kernel allows. `deadline` is for each
    /// part that it takes.
    pub(super) async fn write(&mut self, pieces: &[&[u8]], deadline: Duration) -> Result<(), Unwritten> {
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut slices = slices.as_mut_slice();
        let mut handed_over = 0;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            let write = async {
                match self {
                    Self::Plain(stream) => stream.write_vectored(slices).await,
                    Self::Tls(stream) => stream.write_vectored(slices).await,
                }
            };
            let written = match timeout(deadline, write).await {
                Err(_) => Err(WireError::Silent(deadline)),
                Ok(Ok(0)) => Err(WireError::Io(io::ErrorKind::WriteZero.into())),
                Ok(written) => written.map_err(WireError::Io),
            };
            let written = written.map_err(|error| Unwritten { error, handed_over })?;
            handed_over += written;
            IoSlice::advance_slices(&mut slices, written);
        }
        let Self::Tls(stream) = self else { return Ok(()) };
        match timeout(deadline, stream.flush()).await {
            Err(_) => Err(Unwritten { error: WireError::Silent(deadline), handed_over }),
            Ok(flushed) => flushed.map_err(|error| Unwritten { error: WireError::Io(error), handed_over }),
        }
    }
}
