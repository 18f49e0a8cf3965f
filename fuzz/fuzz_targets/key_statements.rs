//! `parsers`: `key_statements`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    workbooks_fuzz::read("key_statements", bytes);
});
