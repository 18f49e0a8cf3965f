//! Lifted kernels: what they answer, and what ends them.

use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Engine, Store, WasmBacktrace};

use super::super::{
    AdaptError, Adapted, Declared, INPUT_TRAP, KERNEL_INTERFACE, KernelAbi, Kind, OUTPUT_TRAP,
    Options, adapt,
};
use super::{REVERSE, adapted, imports, wasm};

type Process = TypedFunc<(Vec<u8>,), (Result<Vec<u8>, i32>,)>;

struct Running(Store<()>, Process);

impl Running {
    fn new(adapted: &Adapted<'_>) -> Self {
        assert_eq!(imports(&adapted.component), [""; 0]);
        let engine = Engine::default();
        let component = Component::new(&engine, &adapted.component).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        let interface = instance.get_export_index(&mut store, None, KERNEL_INTERFACE).unwrap();
        let process = instance.get_export_index(&mut store, Some(&interface), "process").unwrap();
        let process = instance.get_typed_func(&mut store, process).unwrap();
        Self(store, process)
    }

    fn call(&mut self, input: &[u8]) -> Result<Vec<u8>, i32> {
        self.1.call(&mut self.0, (input.to_vec(),)).unwrap().0
    }

    /// Whether a call traps in the function of that name.
    fn traps(&mut self, input: &[u8], function: &str) {
        let error = self.1.call(&mut self.0, (input.to_vec(),)).unwrap_err();
        let trace = error.downcast_ref::<WasmBacktrace>().unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!(trace.frames()[0].func_name(), Some(function), "{error:?}");
    }
}

/// A kernel of two pages whose `process` is `body`, with the input's length in `$n`.
fn kernel(body: &str) -> Vec<u8> {
    wasm(&format!(
        "(module (memory (export \"memory\") 2) (func (export \"process\") (param $n i32) (result i32) {body}))"
    ))
}

fn with_abi(input: u32, output: u32) -> Options {
    let kernel = KernelAbi { in_off: Some(input), out_off: Some(output), ..KernelAbi::default() };
    Options { kernel, ..Options::default() }
}

#[test]
fn a_kernel_that_imports_is_refused_with_the_imports() {
    let guest = wasm(
        r#"(module (import "env" "now" (func)) (memory (export "memory") 1)
            (func (export "process") (param i32) (result i32) (local.get 0)))"#,
    );
    let options = Options { shape: Some(Declared::Kernel), ..Options::default() };
    let refused = adapt(&guest, &options).unwrap_err();
    assert_eq!(refused, AdaptError::KernelImports { imports: "`env.now`".to_owned() });
}

#[test]
fn a_kernel_without_its_entry_or_memory_is_refused() {
    let options = Options { shape: Some(Declared::Kernel), ..Options::default() };
    for (text, needed) in [
        (
            "(module (func (export \"process\") (param i32) (result i32) (local.get 0)))",
            "its memory as `memory`",
        ),
        ("(module (memory (export \"memory\") 1))", "`process: (i32) -> i32`"),
        (
            "(module (memory (export \"memory\") 1) (func (export \"process\") (param i64)))",
            "`process: (i32) -> i32`",
        ),
        (
            "(module (memory (export \"process\") 1) (func (export \"memory\")))",
            "its memory as `memory`",
        ),
    ] {
        let AdaptError::KernelExport { needed: said, .. } =
            adapt(&wasm(text), &options).unwrap_err()
        else {
            panic!()
        };
        assert_eq!(said, needed);
    }
}

#[test]
fn the_interface_is_the_one_of_the_contract() {
    let wit = include_str!("../../../../wit/shapes.wit");
    let package =
        wit.lines().next().unwrap().strip_prefix("package ").unwrap().trim_end_matches(';');
    let (name, version) = package.split_once('@').unwrap();
    assert_eq!(KERNEL_INTERFACE, format!("{name}/kernel@{version}"));
    assert!(wit.contains("process: func(input: list<u8>) -> result<list<u8>, s32>;"));
}

#[test]
fn a_kernel_answers_many_calls_and_its_bytes_are_untouched() {
    let bytes = wasm(REVERSE);
    let adapted = adapted(&bytes).unwrap();
    assert_eq!((adapted.kind, adapted.input_capacity), (Kind::Kernel, Some(64_512)));
    assert!(adapted.component.windows(bytes.len()).any(|part| part == bytes));
    let mut running = Running::new(&adapted);
    assert_eq!(running.call(b"abc"), Ok(b"cba".to_vec()));
    assert_eq!(running.call(b""), Ok(Vec::new()));
    let long: Vec<u8> = (0..64_512u32).map(|n| n.to_le_bytes()[0]).collect();
    let reversed: Vec<u8> = long.iter().rev().copied().collect();
    assert_eq!(running.call(&long), Ok(reversed));
}

