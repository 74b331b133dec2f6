use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::publishing::{Content, Incoming, Press, Taken};

/// Written down in one transaction.
const BATCH: usize = 200;
/// What waits at most: so many, and so many kilobytes of them.
const LENGTH: usize = 1_000;
const KILOBYTES: u32 = 64 * 1024;

/// Why something was not taken: the sender is to keep it and come again.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// More comes in than can be written down at the moment, or griot is ending.
    #[error("too much is waiting to be read; come again later")]
    Full,
    /// The store failed; the cause is in the log.
    #[error("it cannot be kept at the moment; come again later")]
    Failed,
}

struct Waiting {
    incoming: Incoming,
    done: oneshot::Sender<Result<Taken, NotTaken>>,
    /// Given back when it is written down.
    _room: tokio::sync::OwnedSemaphorePermit,
}

/// Where doors put what came in; clones share it. Many doors make one commit together.
#[derive(Clone, Debug)]
pub struct Queue {
    sender: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

impl Queue {
    /// The queue, and the work of writing down what is put into it, which ends when every clone of the queue is gone.
    pub fn new(press: Press) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(LENGTH);
        let room = Arc::new(Semaphore::new(KILOBYTES as usize));
        (Self { sender, room }, write_down(press, receiver))
    }

    /// Returns once it is durable, or refuses it at once where there is no room.
    pub async fn put(&self, incoming: Incoming) -> Result<Taken, NotTaken> {
        let kilobytes = 1 + u32::try_from(octets(&incoming) / 1024).unwrap_or(KILOBYTES);
        let room = self.room.clone().try_acquire_many_owned(kilobytes.min(KILOBYTES)).map_err(|_| NotTaken::Full)?;
        let (done, taken) = oneshot::channel();
        self.sender.try_send(Waiting { incoming, done, _room: room }).map_err(|_| NotTaken::Full)?;
        taken.await.unwrap_or(Err(NotTaken::Full))
    }

    /// [`Queue::put`] for several, which become durable together, a batch at a time. After an error some of them may be
    /// kept all the same; those are known when all of them come again.
    pub async fn put_all(&self, incoming: Vec<Incoming>) -> Result<Vec<Taken>, NotTaken> {
        let mut taken = Vec::with_capacity(incoming.len());
        let mut incoming = incoming.into_iter().peekable();
        while incoming.peek().is_some() {
            let batch = incoming.by_ref().take(BATCH).map(|one| self.put(one));
            taken.extend(try_join_all(batch).await?);
        }
        Ok(taken)
    }
}

fn octets(incoming: &Incoming) -> usize {
    match &incoming.content {
        Content::Mail(mail) => mail.len(),
        Content::Reported(feedback) => feedback.len() * 1024,
    }
}

async fn write_down(press: Press, mut receiver: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (incoming, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|one: Waiting| (one.incoming, (one.done, one._room))).unzip();
        match press.blocking(move |press| press.take_in(&incoming)).await {
            Ok(taken) => {
                for ((done, _room), taken) in waiting.into_iter().zip(taken) {
                    // A door that went away has not let go of it, and it is known when it comes again.
                    let _ = done.send(Ok(taken));
                }
            }
            Err(error) => {
                tracing::error!("what came back cannot be kept: {error:#}");
                for (done, _room) in waiting {
                    let _ = done.send(Err(NotTaken::Failed));
                }
            }
        }
    }
}
