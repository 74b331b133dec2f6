use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Transport;
use super::worker::{Done, Order, work};

/// The workers, and which of them could take an order now.
#[derive(Debug)]
pub(super) struct Crew {
    orders: Vec<mpsc::Sender<Order>>,
    rest_until: Vec<Option<Instant>>,
    idle: Vec<usize>,
    done: mpsc::UnboundedReceiver<Done>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Crew {
    pub(super) fn hire(connections: usize, transport: &Transport) -> Self {
        let (done_sender, done) = mpsc::unbounded_channel();
        let mut orders = Vec::with_capacity(connections);
        let mut tasks = Vec::with_capacity(connections);
        for worker in 0..connections {
            let (sender, receiver) = mpsc::channel(1);
            orders.push(sender);
            tasks.push(tokio::spawn(work(worker, transport.clone(), receiver, done_sender.clone())));
        }
        Self { rest_until: vec![None; connections], idle: (0..connections).rev().collect(), orders, done, tasks }
    }

    pub(super) fn size(&self) -> usize {
        self.orders.len()
    }

    pub(super) fn busy(&self) -> usize {
        self.orders.len() - self.idle.len()
    }

    /// How many orders may be given now. Rested workers are moved to the end of `idle`, where `give` takes from.
    pub(super) fn ready(&mut self, now: Instant) -> usize {
        let rest_until = &self.rest_until;
        let is_rested = |worker: &usize| rest_until[*worker].is_none_or(|until| until <= now);
        self.idle.sort_by_key(is_rested);
        self.idle.iter().filter(|worker| is_rested(worker)).count()
    }

    pub(super) fn give(&mut self, order: Order) {
        // As many were claimed as are idle, and a worker's channel is empty while it is idle.
        if let Some(worker) = self.idle.pop() {
            let given = self.orders[worker].try_send(order);
            debug_assert!(given.is_ok(), "an idle worker took no order");
        }
    }

    pub(super) async fn next(&mut self) -> Done {
        match self.done.recv().await {
            Some(done) => self.took_back(done),
            // The workers end only when the crew is dismissed.
            None => std::future::pending().await,
        }
    }

    pub(super) fn next_now(&mut self) -> Option<Done> {
        let done = self.done.try_recv().ok()?;
        Some(self.took_back(done))
    }

    fn took_back(&mut self, done: Done) -> Done {
        self.idle.push(done.worker);
        done
    }

    pub(super) fn rest(&mut self, worker: usize, how_long: Duration) {
        self.rest_until[worker] = Some(Instant::now() + how_long);
    }

    pub(super) async fn dismiss(self) {
        drop(self.orders);
        for task in self.tasks {
            // A worker that panicked has nothing to hand over; its delivery stays `sending` and becomes unknown.
            let _ = task.await;
        }
    }
}
