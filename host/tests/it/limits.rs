//! What a guest cannot exceed, and how it is told apart.

use std::time::{Duration, Instant};

use workbooks_host::{Input, Run, RunError};

use crate::support::{ECHO, block_on, grant, host, limited, prepare};

const SPIN: &str =
    r#"(module (memory (export "memory") 1) (func (export "_start") (loop $l (br $l))))"#;

#[test]
fn a_loop_is_stopped_when_its_cpu_time_is_spent() {
    let spin = limited(&[], |limits| limits.cpu_time = Duration::from_millis(50));
    let spin = prepare(&host(), SPIN, &spin).unwrap();
    let outcome = block_on(spin.run(Run::default()));
    assert!(matches!(outcome.ended, Err(RunError::CpuTimeout { .. })), "{:?}", outcome.ended);
    assert!(Duration::from_millis(50) <= outcome.usage.cpu);
}

#[test]
fn two_loops_on_two_threads_leave_room_for_others() {
    let host = host();
    let spin = prepare(&host, SPIN, &grant(&[])).unwrap();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    block_on(async {
        let loops =
            [spin.spawn(Run::default()), spin.spawn(Run::default()), spin.spawn(Run::default())];
        let outcome = echo.run(Run::args(["echo"]).stdin("room")).await;
        assert_eq!(outcome.stdout, b"room");
        for running in loops {
            running.kill();
            assert!(matches!(running.outcome().await.ended, Err(RunError::Killed)));
        }
    });
}

#[test]
fn the_deadline_and_the_kill_reach_a_guest_that_waits_for_input() {
    let host = host();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    let waiting = || {
        let (held, theirs) = tokio::io::duplex(8);
        let input = Input::Stream(Box::new(theirs));
        (held, Run { stdin: input, ..Run::args(["echo"]) })
    };
    block_on(async {
        let (_held, run) = waiting();
        let outcome = echo.run(Run { deadline: Some(Duration::from_millis(30)), ..run }).await;
        assert!(matches!(outcome.ended, Err(RunError::Deadline { .. })), "{:?}", outcome.ended);
        let (_held, run) = waiting();
        let running = echo.spawn(run);
        running.kill();
        assert!(matches!(running.outcome().await.ended, Err(RunError::Killed)));
    });
}

#[test]
fn time_asleep_does_not_count_as_cpu_time() {
    let sleep = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 200000000))
        (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))"#;
    let grant = limited(&[], |limits| limits.cpu_time = Duration::from_millis(100));
    let sleep = prepare(&host(), sleep, &grant).unwrap();
    let began = Instant::now();
    let outcome = block_on(sleep.run(Run::default()));
    assert_eq!(outcome.ended.unwrap(), 0);
    assert!(Duration::from_millis(190) <= began.elapsed(), "it did not sleep");
    assert!(outcome.usage.cpu < Duration::from_millis(100));
}

#[test]
fn memories_are_summed() {
    // Two memories of 1 MiB each, where 1.5 MiB are allowed.
    let two = r#"(module (memory (export "memory") 16) (memory 16) (func (export "_start")))"#;
    let small = limited(&[], |limits| limits.memory = 3 << 19);
    let outcome = block_on(prepare(&host(), two, &small).unwrap().run(Run::default()));
    assert!(matches!(outcome.ended, Err(RunError::Memory { .. })), "{:?}", outcome.ended);
}

#[test]
fn endless_recursion_is_a_stack_limit() {
    let deep = r#"(module (memory (export "memory") 1) (func $f (export "_start") (call $f)))"#;
    let outcome = block_on(prepare(&host(), deep, &grant(&[])).unwrap().run(Run::default()));
    assert!(matches!(outcome.ended, Err(RunError::Stack)), "{:?}", outcome.ended);
}

#[test]
fn a_reader_that_is_stuck_holds_neither_the_deadline_nor_a_kill() {
    let host = host();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    let stuck = |deadline| {
        // Room for one byte, and nobody reads it.
        let (held, theirs) = tokio::io::duplex(1);
        let run = Run::args(["echo"]).stdin("hello");
        let stdout = workbooks_host::Output::Stream(Box::new(theirs));
        (held, Run { stdout, deadline, ..run })
    };
    block_on(async {
        let (_held, run) = stuck(Some(Duration::from_millis(50)));
        let began = Instant::now();
        drop(echo.run(run).await);
        assert!(began.elapsed() < Duration::from_secs(5));
        let (_held, run) = stuck(None);
        let running = echo.spawn(run);
        running.kill();
        drop(running.outcome().await);
    });
}

#[test]
fn components_that_instantiate_twice_at_each_level_are_refused_before_code_is_generated() {
    let mut component = "(component)".to_owned();
    for _ in 0..14 {
        component = format!(
            "(component (component $c {}) (instance (instantiate $c)) (instance (instantiate $c)))",
            &component["(component".len()..component.len() - 1]
        );
    }
    let refused = prepare(&host(), &component, &grant(&[])).unwrap_err();
    let code = miette::Diagnostic::code(&refused).unwrap().to_string();
    assert_eq!(code, "workbooks::adapt::too_many");
}
