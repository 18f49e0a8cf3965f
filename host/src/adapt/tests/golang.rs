//! Programs of Go's own compiler: a stand-in that takes memory as Go's runtime does.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::{AdaptError, adapt, golang};
use super::command::run;
use super::{adapted, options, wasm};
use crate::adapt::FileSystem;

/// What Go's linker signs a program with.
const SIGNED: &str = r#"(@custom "go:buildid" "\ff Go build ID: \"x\"")"#;
/// The end of its data, and the pages that follow from it.
const END: u64 = 0x2_0008;

/// A program whose runtime takes all memory above its data as its own, fills it, and then asks the
/// system for something; `pages` is its memory, `end` what its module data say.
fn program(signature: &str, pages: u64, end: u64) -> Vec<u8> {
    let mut words = String::new();
    for at in 0_u64..40 {
        let word = match at {
            0 => 4096,
            24..=33 => 12_288 + at,
            34 => end,
            _ => 0,
        };
        for byte in word.to_le_bytes() {
            write!(words, "\\{byte:02x}").unwrap();
        }
    }
    wasm(&format!(
        r#"(module
            (import "wasi_snapshot_preview1" "environ_sizes_get"
                (func $environ (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") {pages})
            (global (mut i32) (i32.const 0))
            (func $fill (local $bloc i32) (local $to i32)
                (local.set $bloc (i32.and
                    (i32.add (i32.load (i32.const {at})) (i32.const 65535)) (i32.const -65536)))
                (drop (memory.grow (i32.const 40)))
                (local.set $to (i32.add (local.get $bloc) (i32.const {taken})))
                (loop $next
                    (i64.store (local.get $bloc) (i64.const -1))
                    (local.set $bloc (i32.add (local.get $bloc) (i32.const 8)))
                    (br_if $next (i32.lt_u (local.get $bloc) (local.get $to)))))
            (func (export "_start")
                (drop (call $environ (i32.const 16) (i32.const 24)))
                (call $fill)
                (call $exit (call $environ (i32.const 16) (i32.const 24))))
            (data (i32.const 4096) "\f1\ff\ff\ff\00\00\01\08")
            (data (i32.const 8192) "{words}")
            {signature})"#,
        at = 8192 + 34 * 8,
        taken = 40 << 16,
    ))
}

#[test]
fn a_go_program_whose_data_end_nowhere_is_refused() {
    for (pages, end) in [(17, END), (18, 0), (18, u64::MAX), (18, 1 << 40)] {
        assert_eq!(adapted(&program(SIGNED, pages, end)).unwrap_err(), AdaptError::Go, "{end}");
    }
}

#[test]
fn a_go_program_and_the_adapter_have_their_own_memory() {
    let signed = program(SIGNED, 18, END);
    assert_eq!(run(&adapted(&signed).unwrap().component), (0, String::new()));
}

#[test]
fn a_program_of_older_go_has_more_above_its_data() {
    let signed = program(SIGNED, 258, END);
    assert_eq!(run(&adapted(&signed).unwrap().component).0, 0);
}

#[test]
#[should_panic = "unreachable"]
fn without_room_the_adapter_loses_its_memory() {
    let unsigned = program("", 18, END);
    run(&adapted(&unsigned).unwrap().component);
}

#[test]
fn what_go_did_not_make_stays_as_it_is() {
    let unsigned = program("", 18, END);
    assert!(matches!(golang::with_room(&unsigned), Ok(std::borrow::Cow::Borrowed(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_data_makes_it_panic(
        pages in prop_oneof![Just(0_u64), Just(18), Just(65_536), 0_u64..65_537],
        segments in prop::collection::vec(
            (
                prop_oneof![Just(0_u32), Just(8192), 0_u32..0x4_0000, any::<u32>()],
                prop::collection::vec(
                    prop_oneof![
                        Just(u64::from_le_bytes(*b"\xf1\xff\xff\xff\0\0\x01\x08")),
                        Just(0), Just(8192), Just(END), Just(u64::MAX), Just(0xffff_ffff), any::<u64>(),
                    ],
                    0..48,
                ),
                0_usize..9,
            ),
            0..5,
        ),
    ) {
        let mut data = String::new();
        for (address, words, cut) in segments {
            write!(data, "(data (i32.const {address}) \"").unwrap();
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for byte in &bytes[..bytes.len().saturating_sub(cut)] {
                write!(data, "\\{byte:02x}").unwrap();
            }
            data += "\")";
        }
        let signed = wasm(&format!(
            "(module (memory (export \"memory\") {pages}) (global i32 (i32.const 0))
                (func (export \"_start\")) {data} {SIGNED})"
        ));
        if let Ok(changed) = golang::with_room(&signed) {
            prop_assert!(wasmparser::validate(&changed).is_ok());
        }
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0_usize..700, byte: u8) {
        let mut signed = program(SIGNED, 18, END);
        let at = at % signed.len();
        signed[at] = byte;
        drop(adapt(&signed, &options(FileSystem::Closed)));
        drop(golang::with_room(&signed));
    }
}
