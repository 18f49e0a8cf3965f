//! Claims about the C lane.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use workbooks_compilers::{CompileError, Compilers, Finished, Module, Sandbox, Step, StepError};
use workbooks_host::Shape;

use crate::support::{Toolkit, compilers};

#[test]
fn a_syntax_error_has_file_line_and_column() {
    let toolkit = Toolkit::command("int main(void) {\n  return 1 +;\n}\n");
    assert!(
        toolkit.refusal().starts_with("src/main.c:2:13: expected expression"),
        "{}",
        toolkit.refusal()
    );
}

#[test]
fn a_missing_header_and_a_missing_function_are_named() {
    let toolkit = Toolkit::command("#include \"nope.h\"\n");
    assert_eq!(toolkit.refusal(), "src/main.c:1:10: 'nope.h' file not found");
    let toolkit = Toolkit::command("int helper(int); int main(void) { return helper(1); }");
    assert_eq!(toolkit.refusal(), "src/main.c: undefined symbol: helper");
}

#[test]
fn no_include_leaves_the_source() {
    for path in [
        "/etc/passwd",
        "../../../../etc/passwd",
        "/usr/../../etc/passwd",
        "../manifest.org",
        "/build/manifest.org",
    ] {
        let toolkit =
            Toolkit::command(&format!("#include \"{path}\"\nint main(void) {{ return 0; }}\n"));
        toolkit.write("manifest.org", "#error seen");
        let refusal = toolkit.refusal();
        let refused = refusal.contains("file not found") || refusal.contains("cannot open file");
        assert!(refused && !refusal.contains("seen"), "{path}: {refusal}");
    }
}

#[test]
fn bombs_end_in_a_refusal_or_a_typed_limit() {
    let deep: Vec<_> = (1..=100_000).map(|i| format!("#define M{i} (M{}+1)", i - 1)).collect();
    let deep = format!("#define M0 1\n{}\nint main(void) {{ return M100000; }}\n", deep.join("\n"));
    let nested =
        format!("int main(void) {{ return {}1{}; }}\n", "(".repeat(100_000), ")".repeat(100_000));
    for source in [deep, nested] {
        let ended = Toolkit::command(&source).build();
        assert!(
            matches!(
                ended,
                Err(CompileError::Rejected { .. }
                    | CompileError::Stopped {
                        source: StepError::Stack | StepError::Trap { .. },
                        ..
                    })
            ),
            "{ended:?}"
        );
    }
    let refusal = Toolkit::command("#include \"main.c\"\n").refusal();
    assert!(refusal.contains("nested too deeply"), "{refusal}");
}

#[test]
fn a_gigabyte_of_output_is_refused() {
    let mut toolkit = Toolkit::command("char a[1 << 30] = {1}; int main(void) { return a[0]; }\n");
    let ended = toolkit.build();
    assert!(
        matches!(
            ended,
            Err(CompileError::Stopped {
                source: StepError::Memory { .. }
                    | StepError::Output { .. }
                    | StepError::Trap { .. },
                ..
            })
        ),
        "{ended:?}"
    );

    toolkit.write("src/main.c", "char a[1 << 22] = {1}; int main(void) { return a[0]; }\n");
    toolkit.request.limits.output = 1 << 20;
    let ended = toolkit.build();
    assert!(
        matches!(
            ended,
            Err(CompileError::Stopped { source: StepError::Output { limit: 1_048_576 }, .. })
        ),
        "{ended:?}"
    );
}

#[test]
fn an_endless_constant_expression_is_out_of_time() {
    let mut toolkit = Toolkit::new(
        Shape::Command,
        &[(
            "src/main.cpp",
            "constexpr int f(int n) { for (;;) n++; return n; }\nconstexpr int x = f(0);\nint main() { return x; }\n",
        )],
    );
    toolkit.request.compile_flags = vec!["-fconstexpr-steps=4294967295".to_owned()];
    toolkit.request.limits.cpu = Duration::from_millis(500);
    let ended = toolkit.build();
    assert!(
        matches!(ended, Err(CompileError::Stopped { source: StepError::CpuTime { .. }, .. })),
        "{ended:?}"
    );
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let source = "#include <stdio.h>\nint main(void) { puts(__FILE__); return 0; }\n";
    let (one, two) =
        (Toolkit::command(source).build().unwrap(), Toolkit::command(source).build().unwrap());
    assert_eq!(one.key, two.key);
    assert!(one.code == two.code && !one.cached && !two.cached);
}

#[test]
fn what_was_built_is_not_built_again_until_an_input_changes() {
    let toolkit = Toolkit::new(
        Shape::Command,
        &[
            ("src/main.c", "#include \"n.h\"\nint f(void);\nint main(void) { return f() + N; }\n"),
            ("src/f.c", "int f(void) { return 1; }\n"),
            ("src/n.h", "#define N 1\n"),
        ],
    );
    let first = toolkit.build().unwrap();
    assert!(!first.cached && toolkit.build().unwrap().cached);

    let entries = || fs::read_dir(toolkit.cache()).unwrap().count();
    let before = entries();
    toolkit.write("src/f.c", "int f(void) { return 2; }\n");
    assert!(!toolkit.build().unwrap().cached);
    assert_eq!(entries() - before, 2, "one object and one program");

    toolkit.write("src/n.h", "#define N 2\n");
    assert_ne!(toolkit.build().unwrap().code, first.code);
}

