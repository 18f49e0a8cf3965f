//! Fronts before an engine that answers with what it was given: apart, as the host links them, and
//! joined to one component.

use std::{fs, path::PathBuf, time::Duration};

use tempfile::TempDir;
use workbooks_host::{
    Artifact, Grant, Host, Limits, LinkError, PrepareError, Prepared, Profile, Run, RunError,
    policy::ToolkitPolicy, provenance::Digest,
};

use super::{Front, join, make};
use crate::{glue::GlueError, world::Contract};

/// Answers with the first 16 bytes of the memory of a call, and refuses call 2.
const ENGINE: &str = r#"(component
    (import "workbooks:engine/types@0.1.0-dev" (instance $types
        (type $failure' (record (field "code" string) (field "message" string) (field "retryable" bool)))
        (export "failure" (type (eq $failure')))))
    (core module $main
        (memory (export "memory") 2)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "call") (param i32 i32 i32 i32) (result i32)
            (i32.store (i32.const 0) (i32.eq (local.get 0) (i32.const 2)))
            (i32.store (i32.const 4) (local.get 2))
            (i32.store (i32.const 8) (i32.const 16))
            (i32.const 0)))
    (core instance $main (instantiate $main))
    (func $call (param "index" u32) (param "at" u32) (param "memory" (list u8))
        (result (result (list u8)))
        (canon lift (core func $main "call") (memory $main "memory") (realloc (func $main "realloc"))))
    (instance $calls (export "call" (func $call)))
    (export "workbooks:python/calls" (instance $calls)))"#;

const WORLD: &str = "package workbooks:guest;
world guest { include my:kit/app; }
package my:kit {
  interface shapes { record pair { one: u64, other: u64 } }
  interface calc {
    use shapes.{pair};
    use workbooks:engine/types@0.1.0-dev.{failure};
    both: func(of: pair) -> pair;
    fails: func(why: failure) -> u8;
  }
  world app {
    use shapes.{pair};
    record twice { of: pair }
    export calc;
    export one: func(of: twice) -> u64;
  }
}
";

fn front(world: &str) -> Front {
    make(Contract::OURS, world).unwrap().unwrap()
}

fn refusal(interface: &str) -> String {
    let world = format!(
        "package workbooks:guest;\nworld guest {{ export my:kit/i; }}\n\
         package my:kit {{ interface i {{ {interface} }} }}\n"
    );
    match make(Contract::OURS, &world).err() {
        Some(why @ GlueError::Unsupported { .. }) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// An engine in a file, as a lane has it.
struct Placed {
    path: PathBuf,
    digest: String,
    _folder: TempDir,
}

impl Placed {
    fn new(engine: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.wasm");
        fs::write(&path, engine).unwrap();
        Self { path, digest: Digest::of(engine).to_string(), _folder: folder }
    }

    fn behind<'a>(&'a self, front: &'a [u8]) -> Artifact<'a> {
        Artifact::interpreter(&self.path, &self.digest, b"program").behind(Some(front))
    }
}

fn call(host: &Host, prepared: Prepared, call: &'static str) -> Result<String, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let called = host.spawn(async move {
        let mut instance = prepared.start(Run::default()).await?;
        instance.invoke(call).await.map(|invoked| invoked.text)
    });
    runtime.block_on(called).unwrap()
}

#[test]
fn what_python_has_no_form_for_is_refused_by_name() {
    for (interface, said) in [
        ("resource r { f: func(); }", "my:kit/i uses a resource, which programs in Python cannot"),
        ("resource r; g: func(of: borrow<r>);", "i.g uses a resource"),
        ("f: async func();", "i.f uses an asynchronous function"),
        ("f: func(of: stream<u8>);", "i.f uses stream"),
    ] {
        assert!(refusal(interface).starts_with(said), "{}", refusal(interface));
    }
}

#[test]
fn a_world_of_the_contracts_doors_has_no_front() {
    let world = Contract::OURS.world(&["kv".to_owned()], crate::Door::Tool).unwrap();
    assert!(make(Contract::OURS, &world).unwrap().is_none());
}

#[test]
fn two_interfaces_of_one_name_have_modules_of_their_whole_names() {
    let world = "package workbooks:guest;\nworld guest { export my:a/i; export my:b/i; }\n\
        package my:a { interface i { f: func(); } }\npackage my:b { interface i { f: func(); } }\n";
    let table = String::from_utf8(front(world).table).unwrap();
    for name in [r#""module":"my_a_i","object":"MyAI""#, r#""module":"my_b_i","object":"MyBI""#] {
        assert!(table.contains(name), "{table}");
    }
}

#[test]
fn a_front_alone_and_joined_answers_as_its_engine_does() {
    let engine = wat::parse_str(ENGINE).unwrap();
    let Front { component, .. } = front(WORLD);
    let joined = join(&engine, &component).unwrap();
    let placed = Placed::new(&engine);
    let apart = placed.behind(&component);
    let host = Host::builder().threads(1).build().unwrap();
    let grant = Grant::bare("test", &Profile::named("compute"), &ToolkitPolicy::default());
    for artifact in [apart, Artifact::bare(&joined)] {
        let prepared = host.prepare(&artifact, &grant).map_err(miette::Report::new).unwrap();
        let said = |text| call(&host, prepared.clone(), text);
        assert_eq!(
            said("calc.both({one: 1, other: 18446744073709551615})").unwrap(),
            "{one: 1, other: 18446744073709551615}"
        );
        let failed = said("fails({code: \"c\", message: \"m\", retryable: true})");
        assert!(matches!(failed, Err(RunError::Trapped { .. })), "{failed:?}");
        assert_eq!(said("one({of: {one: 7, other: 2}})").unwrap(), "7");
    }
}

/// Call 0 has no end, and call 1 takes memory without end.
const HUNGRY: &str = "(if (i32.eqz (local.get 0)) (then (loop $on (br $on))))
    (loop $on (br_if $on (i32.ne (memory.grow (i32.const 1)) (i32.const -1))) unreachable)";

#[test]
fn the_limits_of_a_run_hold_behind_a_front() {
    let world = "package workbooks:guest;
world guest { export spin: func(); export grow: func(); export take: func(all: list<u8>); }
";
    let answer = ENGINE.split_once("(i32.store (i32.const 0)").unwrap();
    let engine = format!("{}{HUNGRY} (i32.store (i32.const 0){}", answer.0, answer.1);
    let engine = wat::parse_str(engine).unwrap();
    let Front { component, .. } = front(world);
    let placed = Placed::new(&engine);
    let artifact = placed.behind(&component);
    let host = Host::builder().threads(1).build().unwrap();
    let limits = Limits {
        cpu_time: Duration::from_millis(50),
        memory: 1 << 20,
        hostcall_bytes: 1_000,
        ..Limits::default()
    };
    let grant = Grant::bare("test", &Profile::named("compute"), &ToolkitPolicy::default());
    let prepared = host.prepare(&artifact, &grant.with_limits(limits)).unwrap();
    let said = |text| call(&host, prepared.clone(), text);
    assert!(matches!(said("spin()"), Err(RunError::CpuTimeout { .. })));
    assert!(matches!(said("grow()"), Err(RunError::Memory { .. })));
    let much: String = format!("take([{}])", vec!["1"; 1_000].join(", "));
    let passed = said(much.leak());
    assert!(matches!(passed, Err(RunError::HostCallBytes { .. })), "{passed:?}");
}

#[test]
fn a_front_gets_nothing_but_the_way_to_its_engine() {
    let engine = wat::parse_str(ENGINE).unwrap();
    let placed = Placed::new(&engine);
    let host = Host::builder().threads(1).build().unwrap();
    let policy = ToolkitPolicy {
        grants: ["kv".to_owned()].into_iter().collect(),
        ..ToolkitPolicy::default()
    };
    let grant = Grant::bare("test", &Profile::named("compute"), &policy);
    for import in [
        r#"(import "workbooks:engine/kv@0.1.0-dev" (instance (export "x" (func))))"#,
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" (instance (export "now" (func (result u64)))))"#,
        r#"(import "workbooks:python/calls" (instance (export "other" (func))))"#,
        r#"(import "workbooks:python/more" (instance (export "call" (func))))"#,
    ] {
        let front = wat::parse_str(format!("(component {import})")).unwrap();
        let artifact = placed.behind(&front);
        let refused = host.prepare(&artifact, &grant);
        assert!(matches!(refused, Err(PrepareError::Link(_))), "{import}: {refused:?}");
    }
    // Nor is there a way for who has no engine behind it.
    let alone = wat::parse_str(
        r#"(component (import "workbooks:python/calls" (instance (export "call" (func)))))"#,
    );
    let refused = host.prepare(&Artifact::bare(&alone.unwrap()), &grant);
    assert!(matches!(refused, Err(PrepareError::Link(LinkError::Foreign { .. }))), "{refused:?}");
}

#[test]
fn what_an_engine_makes_up_is_an_error_of_the_call() {
    let engine = wat::parse_str(ENGINE).unwrap();
    // What comes back is what was passed, taken for another type.
    let world = "package workbooks:guest;
world guest { enum e { a, b } export text: func(of: u64) -> string; export pick: func(of: u64) -> e;
  export letter: func(of: u64) -> char; export all: func(of: u64) -> list<list<u64>>; }
";
    let Front { component, .. } = front(world);
    let placed = Placed::new(&engine);
    let artifact = placed.behind(&component);
    let host = Host::builder().threads(1).build().unwrap();
    let grant = Grant::bare("test", &Profile::named("compute"), &ToolkitPolicy::default());
    let prepared = host.prepare(&artifact, &grant).unwrap();
    let said = |text: String| call(&host, prepared.clone(), text.leak());
    assert_eq!(said("pick(1)".to_owned()).unwrap(), "b");
    let (far, long) = (u64::from(u32::MAX), 1_u64 << 62);
    for text in [
        "pick(2)".to_owned(),
        format!("letter({})", 0xd800),
        format!("text({})", far | 1 << 32),
        format!("text({})", long | 8),
        format!("all({})", far << 32 | 8),
        format!("all({})", 1_u64 << 40 | far),
    ] {
        assert!(said(text.clone()).is_err(), "{text}");
    }
}

#[test]
fn odd_worlds_have_fronts_that_link() {
    let many = |word: &str| (0..300).map(|n| format!("{word}{n}")).collect::<Vec<_>>().join(", ");
    let params = (0..40).map(|n| format!("p{n}: f32")).collect::<Vec<_>>().join(", ");
    let fields = (0..40).map(|n| format!("p{n}: tuple<u8, f64>")).collect::<Vec<_>>().join(", ");
    let nested = format!("{}u8{}", "list<".repeat(60), ">".repeat(60));
    for exports in [
        "export call: func();".to_owned(),
        "export %world: interface { %world: func() -> string; }".to_owned(),
        "export calls: interface { call: func(index: u32, at: u32, memory: list<u8>) -> result<list<u8>>; }".to_owned(),
        "export none: interface { %class: func(%self: option<option<bool>>) -> option<option<bool>>; }".to_owned(),
        format!("enum e {{ {} }} export f: func(e: e) -> e;", many("c")),
        format!("variant v {{ {}, x(s64), y(f32), z(string) }} export f: func(v: v) -> v;", many("c")),
        "flags f { a } export f: func(f: f) -> f;".to_owned(),
        format!("export f: func({params}) -> f32;"),
        format!("record r {{ {fields} }} export f: func(a: r, b: r) -> tuple<r, r>;"),
        format!("export f: func(a: {nested}) -> {nested};"),
        "export a: interface { f: func(); } export b: interface { f: func(); }".to_owned(),
        "type t = list<t2>; type t2 = char; export f: func(t: t) -> result<t, t2>;".to_owned(),
        "export f: func() -> result; export g: func(x: f64) -> u64;".to_owned(),
    ] {
        let world = format!("package workbooks:guest;\nworld guest {{ {exports} }}\n");
        let Front { component, table } = front(&world);
        assert!(serde_json::from_slice::<serde_json::Value>(&table).is_ok());
        crate::glue::pyi(Contract::OURS, &world).unwrap();
        let engine = wat::parse_str(ENGINE).unwrap();
        let placed = Placed::new(&engine);
        let apart = placed.behind(&component);
        let joined = join(&engine, &component).unwrap();
        let host = Host::builder().threads(1).build().unwrap();
        let grant = Grant::bare("test", &Profile::named("compute"), &ToolkitPolicy::default());
        for artifact in [apart, Artifact::bare(&joined)] {
            let prepared = host.prepare(&artifact, &grant);
            assert!(prepared.is_ok(), "{exports:.200}: {prepared:?}");
        }
    }
}

#[test]
fn what_is_no_component_is_not_joined() {
    let Front { component, .. } = front(WORLD);
    assert!(join(&component[..20], &component).is_err());
}