#[test]
fn an_input_longer_than_the_arena_ends_in_a_named_trap() {
    let bytes = wasm(REVERSE);
    Running::new(&adapted(&bytes).unwrap()).traps(&vec![0; 64_513], INPUT_TRAP);
}

#[test]
fn a_negative_length_is_the_kernels_own_error() {
    let bytes = kernel("(i32.sub (i32.const -7) (local.get $n))");
    let mut running = Running::new(&adapted(&bytes).unwrap());
    assert_eq!(running.call(b"ab"), Err(-9));
    assert_eq!(running.call(b""), Err(-7));
    let bytes = kernel("(i32.const 0x80000000)");
    assert_eq!(Running::new(&adapted(&bytes).unwrap()).call(b""), Err(i32::MIN));
}

#[test]
fn a_length_past_the_memory_ends_in_a_named_trap() {
    for length in [65_537, 0x7fff_ffff] {
        let bytes = kernel(&format!("(i32.const {length})"));
        Running::new(&adapted(&bytes).unwrap()).traps(b"x", OUTPUT_TRAP);
    }
    let bytes = kernel("(i32.const 65536)");
    assert_eq!(Running::new(&adapted(&bytes).unwrap()).call(b"x"), Ok(vec![0; 65_536]));
}

#[test]
fn a_length_that_wraps_around_ends_in_a_named_trap() {
    let bytes = kernel("(i32.const 0x7fffffff)");
    let adapted = adapt(&bytes, &with_abi(1024, 0xffff_ff00)).unwrap();
    Running::new(&adapted).traps(b"x", OUTPUT_TRAP);
}

#[test]
fn an_arena_that_the_memory_cannot_hold_bounds_the_input() {
    let text =
        REVERSE.replace("(memory (export \"memory\") 2)", "(memory (export \"memory\") 1 1)");
    let bytes = wasm(&text);
    let adapted = adapt(&bytes, &with_abi(60_000, 100_000)).unwrap();
    assert_eq!(adapted.input_capacity, Some(5_536));
    Running::new(&adapted).traps(&vec![0; 5_537], INPUT_TRAP);
}

#[test]
fn memory_grows_to_a_fixed_arena_that_lies_beyond_it() {
    let bytes = wasm(
        r#"(module (memory (export "memory") 1) (func (export "process") (param $n i32) (result i32)
            (memory.copy (i32.const 300000) (i32.const 200000) (local.get $n)) (local.get $n)))"#,
    );
    let adapted = adapt(&bytes, &with_abi(200_000, 300_000)).unwrap();
    assert_eq!(adapted.input_capacity, Some(100_000));
    let mut running = Running::new(&adapted);
    let error = running.1.call(&mut running.0, (b"abc".to_vec(),)).unwrap_err();
    assert_eq!(
        error.downcast_ref(),
        Some(&wasmtime::Trap::MemoryOutOfBounds),
        "the output arena is the kernel's"
    );
    let far = REVERSE.replace("65536", "65000").replace("offset=1023", "offset=199999");
    let bytes = wasm(&far);
    let adapted = adapt(&bytes, &with_abi(200_000, 65_000)).unwrap();
    assert_eq!(Running::new(&adapted).call(b"abc"), Ok(b"cba".to_vec()));
}

#[test]
fn a_kernel_that_works_in_place_keeps_its_output() {
    let bytes = kernel("(i32.store8 offset=1024 (i32.const 0) (i32.const 65)) (local.get $n)");
    let adapted = adapt(&bytes, &with_abi(1024, 1024)).unwrap();
    let mut running = Running::new(&adapted);
    assert_eq!(running.call(b"xbcdefghijklmnop"), Ok(b"Abcdefghijklmnop".to_vec()));
    assert_eq!(running.call(b"x"), Ok(b"A".to_vec()));
    // Up to the very end of the memory: the result then goes onto a new page.
    let whole = vec![7; 2 * 65_536 - 1024];
    assert_eq!(running.call(&whole).unwrap()[1..], whole[1..]);
}

#[test]
fn an_output_before_the_input_is_not_covered_by_the_result() {
    let bytes =
        kernel("(memory.fill (i32.const 2048) (i32.const 9) (i32.const 60000)) (i32.const 60000)");
    let adapted = adapt(&bytes, &with_abi(10_000, 2048)).unwrap();
    assert_eq!(Running::new(&adapted).call(b"abc"), Ok(vec![9; 60_000]));
}

