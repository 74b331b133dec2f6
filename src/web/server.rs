use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::client::Peer;

/// Connections open at once; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 1024;
/// For the head of a request to arrive; also how long an idle connection is kept.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
const MAX_HEADERS: usize = 64;
/// For open requests to finish once the end is asked for.
const DRAIN_WITHIN: Duration = Duration::from_secs(20);
/// Before the next try where the process is out of file descriptors.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Answers on `listener` with any router until `stop` is ready; then takes no new connections and gives open ones 20
/// seconds to finish.
pub async fn serve(router: Router, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let open = GracefulShutdown::new();
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_headers(MAX_HEADERS);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let (place, stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // Its other end has gone already.
            Err(error) if is_of_connection(&error) => continue,
            Err(error) => {
                tracing::warn!("a connection could not be accepted, trying again: {error}");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            service.call(request)
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    let drained = timeout(DRAIN_WITHIN, open.shutdown()).await;
    drained.with_context(|| format!("some pages were still being sent {} s after the end", DRAIN_WITHIN.as_secs()))
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(OwnedSemaphorePermit, TcpStream, Peer)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Answers are one write each; there is nothing to wait for.
    stream.set_nodelay(true)?;
    Ok((place, stream, Peer(peer)))
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::*;
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput)
}
