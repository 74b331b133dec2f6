//! What every target holds its parser to, whatever the input: bounded memory, and text that can stand on one line; and the
//! targets themselves, each with what it asserts of its parser beside.

pub mod addresses;
pub mod calendar;
pub mod exports;
pub mod feedback;
pub mod feeds;
pub mod retry_after;
pub mod sheets;
pub mod smtp_replies;
pub mod tokens;
pub mod webhooks;

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use griot::store::Feedback;
use griot::token::{Keys, Secret};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Of the heap, beyond what was taken before.
const MAX_OCTETS: usize = 64 << 20;

/// What seals in these targets. The inputs know nothing of it.
pub static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (newest, older) = (Secret { id: 2, bytes: &[5; 32] }, Secret { id: 1, bytes: &[9; 32] });
    Keys::new(newest, [older]).expect("32 octets are enough")
});

/// When all of this happens: noon of New Year 2027.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_798_804_800, 0).expect("a time within chrono's years")
}

/// What `read` gives, unless it takes more than 64 MB on its way.
pub fn within_bounds<T>(read: impl FnOnce() -> T) -> T {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let answer = read();
    let taken = HEAP.peak_usage().saturating_sub(before);
    assert!(taken <= MAX_OCTETS, "{taken} octets of memory");
    answer
}

/// Text for a header, a log or a line of a page: without control characters, and bounded.
pub fn assert_line(text: &str, max_characters: usize) {
    assert!(!text.chars().any(char::is_control), "a control character in {text:?}");
    let length = text.chars().count();
    assert!(length <= max_characters, "{length} characters: {text:?}");
}

/// What every reader of reports keeps to.
pub fn assert_feedback(feedback: &Feedback) {
    assert_line(&feedback.recipient, Feedback::MAX_DIAGNOSTIC);
    // As long as a line of a header may be (RFC 5322, 2.1.1).
    assert_line(&feedback.message_id, 998);
    assert_line(&feedback.diagnostic, Feedback::MAX_DIAGNOSTIC);
    // Nobody knows the secret, so nobody can name a delivery.
    assert_eq!(feedback.delivery, None, "a MAC was made up");
}
