use tokio::sync::mpsc;

use super::{Outgoing, Transport, Verdict};
use crate::store::Claimed;

/// A claimed delivery with its message.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) delivery: Claimed,
    pub(super) message: Outgoing,
}

/// What a worker says of an order it is done with.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) worker: usize,
    pub(super) delivery: Claimed,
    pub(super) verdict: Verdict,
}

/// Owns one connection and sends what it is given over it, one message after the other, until the orders end.
pub(super) async fn work(
    worker: usize,
    transport: Transport,
    mut orders: mpsc::Receiver<Order>,
    done: mpsc::UnboundedSender<Done>,
) {
    let mut connection = None;
    while let Some(Order { delivery, message }) = orders.recv().await {
        let verdict = transport.send(&mut connection, &message).await;
        if done.send(Done { worker, delivery, verdict }).is_err() {
            break;
        }
    }
    if let Some(connection) = connection {
        connection.quit().await;
    }
}
