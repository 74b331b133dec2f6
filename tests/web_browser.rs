//! Every page as readers see it: served over HTTP, in Chromium, every button pressed (rules H and W).

mod pages;
mod support {
    pub mod lint;
}

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use griot::store::{Edition, EditionState, FrozenParts, Subscription, SubscriptionState};
use griot::token::{Purpose, Token};
use pages::{Pages, noon};
use support::lint::lint;

#[tokio::test]
async fn h_and_w_chromium_and_axe_find_nothing_on_any_page() {
    let pages = Pages::open().await;
    fill(&pages);
    let page = |path: &str| format!("{}{path}", pages.base);
    let confirm = |newsletter| format!("/confirm/{}", pages.token_for(Purpose::Confirm, newsletter));
    let step = |name: &str, path: &str, press: &str, status: u16| serde_json::json!({ "name": name, "url": page(path), "press": press, "status": status });
    let steps = serde_json::Value::Array(vec![
        step("home", "/", "", 200),
        step("archive", "/archive", "", 200),
        step("confirm", &confirm(pages.evening), "", 200),
        step("unsubscribe", &pages.unsubscribe(), "", 200),
        step("left", &pages.unsubscribe(), "Unsubscribe", 200),
        step("preferences", &pages.preferences(), "", 200),
        step("preferences-joined", &pages.preferences(), "Join again", 200),
        step("preferences-named", &pages.preferences(), "Save", 200),
        step("confirmed", &format!("/confirm/{}", pages.token(Purpose::Confirm)), "", 200),
        step("no-page", "/nowhere", "", 404),
        step("bad-link", "/unsubscribe/altered", "", 404),
        step("expired", &format!("/confirm/{}", expired(&pages)), "", 410),
    ]);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("web");
    fs::create_dir_all(&pictures).unwrap();
    let steps = steps.to_string();
    tokio::task::spawn_blocking(move || lint("web.mjs", &[steps.as_ref(), pictures.as_os_str()])).await.unwrap();
}

/// More past editions, and a subscription that waits.
fn fill(pages: &Pages) {
    let subjects = [
        "The strike at the port reaches the market stalls",
        "A judge who would not adjourn, and five dishes that crossed the ocean and came back with other names",
        "ሳምንታዊ ዜና",
        "أهم أخبار الأسبوع",
    ];
    let fill = |db: &rusqlite::Transaction<'_>| {
        for (week, subject) in subjects.iter().enumerate() {
            let slot: DateTime<Utc> = noon() + TimeDelta::weeks(week as i64 + 1);
            let edition = Edition::begin(db, "weekly-brief", Some(slot), (slot, slot), slot)?.unwrap();
            let parts = FrozenParts { subject, html: "<p>", text: "text", online: "<p>" };
            edition.approve(db, &parts, slot)?;
            edition.change_state(db, &[EditionState::Approved], EditionState::Sent, "", slot)?;
        }
        Subscription::begin(db, pages.evening, pages.ada, SubscriptionState::Pending, "form", noon())
    };
    pages.press.store().write(fill).unwrap();
}

fn expired(pages: &Pages) -> String {
    pages.press.keys().sign(&Token {
        purpose: Purpose::Confirm,
        newsletter: pages.brief,
        subscriber: pages.ada.0,
        edition: None,
        expires_at: Some(noon() - TimeDelta::days(1)),
    })
}
