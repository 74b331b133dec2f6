use std::future::Future;
use std::thread;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::delivery::Stop;
use crate::mailroom::Queue;
use crate::publishing::Press;
use crate::{api, desk, web};

/// Serves the pages on a thread and a runtime of their own until `closing` is asked: sending keeps all others busy, and a
/// thread that mostly sleeps is woken at once.
///
/// What streams to a browser ends with `stop` already, so that nobody waits for it.
///
/// One thread answers tens of thousands of requests a second; what waits for the store does so beside it.
pub(super) fn serve(
    press: Press,
    queue: Queue,
    listener: TcpListener,
    stop: Stop,
    mut closing: Stop,
) -> Result<impl Future<Output = Result<()>>> {
    let listener = listener.into_std().context("the listener for the pages can't be handed on")?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("griot-pages")
        .build()
        .context("there is no runtime for the pages")?;
    let (ended, end) = oneshot::channel();
    let work = move || {
        let served = runtime.block_on(async {
            // Here, because a listener belongs to the runtime it is made in.
            let others = desk::router(press.clone(), stop).merge(api::router(press.clone()));
            web::run(press, queue, others, TcpListener::from_std(listener)?, closing.asked()).await
        });
        // Nobody waits any more where the pages took too long to end.
        let _ = ended.send(served);
    };
    thread::Builder::new().name("griot-pages".into()).spawn(work).context("there is no thread for the pages")?;
    Ok(async { end.await.context("the thread of the pages is gone; this is a bug")? })
}
