#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| griot_fuzz::webhooks::run(input));
