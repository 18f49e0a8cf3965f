//! Kernels: raw core modules, called many times.

use std::time::Duration;

use workbooks_host::RunError;

use crate::support::{grant, host, limited, prepare};

/// Reverses its input; inputs over 1000 bytes are its error -7; of a single 255 it never returns.
const REVERSE: &str = r#"(module (memory (export "memory") 80)
  (func (export "process") (param $n i32) (result i32) (local $i i32)
    (if (i32.gt_s (local.get $n) (i32.const 1000)) (then (return (i32.const -7))))
    (if (i32.and (i32.eq (local.get $n) (i32.const 1)) (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 255)))
      (then (loop $forever (br $forever))))
    (loop $l (if (i32.lt_u (local.get $i) (local.get $n)) (then
      (i32.store8 (i32.add (i32.const 65536) (local.get $i))
        (i32.load8_u (i32.add (i32.const 1024) (i32.sub (i32.sub (local.get $n) (local.get $i)) (i32.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
    local.get $n))"#;

#[test]
fn a_kernel_answers_fails_in_its_own_words_and_refuses_what_does_not_fit() {
    let mut kernel = prepare(&host(), REVERSE, &grant(&[])).unwrap().kernel().unwrap();
    assert_eq!(kernel.process(b"abc").unwrap().unwrap(), b"cba");
    assert_eq!(kernel.process(&[0; 2000]).unwrap().unwrap_err(), -7);
    assert!(matches!(kernel.process(&vec![0; 70_000]), Err(RunError::InputTooLarge { .. })));
    assert_eq!(kernel.process(b"still here").unwrap().unwrap(), b"ereh llits");
}

#[test]
fn a_kernel_that_loops_is_stopped_and_has_ended() {
    let grant = limited(&[], |limits| limits.cpu_time = Duration::from_millis(50));
    let mut kernel = prepare(&host(), REVERSE, &grant).unwrap().kernel().unwrap();
    assert!(matches!(kernel.process(&[255]), Err(RunError::CpuTimeout { .. })));
    assert!(matches!(kernel.process(b"abc"), Err(RunError::Ended)));
}

#[test]
fn a_kernel_can_be_killed_from_another_thread() {
    let mut kernel = prepare(&host(), REVERSE, &grant(&[])).unwrap().kernel().unwrap();
    let kill = kernel.killer();
    let killer = std::thread::spawn(kill);
    assert!(matches!(kernel.process(&[255]), Err(RunError::Killed)));
    killer.join().unwrap();
}

#[test]
fn an_answer_outside_its_memory_is_refused() {
    let liar = r#"(module (memory (export "memory") 2)
      (func (export "process") (param i32) (result i32) i32.const 0x7fffffff))"#;
    let mut kernel = prepare(&host(), liar, &grant(&[])).unwrap().kernel().unwrap();
    assert!(matches!(kernel.process(b"x"), Err(RunError::Arena)));
}
