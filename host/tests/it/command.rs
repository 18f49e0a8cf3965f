//! Commands of WASI preview 1, written as text.

use workbooks_host::Run;

use crate::support::{ECHO, block_on, grant, host, prepare};

#[test]
fn a_command_reads_writes_and_exits_with_its_status() {
    let host = host();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    let outcome = block_on(echo.run(Run::args(["echo"]).stdin("hello")));
    assert_eq!(outcome.ended.unwrap(), 7);
    assert_eq!(outcome.stdout, b"hello");
    assert!(!outcome.truncated);
}

#[test]
fn output_over_the_cap_is_cut_and_said_to_be() {
    let host = host();
    let mut limits = grant(&[]).limits().clone();
    limits.output_bytes = 3;
    let echo = prepare(&host, ECHO, &grant(&[]).with_limits(limits)).unwrap();
    let outcome = block_on(echo.run(Run::args(["echo"]).stdin("hello")));
    assert_eq!(outcome.stdout, b"hel");
    assert!(outcome.truncated);
}

#[test]
fn streamed_output_has_arrived_when_the_outcome_is_there() {
    use tokio::io::AsyncReadExt;
    let host = host();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let mut run = Run::args(["echo"]).stdin("hello");
    run.stdout = workbooks_host::Output::Stream(Box::new(theirs));
    let text = block_on(async {
        let outcome = echo.run(run).await;
        assert_eq!(outcome.ended.unwrap(), 7);
        let mut text = String::new();
        let mut ours = ours;
        ours.read_to_string(&mut text).await.unwrap();
        text
    });
    assert_eq!(text, "hello");
}
