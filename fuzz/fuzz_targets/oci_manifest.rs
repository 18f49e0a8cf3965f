//! `parsers`: `oci_manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    workbooks_fuzz::read("oci_manifest", bytes);
});
