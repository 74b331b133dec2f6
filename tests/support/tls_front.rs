//! What stands in front of griot on a publisher's machine: it ends TLS, and hands what is inside on as it is.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio_rustls::TlsAcceptor;

/// Where what came in goes.
#[derive(Clone, Copy)]
pub enum Behind {
    /// A server on this port of 127.0.0.1.
    Port(u16),
    /// Nobody: every request gets this answer.
    Says(&'static str),
}

/// Starts it on a free port of 127.0.0.1, until the test's process ends.
pub fn start(tls: Arc<ServerConfig>, behind: Behind) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let acceptor = TlsAcceptor::from(tls);
            loop {
                let (outside, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not trust the certificate goes away, which is what some tests want.
                    let Ok(mut outside) = acceptor.accept(outside).await else { return };
                    let _ = match behind {
                        Behind::Port(port) => {
                            let mut inside = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                            copy_bidirectional(&mut outside, &mut inside).await.map(drop)
                        }
                        Behind::Says(answer) => {
                            let mut request = [0; 8192];
                            let _ = outside.read(&mut request).await;
                            let _ = outside.write_all(answer.as_bytes()).await;
                            outside.shutdown().await
                        }
                    };
                });
            }
        });
    });
    port
}
