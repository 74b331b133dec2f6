//! Any octets as a mail: reading them neither panics, nor says more than is allowed, nor takes more than 64 MB.

#![no_main]

use std::sync::LazyLock;

use griot::feedback::{Own, read};
use griot::store::Feedback;
use griot::token::{Keys, Secret};
use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Of the heap, beyond what was taken before.
const MAX_OCTETS: usize = 64 << 20;

static KEYS: LazyLock<Keys> =
    LazyLock::new(|| Keys::new(Secret { id: 1, bytes: &[5; 32] }, []).expect("32 octets are enough"));

fuzz_target!(|mail: &[u8]| {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let said = read(mail, &Own { keys: Some(&KEYS) });
    let taken = HEAP.peak_usage().saturating_sub(before);
    assert!(taken <= MAX_OCTETS, "{taken} octets for a mail of {}", mail.len());
    assert!(said.len() <= 200);
    for one in said {
        assert!(one.recipient.len() <= 254);
        assert!(one.diagnostic.chars().count() <= Feedback::MAX_DIAGNOSTIC);
    }
});
