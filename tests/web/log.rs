//! What the access log says.

use crate::support::pages::{ONE_CLICK, Pages};
use griot::token::Purpose;
use std::cell::RefCell;

thread_local! {
    /// What this thread logged: that of a test and of what it serves, because they run on one.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the thread that logs.
struct ByThread;

impl std::io::Write for ByThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn w_the_log_holds_neither_tokens_nor_addresses() {
    // For the whole process: of one that only this thread listens to, a line that another thread comes to first stays off.
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| ByThread).init();
    let pages = Pages::open().await;
    pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    pages.get(&pages.preferences()).await;
    pages.get(&format!("/unsubscribed/{}", pages.token(Purpose::Unsubscribe))).await;
    let bytes = LOGGED.take();
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