#[test]
fn an_object_that_includes_another_unit_is_compiled_again_with_it() {
    let toolkit = Toolkit::new(
        Shape::Command,
        &[
            ("src/main.c", "#include \"part.c\"\nint main(void) { return part(); }\n"),
            ("src/part.c", "static int part(void) { return 1; }\n"),
        ],
    );
    let first = toolkit.build().unwrap();
    toolkit.write("src/part.c", "static int part(void) { return 2; }\n");
    assert_ne!(toolkit.build().unwrap().code, first.code);
}

#[test]
fn an_object_that_reads_another_unit_in_any_way_is_compiled_again_with_it() {
    let part = |n: u8| format!("static int part(void) {{ return {n}; }}\n");
    let at = part(1).find('1').unwrap();
    let embed = |path| {
        format!("static const char x[] = {{\n#embed \"{path}\"\n}};\n#define part() x[{at}]")
    };
    let assembly = format!(
        "__asm__(\".section .data.x,\\\"\\\",@\\n.globl x\\nx:\\n.incbin \\\"/build/src/p.c\\\"\\n\
         .size x, 9\\n\");\nextern char x[];\n#define part() x[{at}]"
    );
    for (unit, reads) in [
        ("src/p.c", "#include \"./p.c\"".to_owned()),
        ("src/p.c", "#include \"../src/p.c\"".to_owned()),
        ("src/p.c", "#include \"/build//src/p.c\"".to_owned()),
        ("src/p$.c", "#include \"p$.c\"".to_owned()),
        ("src/p#.c", "#include \"p#.c\"".to_owned()),
        ("src/p q.c", "#include \"p q.c\"".to_owned()),
        ("src/p.c", embed("p.c")),
        ("src/p.c", embed("./p.c")),
        ("src/p.c", assembly),
    ] {
        let main = format!("{reads}\nint main(void) {{ return part(); }}\n");
        let toolkit = Toolkit::new(Shape::Command, &[("src/main.c", &main), (unit, &part(1))]);
        let first = toolkit.build().unwrap();
        toolkit.write(unit, &part(2));
        assert_ne!(toolkit.build().unwrap().code, first.code, "{unit}: {reads}");
    }
}

#[test]
fn an_embedded_file_that_is_not_in_sight_is_no_empty_array() {
    for path in ["/etc/passwd", "nope", "../../nope"] {
        let source = format!("static const char x[] = {{\n#embed \"{path}\"\n}};\n");
        let toolkit = Toolkit::command(&format!("{source}int main(void) {{ return sizeof x; }}\n"));
        let ended = toolkit.build();
        assert!(
            matches!(
                ended,
                Err(CompileError::Rejected { .. }
                    | CompileError::Stopped { source: StepError::Trap { .. }, .. })
            ),
            "{path}: {ended:?}"
        );
    }
}

/// A compiler of which each step uses all of its CPU time.
#[derive(Default)]
struct Slow(AtomicU32);

impl Sandbox for Slow {
    fn prepare(&self, _: &Module) -> Result<(), StepError> {
        Ok(())
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Finished { status: 0, stdout: Vec::new(), stderr: Vec::new(), cpu: step.limits.cpu })
    }
}

#[test]
fn a_build_of_many_files_has_a_budget_over_all() {
    let toolkit = Toolkit::command("int main(void) { return 0; }\n");
    for i in 0..60 {
        toolkit.write(&format!("src/{i}.c"), "");
    }
    let slow = Slow::default();
    let compilers = Compilers { sandbox: &slow, ..compilers(&toolkit.cache()) };
    let ended = compilers.build(&toolkit.request);
    assert!(
        matches!(ended, Err(CompileError::Stopped { source: StepError::Budget { .. }, .. })),
        "{ended:?}"
    );
    assert!(slow.0.into_inner() < 20 + 4, "twenty, and what ran beside the last");
}

#[test]
fn a_kernel_may_use_the_c_library_and_imports_nothing() {
    let source = "#include <stdlib.h>\n#include <string.h>\nstatic char in[64], out[64];\n\
                  char *in_ptr(void) { return in; }\nchar *out_ptr(void) { return out; }\n\
                  static int by(const void *a, const void *b) { return *(char *)a - *(char *)b; }\n\
                  int process(int n) { char *p = malloc(n); memcpy(p, in, n); qsort(p, n, 1, by); memcpy(out, p, n); free(p); return n; }\n";
    let toolkit = Toolkit::new(Shape::Kernel, &[("src/k.c", source)]);
    let built = toolkit.build().unwrap();
    let wasm = built.file().unwrap();
    let text = String::from_utf8_lossy(&wasm);
    assert!(!text.contains("wasi_snapshot_preview1"));
    for export in ["process", "in_ptr", "out_ptr", "memory", "_initialize"] {
        assert!(text.contains(export), "{export}");
    }
}

#[test]
fn an_installed_compiler_is_whole() {
    let toolkit = Toolkit::command("int main(void) { return 0; }\n");
    toolkit.build().unwrap();
    compilers(&toolkit.cache()).verify("c").unwrap();
}
