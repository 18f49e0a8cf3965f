//! Claims about the TS lane.

use std::{fs, time::Duration};

use workbooks_compilers::{CompileError, SourceDiagnostic, StepError};
use workbooks_host::Shape;

use crate::support::Toolkit;

fn command(files: &[(&str, &str)]) -> Toolkit {
    let mut toolkit = Toolkit::new(Shape::Command, files);
    "ts".clone_into(&mut toolkit.request.lane);
    toolkit
}

fn component(caps: &[&str], source: &str) -> Toolkit {
    let mut toolkit = Toolkit::new(Shape::Component, &[("src/main.ts", source)]);
    "ts".clone_into(&mut toolkit.request.lane);
    toolkit.request.caps = caps.iter().map(|&word| word.to_owned()).collect();
    toolkit
}

/// What is said of the only file.
fn refusal(source: &str) -> String {
    command(&[("src/main.ts", source)]).refusal()
}

fn diagnostics(toolkit: &Toolkit) -> Vec<SourceDiagnostic> {
    match toolkit.build() {
        Err(CompileError::Rejected { diagnostics, .. }) => diagnostics,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_type_error_has_file_line_column_and_code() {
    let source = "const n: number = 1;\n\nconsole.log(n.toUpperCase());\n";
    let said = "src/main.ts:3:15: Property 'toUpperCase' does not exist on type 'number'. (TS2339)";
    assert_eq!(refusal(source), said);
}

#[test]
fn the_span_is_right_after_characters_of_any_width() {
    use miette::Diagnostic as _;
    let source = "const s = 'äé😀'; const wrong: number = s;\n";
    let found = diagnostics(&command(&[("src/main.ts", source)]));
    let label = found[0].labels().unwrap().next().unwrap();
    assert_eq!(&source[label.offset()..label.offset() + label.len()], "wrong");
    assert_eq!((found[0].line, found[0].column), (1, label.offset() + 1));
}

#[test]
fn a_syntax_error_and_a_missing_import_are_told() {
    let said = refusal("export const = 1;\n");
    assert!(
        said.starts_with("src/main.ts:1:14: Variable declaration expected. (TS1134)"),
        "{said}"
    );
    let said = refusal("import a from './nope';\nimport b from 'nopkg';\na(b);\n");
    assert!(said.contains("src/main.ts:1:15: Cannot find module './nope'"), "{said}");
    assert!(said.contains("src/main.ts:2:15: Cannot find module 'nopkg'"), "{said}");
}

#[test]
fn what_node_has_is_told_to_be_missing() {
    let found = diagnostics(&command(&[("src/main.ts", "import fs from 'node:fs';\nfs.x();\n")]));
    assert!(found[0].notes.iter().any(|note| note.contains("not available")), "{found:?}");
}

#[test]
fn a_type_without_end_is_a_type_error() {
    let said = refusal(
        "type G<T> = T extends string ? G<`${T}a`> : never;\nexport const x: G<'a'> = 1;\n",
    );
    assert!(said.contains("excessively deep and possibly infinite"), "{said}");
    let said =
        refusal("type D = 0|1|2|3|4|5|6|7|8|9;\nexport type X = `${D}${D}${D}${D}${D}${D}`;\n");
    assert!(said.contains("too complex to represent"), "{said}");
}

#[test]
fn nesting_without_end_is_a_typed_limit() {
    for (open, close) in [("(", ")"), ("[", "]"), ("Array<", ">"), ("() => { return ", "}")] {
        let nested = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        for source in [format!("export const a = {nested};"), format!("export type A = {nested};")]
        {
            let ended = command(&[("src/main.ts", &source)]).build();
            let deep = matches!(ended, Err(CompileError::Stopped { source: StepError::Stack, .. }));
            let wrong = matches!(ended, Err(CompileError::Rejected { .. }));
            assert!(deep || wrong, "{open}: {ended:?}");
        }
    }
}

#[test]
fn a_check_without_end_is_out_of_time_and_a_huge_one_out_of_memory() {
    let types = |n| {
        format!(
            "type R{n}<N extends number, T extends unknown[] = []> =\n  \
             T['length'] extends N ? T : R{n}<N, [...T, 0]>;\n\
             export const x{n}: R{n}<900> = null!;\n"
        )
    };
    let mut toolkit = command(&[("src/main.ts", &(0..200).map(types).collect::<String>())]);
    toolkit.request.limits.cpu = Duration::from_secs(1);
    let ended = toolkit.build();
    let timed =
        matches!(ended, Err(CompileError::Stopped { source: StepError::CpuTime { .. }, .. }));
    assert!(timed, "{ended:?}");

    let line =
        |n| format!("export const a{n} = {{ b: [1, 'x', {{ c: (d: number) => d + {n} }}] }};\n");
    let mut toolkit = command(&[("src/main.ts", &(0..10_000).map(line).collect::<String>())]);
    toolkit.request.limits.memory = 96 << 20;
    let ended = toolkit.build();
    let full = matches!(ended, Err(CompileError::Stopped { source: StepError::Memory { .. }, .. }));
    assert!(full, "{ended:?}");
}

#[test]
fn a_file_that_is_no_text_is_told_with_its_line() {
    let toolkit = command(&[("src/main.ts", "")]);
    fs::write(toolkit.folder.join("src/main.ts"), b"const a = 1;\nconst b = '\xff';\n").unwrap();
    assert_eq!(toolkit.refusal(), "src/main.ts:2: the file is not UTF-8 from here on");
}

#[test]
fn nothing_outside_the_source_is_read() {
    for path in ["../manifest.org", "/etc/passwd", "../../../../etc/passwd", "file:///etc/passwd"] {
        let toolkit = command(&[
            (
                "src/main.ts",
                &format!(
                    "/// <reference path=\"{path}\" />\nimport '{path}';\nimport x from '{path}';\nx();\n"
                ),
            ),
            ("manifest.org", "seen"),
        ]);
        let said = toolkit.refusal();
        assert!(said.contains("not found") || said.contains("Cannot find module"), "{said}");
        assert!(!said.contains("seen") && !said.contains("root:"), "{said}");
    }
}

#[test]
fn a_tsconfig_may_change_what_is_checked_and_nothing_else() {
    let loose = "export function f(x) { return x.y; }\n";
    assert!(refusal(loose).contains("implicitly has an 'any' type"));
    let config = |text| command(&[("src/main.ts", loose), ("src/tsconfig.json", text)]).refusal();
    let said = config(
        "{ \"extends\": \"./base.json\",\n // why\n \"compilerOptions\": { \"jsx\": \"react\" } }",
    );
    assert!(
        said.contains("src/tsconfig.json:1:3: tsconfig.json: `extends` is not supported"),
        "{said}"
    );
    assert!(
        said.contains("src/tsconfig.json:3:23: tsconfig.json: `jsx` is not supported"),
        "{said}"
    );
    assert!(config("{ \"compilerOptions\": { \"target\": \"es5\" } }").contains("target \"es5\""));
    assert!(config("{ \"compilerOptions\": { \"lib\": [\"dom\"] } }").contains("lib \"dom\""));
    assert!(config("{ \"compilerOptions\": ").contains("tsconfig.json:1:"));
    assert!(
        config("{ \"compilerOptions\": { \"strict\": 5 } }").contains("requires a value of type")
    );
    let said =
        config("{ \"compilerOptions\": { \"noUnusedLocals\": true, \"outDir\": \"dist\" } }");
    assert!(said.contains("implicitly has an 'any' type"), "{said}");
}

#[test]
fn a_capability_call_is_typed_by_the_guests_world() {
    let tool = "import type { Guest } from 'workbooks:guest';\n\
        export const tool: Guest['tool'] = {\n  describe: () => [],\n  call(name) {";
    let toolkit = component(
        &["kv"],
        &format!(
            "import {{ set }} from 'workbooks:engine/kv';\n{tool} set(1, new Uint8Array()); return name; }},\n}};\n"
        ),
    );
    let said = toolkit.refusal();
    assert!(
        said.starts_with("src/main.ts:5:20: Argument of type 'number' is not assignable to parameter of type 'string'."),
        "{said}"
    );
    let without = component(
        &[],
        &format!(
            "import {{ get }} from 'workbooks:engine/kv';\n{tool} get(name); return name; }},\n}};\n"
        ),
    );
    assert!(without.refusal().contains("Cannot find module 'workbooks:engine/kv'"));
}

#[test]
fn a_component_that_lacks_its_export_is_told() {
    let said = component(&[], "export const other = 1;\n").refusal();
    assert!(said.contains("Property 'tool' is missing"), "{said}");
}
