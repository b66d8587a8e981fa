#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oneroof_fuzz::wire(bytes));
