use tokio::sync::watch;

/// Asks a run to end: it claims nothing more and lets what is under way finish.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop and what sets it off. A sender that is dropped unsent stops nothing.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once a stop is asked for.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
