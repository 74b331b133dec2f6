//! What the access log says. Alone in its file: what one test listens to, another in the same process can turn off.

use crate::support::pages::{ONE_CLICK, Pages};
use griot::token::Purpose;
use std::sync::{Arc, Mutex};

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn w_the_log_holds_neither_tokens_nor_addresses() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let pages = Pages::open().await;
    pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    pages.get(&pages.preferences()).await;
    pages.get(&format!("/unsubscribed/{}", pages.token(Purpose::Unsubscribe))).await;
    let bytes = log.0.lock().unwrap().clone();
    // What griot says; the client of this test logs its own side.
    let said: Vec<String> =
        String::from_utf8(bytes).unwrap().lines().filter(|l| l.contains(" griot::")).map(str::to_owned).collect();
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said[0].contains(r#"method=POST route="/unsubscribe/{token}" status=200"#), "{said:#?}");
    assert!(said[2].contains(r#"route="none" status=404"#), "{said:#?}");
    for secret in [Purpose::Unsubscribe, Purpose::Preferences].map(|purpose| pages.token(purpose)) {
        assert!(!said.concat().contains(&secret) && !said.concat().contains("ada@"), "{said:#?}");
    }
}
