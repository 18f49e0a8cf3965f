//! Code generation in a helper: hostile artifacts, and helpers that are none.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::helper;
use crate::adapt::{AdaptError, Options};
use crate::child::wire::{self, Generate, Task};
use crate::child::{CodegenError, CodegenLimits, Helper, Limit};
use crate::policy::ToolkitPolicy;
use crate::{Artifact, Grant, Host, LinkError, PrepareError, Profile, Run};

const HELLO: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn command(body: &str) -> Vec<u8> {
    module(&command_text(body))
}

fn command_text(body: &str) -> String {
    format!(r#"(module (memory (export "memory") 1) (func (export "_start") {body}))"#)
}

/// As many blocks within blocks as are let pass, each with a jump to the outermost.
fn nested() -> Vec<u8> {
    let inner = "(br_if 0 (local.get 0)) (br_if 1900 (local.get 1))";
    let body =
        format!("(local i32 i32) {}{inner}{}", "(loop (block ".repeat(950), "))".repeat(950));
    let function = format!("(func {body})");
    let functions = function.repeat(8);
    module(&format!(
        r#"(module (memory (export "memory") 1) {functions} (func (export "_start")))"#
    ))
}

/// A jump to one of very many places.
fn wide() -> Vec<u8> {
    let (places, targets) = (1_500, "0 1 2 3 4 5 6 7 ".repeat(8_000));
    let body = format!(
        "(local i32) {} (br_table {targets} (local.get 0)) {}",
        "(block ".repeat(places),
        ")".repeat(places)
    );
    command(&body)
}

/// Forty thousand locals, all alive to the end.
fn full() -> String {
    let count = 40_000;
    let locals = "i64 ".repeat(count);
    let each = |part: fn(usize) -> String| (0..count).map(part).collect::<Vec<_>>().concat();
    let set = each(|n| format!("(local.set {n} (i64.load offset={} (i32.const 0)))", n % 4096));
    let used = each(|n| format!("(i64.store (i32.const 0) (local.get {n}))"));
    command_text(&format!(
        "(local {locals}) {set} (loop {used} (br_if 0 (i32.load (i32.const 8))))"
    ))
}

fn tight(memory: u64, time: Duration) -> Helper {
    helper().with_codegen_limits(CodegenLimits { memory, time, ..CodegenLimits::default() })
}

fn generate(
    helper: &Helper,
    artifact: &[u8],
    options: &Options,
) -> Result<(Vec<u8>, String), CodegenError> {
    crate::child::generate(helper, artifact, options, &|_| Ok(()))
}

fn refused(helper: &Helper, artifact: &[u8]) -> CodegenError {
    generate(helper, artifact, &Options::default()).unwrap_err()
}

#[test]
fn an_artifact_that_needs_more_memory_than_there_is_ends_the_helper_alone() {
    let refused = refused(&tight(48 << 20, Duration::from_mins(1)), &module(&full()));
    assert!(matches!(refused, CodegenError::Over(Limit::Memory)), "{refused:?}");
}

#[test]
fn an_artifact_that_takes_long_ends_with_its_time() {
    let refused = refused(&tight(1 << 30, Duration::from_millis(1)), &module(&full()));
    assert!(matches!(refused, CodegenError::Over(Limit::Time)), "{refused:?}");
}

/// Under this grant and helper, with a cache that holds no code afterwards.
fn unprepared(helper: Option<Helper>, artifact: &[u8], grants: &[&str]) -> PrepareError {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("artifacts");
    let mut builder = Host::builder().cache(&folder);
    if let Some(helper) = helper {
        builder = builder.helper(helper);
    }
    let host = builder.build().unwrap();
    let grants = grants.iter().map(|cap| (*cap).to_owned()).collect();
    let policy = ToolkitPolicy { grants, ..ToolkitPolicy::default() };
    let grant = Grant::bare("asking", &Profile::named("minimal"), &policy);
    let artifact = Artifact::bare(artifact);
    let refused = host.prepare(&artifact, &grant).unwrap_err();
    if let PrepareError::Link(LinkError::NotGranted { missing, .. }) = &refused {
        assert_eq!(&host.missing(&artifact, &grant).unwrap(), missing);
    }
    assert!(!host.is_compiled(&artifact, &grant));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    refused
}

#[test]
fn what_lacks_an_import_is_told_so_before_code_is_generated() {
    let import = r#"(import "workbooks:engine/kv@0.1.0-dev" (instance (export "x" (func))))"#;
    let asking = |inner: &str| {
        let inner = inner.replacen("(module", "(core module", 1);
        module(&format!("(component {import} {inner})"))
    };
    for helper in [None, Some(helper())] {
        let small = asking(&command_text(""));
        let refused = unprepared(helper, &small, &[]);
        assert!(matches!(refused, PrepareError::Link(LinkError::NotGranted { .. })), "{refused:?}");
    }
    // Who has not the memory to compile it is told what it lacks all the same.
    let (large, poor) = (asking(&full()), tight(48 << 20, Duration::from_mins(1)));
    let refused = unprepared(Some(poor.clone()), &large, &["kv"]);
    assert!(matches!(refused, PrepareError::CodegenLimit { .. }), "{refused:?}");
    let refused = unprepared(Some(poor), &large, &[]);
    assert!(matches!(refused, PrepareError::Link(LinkError::NotGranted { .. })), "{refused:?}");
}

#[test]
fn hostile_artifacts_end_one_way_or_the_other_within_the_limits() {
    let limits = CodegenLimits { time: Duration::from_secs(10), ..CodegenLimits::default() };
    let helper = helper().with_codegen_limits(limits);
    for (name, artifact) in [("nested", nested()), ("wide", wide()), ("full", module(&full()))] {
        let begun = Instant::now();
        let ended = generate(&helper, &artifact, &Options::default());
        let typed = matches!(ended, Ok(_) | Err(CodegenError::Over(_) | CodegenError::Unfit(_)));
        assert!(typed, "{name}: {:?}", ended.err());
        assert!(begun.elapsed() < limits.time * 5, "{name}");
    }
}

#[test]
fn more_code_than_is_awaited_is_not_taken() {
    let limits = CodegenLimits { code: 1024, ..CodegenLimits::default() };
    let refused = refused(&helper().with_codegen_limits(limits), &module(HELLO));
    assert!(matches!(refused, CodegenError::Over(Limit::Code)), "{refused:?}");
}

#[test]
fn what_is_wrong_with_an_artifact_comes_back_as_it_is() {
    let options = Options::default();
    for artifact in [b"garbage".as_slice(), b"", b"\0asm\x01\0\0\0\xff", &module("(module)")] {
        let here = crate::adapt::adapt(artifact, &options).unwrap_err();
        let CodegenError::Unfit(there) = refused(&helper(), artifact) else { panic!() };
        assert_eq!(there, here);
    }
    let many = Options {
        limits: crate::adapt::ScanLimits { functions: 0, ..Default::default() },
        ..Options::default()
    };
    let there = generate(&helper(), &module(HELLO), &many);
    let Err(CodegenError::Unfit(AdaptError::TooMany { what, .. })) = there else { panic!() };
    assert_eq!(what, "functions");
}

#[test]
fn a_helper_that_answers_garbage_is_found_out() {
    for (program, args) in [
        ("/bin/echo", &["no"][..]),
        ("/bin/cat", &[]),
        ("/bin/true", &[]),
        ("/bin/false", &[]),
        ("/usr/bin/yes", &[]),
        ("/bin/sh", &["-c", r"head -c 4 >/dev/null; printf '\377\377\377\377'"]),
        ("/bin/sh", &["-c", r#"printf '\045\0\0\0{"Code":{"bytes":9,"sha256":"","note":""}}'"#]),
        ("/no/such/program", &[]),
    ] {
        let refused = refused(&Helper::new(program, args.iter().copied()), &module(HELLO));
        assert!(matches!(refused, CodegenError::Helper(_)), "{program} {args:?}: {refused:?}");
    }
}

#[test]
fn a_helper_that_says_nothing_is_not_awaited_for_ever() {
    let limits = CodegenLimits { time: Duration::from_millis(20), ..CodegenLimits::default() };
    let silent = Helper::new("/bin/sleep", ["1000"]).with_codegen_limits(limits);
    assert!(matches!(refused(&silent, &module(HELLO)), CodegenError::Over(Limit::Time)));
}

#[test]
fn a_helper_that_is_killed_is_said_to_have_needed_too_much() {
    let killed = Helper::new("/bin/sh", ["-c", "kill -KILL $$"]);
    assert!(matches!(refused(&killed, &module(HELLO)), CodegenError::Over(Limit::Memory)));
}

#[test]
fn a_helper_ends_with_the_one_who_started_it() {
    let started = std::thread::spawn(|| {
        let mut child = helper().command(Stdio::null()).spawn().unwrap();
        let task = Task::Generate(Generate {
            parent: std::process::id(),
            memory: 1 << 30,
            time: Duration::from_mins(1),
            bytes: 2,
            options: Options::default(),
        });
        wire::write(child.stdin.as_mut().unwrap(), &task).unwrap();
        // It waits for the artifact's second byte once it has read the first.
        child.stdin.as_mut().unwrap().write_all(b"\0").unwrap();
        let stdin = child.stdin.as_ref().unwrap();
        let left = || rustix::io::ioctl_fionread(stdin).unwrap();
        let end = Instant::now() + Duration::from_secs(8);
        while left() > 0 && Instant::now() < end {
            std::thread::yield_now();
        }
        child
    });
    let mut child = started.join().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn a_helper_has_no_environment_and_starts_in_the_root() {
    let shown = Helper::new("/bin/sh", ["-c", "pwd; export -p"]);
    let mut child = shown.command(Stdio::null()).spawn().unwrap();
    let mut seen = String::new();
    child.stdout.take().unwrap().read_to_string(&mut seen).unwrap();
    child.wait().unwrap();
    let expected = ["/", "export PWD='/'"];
    assert_eq!(seen.lines().filter(|line| !line.contains("OLDPWD")).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_a_helper_compiled_runs_with_and_without_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("artifacts");
    let bytes = module(HELLO);
    let grant = Grant::bare("hello", &Profile::named("compute"), &ToolkitPolicy::default());
    for builder in [Host::builder(), Host::builder().cache(&folder), Host::builder().cache(&folder)]
    {
        let host = builder.helper(helper()).build().unwrap();
        let prepared = host.prepare(&Artifact::bare(&bytes), &grant).unwrap();
        assert_eq!(prepared.run(Run::default()).await.stdout, b"hello\n");
    }
    // What is in the cache needs no helper.
    let none = Helper::new("/bin/false", [""; 0]);
    let host = Host::builder().cache(&folder).helper(none.clone()).build().unwrap();
    assert!(host.prepare(&Artifact::bare(&bytes), &grant).is_ok());
    let host = Host::builder().helper(none).build().unwrap();
    let refused = host.prepare(&Artifact::bare(&bytes), &grant).unwrap_err();
    assert!(matches!(refused, PrepareError::Helper { .. }), "{refused:?}");
}
