//! The JS lane, from its pinned source to programs.

use std::sync::LazyLock;

use workbooks_compilers::{Built, CompileError};
use workbooks_host::{
    Artifact, Grant, Host, Outcome, Prepared, Profile, Run, RunError, Shape, policy::ToolkitPolicy,
};

use crate::support::{self, Toolkit, compilers};

static HOST: LazyLock<Host> =
    LazyLock::new(|| Host::builder().cache(support::artifacts()).build().unwrap());

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

pub(crate) fn js(shape: Shape, files: &[(&str, &str)]) -> Toolkit {
    let mut toolkit = Toolkit::new(shape, files);
    "js".clone_into(&mut toolkit.request.lane);
    toolkit
}

fn command(main: &str) -> Toolkit {
    js(Shape::Command, &[("src/main.js", main)])
}

fn prepared(toolkit: &Toolkit) -> Prepared {
    prepared_of(toolkit, &toolkit.build().map_err(miette::Report::new).unwrap())
}

fn prepared_of(toolkit: &Toolkit, built: &Built) -> Prepared {
    let grants = toolkit.request.caps.iter().cloned().collect();
    let policy = ToolkitPolicy { grants, ..ToolkitPolicy::default() };
    let grant = Grant::bare("test", &Profile::named("minimal"), &policy);
    let file = built.file().unwrap();
    HOST.prepare(&Artifact::bare(&file), &grant).map_err(miette::Report::new).unwrap()
}

pub(crate) fn outcome(toolkit: &Toolkit, args: &[&str], stdin: &str) -> Outcome {
    let run = Run::args(args.iter().copied()).stdin(stdin.to_owned());
    RUNTIME.block_on(prepared(toolkit).run(run))
}

/// The same of what was built elsewhere.
pub(crate) fn outcome_of(toolkit: &Toolkit, built: &Built, args: &[&str], stdin: &str) -> Outcome {
    let run = Run::args(args.iter().copied()).stdin(stdin.to_owned());
    RUNTIME.block_on(prepared_of(toolkit, built).run(run))
}