#[test]
fn arenas_that_touch_leave_the_output_whole() {
    for gap in 0..20 {
        let bytes = kernel(&format!(
            "(memory.fill (i32.const {}) (i32.const 9) (i32.const 64)) (i32.const 64)",
            1026 + gap
        ));
        let adapted = adapt(&bytes, &with_abi(1026, 1026 + gap)).unwrap();
        assert_eq!(Running::new(&adapted).call(b""), Ok(vec![9; 64]), "{gap}");
    }
}

/// A kernel whose arenas are where its exports say; `process` copies.
fn moving(input: u32, output: u32) -> Vec<u8> {
    wasm(&format!(
        r#"(module (memory (export "memory") 2)
            (func (export "in_ptr") (result i32) (i32.const {input}))
            (func (export "out_ptr") (result i32) (i32.const {output}))
            (func (export "process") (param $n i32) (result i32)
                (memory.copy (i32.const {output}) (i32.const {input}) (local.get $n)) (local.get $n)))"#
    ))
}

#[test]
fn exported_pointers_place_the_arenas() {
    let bytes = moving(5001, 70_001);
    let adapted = adapted(&bytes).unwrap();
    assert_eq!(adapted.input_capacity, None);
    let mut running = Running::new(&adapted);
    assert_eq!(running.call(b"hello"), Ok(b"hello".to_vec()));
    assert_eq!(running.call(&vec![1; 61_000]), Ok(vec![1; 61_000]));
    running.traps(&vec![1; 65_001], INPUT_TRAP);
}

#[test]
fn exported_pointers_that_touch_leave_the_output_whole() {
    for gap in 0..20 {
        let bytes = moving(1001, 1001 + gap);
        let input = vec![3; if gap == 0 { 50 } else { gap as usize }];
        assert_eq!(Running::new(&adapted(&bytes).unwrap()).call(&input), Ok(input), "{gap}");
    }
}

#[test]
fn an_exported_input_arena_after_the_output_ends_with_the_memory() {
    let bytes = moving(100_000, 1000);
    let capacity = 2 * 65_536 - 100_000;
    let mut running = Running::new(&adapted(&bytes).unwrap());
    assert_eq!(running.call(&vec![5; capacity]), Ok(vec![5; capacity]));
    running.traps(&vec![5; capacity + 1], INPUT_TRAP);
}

#[test]
fn pointers_outside_the_memory_end_in_a_named_trap() {
    let outside = moving(0xffff_fff0, 0xffff_fff8);
    Running::new(&adapted(&outside).unwrap()).traps(b"x", INPUT_TRAP);
    let outside = wasm(
        r#"(module (memory (export "memory") 2)
            (func (export "in_ptr") (result i32) (i32.const 0))
            (func (export "out_ptr") (result i32) (i32.const 0xfffffff8))
            (func (export "process") (param $n i32) (result i32) (local.get $n)))"#,
    );
    Running::new(&adapted(&outside).unwrap()).traps(b"x", OUTPUT_TRAP);
}

#[test]
fn offsets_of_the_manifest_win_over_exported_pointers() {
    let bytes = moving(2048, 4096);
    let adapted = adapt(&bytes, &with_abi(2048, 4096)).unwrap();
    assert_eq!(adapted.input_capacity, Some(2048));
    assert_eq!(Running::new(&adapted).call(b"x"), Ok(b"x".to_vec()));
}

#[test]
fn a_reactor_is_initialized_once() {
    let bytes = wasm(
        r#"(module (memory (export "memory") 2) (global $runs (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $runs (i32.add (global.get $runs) (i32.const 1))))
            (func (export "process") (param i32) (result i32) (i32.sub (i32.const 0) (global.get $runs))))"#,
    );
    let mut running = Running::new(&adapted(&bytes).unwrap());
    assert_eq!(running.call(b""), Err(-1));
    assert_eq!(running.call(b""), Err(-1));
}

#[test]
fn another_entry_may_be_named() {
    let bytes = wasm(&REVERSE.replace("\"process\"", "\"turn around\""));
    let kernel = KernelAbi { entry: "turn around".to_owned(), ..KernelAbi::default() };
    let adapted = adapt(&bytes, &Options { kernel, ..Options::default() }).unwrap();
    assert_eq!(Running::new(&adapted).call(b"abc"), Ok(b"cba".to_vec()));
}
