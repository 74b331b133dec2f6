//! A passkey from the day it is added to the day it is removed, in Chromium (rule W).

use crate::support::desk::{Desk, PASSWORD};
use crate::support::lint::lint;
use griot::store::{AuditEntry, Role};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn w_a_passkey_signs_in_and_nothing_else_of_it_does() {
    let desk = Desk::open_here().await;
    let way = json!({
        "desk": desk.press.config().web.link(""),
        "invitation": desk.invite("Ama", Role::Viewer),
        "password": PASSWORD,
        // To look at: GRIOT_PICTURES is a folder for them.
        "pictures": std::env::var("GRIOT_PICTURES").ok(),
    });
    let way = way.to_string();
    tokio::task::spawn_blocking(move || lint("passkey.mjs", &[way.as_ref()])).await.unwrap();
    let entries = desk.press.store().read(|db| AuditEntry::latest(db, Some("Ama"), 100)).unwrap();
    let acts: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert!(acts.contains(&"added a passkey") && acts.contains(&"removed a passkey"), "{acts:?}");
    let by_passkey =
        entries.iter().filter(|entry| entry.detail.starts_with("by the passkey “My laptop”, from ")).count();
    assert_eq!(by_passkey, 2, "{entries:?}");
}
