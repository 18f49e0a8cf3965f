//! Bytes from anybody: nothing panics, nothing overflows the stack.

use proptest::prelude::*;

use super::super::{
    AdaptError, Declared, FileSystem, Kind, Options, ScanLimits, adapt, scan, text_to_binary,
};
use super::{REVERSE, command, wasm};

/// Adapts in every way; whatever it answers, it answers.
fn feed(bytes: &[u8]) {
    for shape in [None, Some(Declared::Kernel)] {
        for file_system in [FileSystem::Open, FileSystem::Closed] {
            for bodies in [true, false] {
                let limits = ScanLimits { bodies, ..ScanLimits::default() };
                drop(adapt(bytes, &Options { shape, file_system, limits, ..Options::default() }));
            }
        }
    }
    drop(text_to_binary(bytes));
}

fn guests() -> Vec<Vec<u8>> {
    let write = "(import \"wasi_snapshot_preview1\" \"fd_write\" (func (param i32 i32 i32 i32) (result i32)))";
    let reverse = wasm(REVERSE);
    let lifted = adapt(&reverse, &Options::default()).unwrap().component.into_owned();
    vec![command(write, "i32.const 0"), super::command::typed_guest(), lifted, reverse]
}

#[test]
fn every_truncation_is_answered() {
    for guest in guests() {
        for end in 0..guest.len() {
            feed(&guest[..end]);
        }
    }
}

#[test]
fn types_within_types_are_bounded_before_any_parser_recurses() {
    // One million levels of `component type` in a declaration, in a type section.
    let mut section = vec![1];
    for _ in 0..1_000_000 {
        section.extend([0x41, 1, 1]);
    }
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::RawSection { id: 7, data: &section });
    let component = component.finish();
    let refused = scan(&component, &ScanLimits::default()).unwrap_err();
    assert!(
        matches!(refused, AdaptError::TooMany { what, .. } if what == "levels of types within types")
    );

    let mut module = wasm_encoder::Module::new();
    module.section(&wasm_encoder::CustomSection {
        name: "component-type".into(),
        data: component.into(),
    });
    let refused = adapt(&module.finish(), &Options::default()).unwrap_err();
    assert!(matches!(refused, AdaptError::TooMany { .. }), "{refused:?}");
}

#[test]
fn the_deepest_types_that_pass_the_bound_fit_a_small_stack() {
    let mut section = vec![1];
    for _ in 0..15 {
        section.extend([0x41, 1, 1]);
    }
    section.extend([0x41, 0]);
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::RawSection { id: 7, data: &section });
    let component = component.finish();
    assert_eq!(scan(&component, &ScanLimits::default()).unwrap().kind, Kind::Component);
    let mut module = wasm_encoder::Module::new();
    module.section(&wasm_encoder::CustomSection {
        name: "component-type".into(),
        data: component.clone().into(),
    });
    let module = module.finish();
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let small = small.spawn(move || (feed(&component), feed(&module))).unwrap();
    small.join().unwrap();
}

#[test]
fn deep_text_is_answered() {
    for opening in ["(", "(component ", "(module (func (block ", "(module (func (i32.add "] {
        drop(text_to_binary(opening.repeat(100_000).as_bytes()));
    }
}

#[test]
fn damaged_component_types_are_answered() {
    let guest = super::command::typed_guest();
    for at in 0..guest.len() {
        for bit in [0, 3, 6] {
            let mut damaged = guest.clone();
            damaged[at] ^= 1 << bit;
            feed(&damaged);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        feed(&bytes);
        let headed: Vec<u8> = b"\0asm\x01\0\0\0".iter().chain(&bytes).copied().collect();
        feed(&headed);
        let component: Vec<u8> = b"\0asm\x0d\0\x01\0".iter().chain(&bytes).copied().collect();
        feed(&component);
    }

    #[test]
    fn single_changes_of_valid_modules_are_answered(which in 0usize..4, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut guest = guests().swap_remove(which);
        let at = at.index(guest.len());
        guest[at] = byte;
        feed(&guest);
    }

    #[test]
    fn arbitrary_text_is_answered(text in "[(;) \"a-z0-9$.\n]{0,200}") {
        drop(text_to_binary(text.as_bytes()));
        drop(text_to_binary(format!("(module {text}").as_bytes()));
    }
}