/// What a command prints that ends well.
fn printed(main: &str) -> String {
    let Outcome { ended, stdout, stderr, .. } = outcome(&command(main), &["test"], "");
    assert_eq!(ended.unwrap(), 0, "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[test]
fn the_engine_is_compiled_from_its_pinned_source() {
    let cache = tempfile::tempdir().unwrap();
    let toolchain = compilers(cache.path()).install("js").unwrap();
    for unit in ["quickjs", "libregexp", "libunicode", "dtoa"] {
        let object = std::fs::read(toolchain.path(&format!("objects/{unit}.o"))).unwrap();
        assert!(object.starts_with(b"\0asm"), "{unit}");
    }
    assert!(toolchain.path("include/quickjs.h").is_file());
    assert!(!toolchain.path("quickjs").exists());
}

#[test]
fn what_is_wrong_with_a_source_is_said_with_its_place() {
    for (main, said) in [
        ("let x = ;\n", "src/main.js:1:9: SyntaxError: unexpected token"),
        ("\nimport './no.js';", "src/main.js:2:8: there is no module './no.js'"),
        ("import fs from 'node:fs';", "this is not Node"),
        ("import { get } from 'workbooks:engine/kv';", "does `#+CAPS` name its capability?"),
        ("import './b.cjs';", "src/b.cjs:1:"),
    ] {
        let refusal = js(Shape::Command, &[("src/main.js", main), ("src/b.cjs", "let = 3 4;")]);
        let refusal = if main.contains("b.cjs") { refusal } else { command(main) }.refusal();
        assert!(refusal.contains(said), "{main}: {refusal}");
    }
}

#[test]
fn a_program_without_a_main_module_is_refused() {
    let toolkit = js(Shape::Command, &[("src/a.js", ""), ("src/b.js", "")]);
    assert!(toolkit.refusal().contains("there is no main.js"));
}

/// Each path uses the wasm stack and linear memory's stack in its own measure.
#[test]
fn endless_recursion_is_a_range_error_on_every_path() {
    let paths = [
        "const f = () => f() + 1; f();",
        "const f = (...a) => f(...a, 1, 2, 3) + 1; f();",
        "const f = () => [1].map(f); f();",
        "const f = () => [3, 2, 1].sort(f); f();",
        "const o = { get a() { return this.a; } }; o.a;",
        "const o = { toString() { return `${this}`; } }; `${o}`;",
        "const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.a;",
        "class A { constructor() { new A(); } } new A();",
        "const f = () => Reflect.apply(f, null, []); f();",
        "const f = () => eval('f()'); f();",
        "const f = () => new Function('f', 'f(f)')(f); globalThis.f = f; f();",
        "function* g() { yield* g(); } [...g()];",
        "const f = () => 'a'.replace(/a/, f); f();",
        "const f = () => JSON.stringify({ toJSON: f }); f();",
        "const f = () => JSON.parse('[1]', f); f();",
        "let a = []; for (let i = 0; i < 1e4; i += 1) a = [a]; JSON.stringify(a);",
        "JSON.parse('['.repeat(1e5));",
        "eval('['.repeat(1e5));",
        "eval('('.repeat(1e5));",
        "eval('{'.repeat(1e5));",
        "eval('a?'.repeat(1e5));",
        "eval('x=>'.repeat(1e5) + '1');",
        "eval('!'.repeat(1e5) + '1');",
        "eval('function f(){'.repeat(1e4));",
        "eval('class A { static { '.repeat(1e4));",
        "eval('`${'.repeat(1e4));",
        "new RegExp('('.repeat(1e5));",
        "let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; a.flat(Infinity);",
        "let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; String(a);",
        "let a = {}; for (let i = 0; i < 1e5; i += 1) a = { a }; structuredClone(a);",
        "let f = () => {}; for (let i = 0; i < 1e5; i += 1) f = f.bind(null); f();",
        "let p = {}; for (let i = 0; i < 1e5; i += 1) p = new Proxy(p, {}); p.a;",
        "const f = async () => { await f(); }; f(); const g = () => g(); g();",
        "const a = []; a[0] = a; a.toString = () => a.join(); a.join();",
    ];
    for path in paths {
        let main =
            format!("try {{ {path} console.log('done'); }} catch (e) {{ console.log(e.name); }}");
        let Outcome { ended, stdout, .. } = outcome(&command(&main), &["test"], "");
        let said = String::from_utf8_lossy(&stdout).into_owned();
        assert!(matches!(ended, Ok(0 | 1)), "{path}: {ended:?} {said}");
        assert!(
            ["RangeError\n", "SyntaxError\n", "InternalError\n", "done\n"].contains(&&*said),
            "{path}: {said}"
        );
    }
}

#[test]
fn a_program_reads_its_arguments_and_input() {
    let main = "import { args, stdin } from 'workbooks:process';\n\
                console.log(args, [...stdin.lines()]);";
    let Outcome { ended, stdout, .. } = outcome(&command(main), &["test", "a", "b"], "1\n2");
    assert_eq!((ended.unwrap(), &*stdout), (0, &b"[ 'a', 'b' ] [ '1', '2' ]\n"[..]));
}

#[test]
fn an_exception_that_nobody_catches_ends_it_with_its_stack() {
    for main in
        ["function f() { throw new Error('no'); }\nf();", "Promise.reject(new Error('no'));"]
    {
        let Outcome { ended, stderr, .. } = outcome(&command(main), &["test"], "");
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(ended.unwrap(), 1);
        assert!(
            said.starts_with("Uncaught Error: no\n    at ") && said.contains("src/main.js:1:"),
            "{said}"
        );
    }
}

#[test]
fn one_that_loops_or_allocates_without_end_meets_its_limit() {
    let endless = outcome(&command("for (;;) {}"), &["test"], "");
    assert!(matches!(endless.ended, Err(RunError::CpuTimeout { .. })), "{:?}", endless.ended);
    let hungry =
        outcome(&command("const a = []; for (;;) a.push(new Uint8Array(1e6));"), &["test"], "");
    assert!(!matches!(hungry.ended, Ok(0)), "{:?}", hungry.ended);
}

#[test]
fn chance_differs_from_run_to_run() {
    let main = "console.log(Math.random(), crypto.randomUUID());";
    assert_ne!(printed(main), printed(main));
}

const TOOL: &str = r"
    import { get, set } from 'workbooks:engine/kv';
    let calls = 0;
    const started = Math.random();
    export const tool = {
        describe: () => [{ name: 'count', description: 'Counts.', parameters: '{}' }],
        async call(name, given) {
            calls += 1;
            if (name === 'chance') return `${Math.random()} ${crypto.randomUUID()}`;
            if (name === 'deep') {
                const f = () => f() + 1;
                try { f(); } catch (error) { return error.name; }
            }
            await new Promise((resolve) => setTimeout(resolve, 1));
            const before = get('n');
            set('n', new TextEncoder().encode(given));
            return `${calls} ${before && new TextDecoder().decode(before)} ${started < 1}`;
        },
    };
";

fn tool(dev: bool) -> Toolkit {
    let mut toolkit = js(Shape::Component, &[("src/main.js", TOOL)]);
    toolkit.request.caps = vec!["kv".to_owned()];
    toolkit.request.dev = dev;
    toolkit
}

#[test]
fn a_component_is_called_by_its_types_compiled_or_not() {
    for dev in [false, true] {
        let prepared = prepared(&tool(dev));
        RUNTIME.block_on(async {
            let mut instance = prepared.start(Run::default()).await.unwrap();
            let mut call = async |call: &str| instance.invoke(call).await.unwrap().text;
            assert!(call("describe()").await.contains("Counts."));
            let first = call(r#"call("put", "one")"#).await;
            // What was put stays for the next instance.
            let before = if dev { "two" } else { "undefined" };
            assert!(first.contains(&format!("1 {before} true")), "{first}");
            let second = call(r#"call("put", "two")"#).await;
            assert!(second.contains("2 one true"), "{second}");
            assert!(call(r#"call("deep", "")"#).await.contains("RangeError"));
            let mut other = prepared.start(Run::default()).await.unwrap();
            let chance = r#"call("chance", "")"#;
            assert_ne!(call(chance).await, other.invoke(chance).await.unwrap().text);
        });
    }
}

#[test]
fn a_capability_called_before_there_is_an_instance_is_refused_by_name() {
    let mut toolkit = tool(false);
    toolkit.write("src/main.js", "import { get } from 'workbooks:engine/kv';\n\nget('n');");
    match toolkit.build() {
        Err(CompileError::Rejected { diagnostics, .. }) => {
            let said = diagnostics[0].to_string();
            assert!(said.starts_with("src/main.js:3:") && said.contains("kv.get"), "{said}");
        }
        other => panic!("{other:?}"),
    }
    toolkit.request.dev = true;
    toolkit.build().unwrap();
}
