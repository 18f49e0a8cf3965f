//! `parsers`: `workspace`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    workbooks_fuzz::read("workspace", bytes);
});
