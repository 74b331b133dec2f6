use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::WireError;

/// The bytes to and from the relay, every read and write with a deadline (S4).
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Appends what is there to `buffer`, at least one byte.
    pub(super) async fn read(&mut self, buffer: &mut Vec<u8>, deadline: Duration) -> Result<(), WireError> {
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

    pub(super) async fn write(&mut self, bytes: &[u8], deadline: Duration) -> Result<(), WireError> {
        let write = async {
            match self {
                Self::Plain(stream) => stream.write_all(bytes).await,
                Self::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
            }
        };
        timeout(deadline, write).await.map_err(|_| WireError::Silent(deadline))?.map_err(WireError::Io)
    }
}
