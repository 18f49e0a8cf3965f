//! What each language costs: building, and running what was built, beside `hello` in C.
//!
//! `cargo bench -p workbooks-cli --bench lanes [LANG…]`. The lanes are those of whoever runs it,
//! and are installed first if they are not there.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, prints, and fails loudly"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A program in one language: its file, and a text in which `{n}` is what it prints.
struct Program {
    lang: &'static str,
    file: &'static str,
    text: &'static str,
}

const PROGRAMS: &[Program] = &[
    Program {
        lang: "c",
        file: "m.c",
        text: "#include <stdio.h>\nint main(void) { puts(\"{n}\"); }\n",
    },
    Program {
        lang: "c++",
        file: "m.cpp",
        text: "#include <iostream>\nint main() { std::cout << \"{n}\" << std::endl; }\n",
    },
    Program { lang: "js", file: "main.js", text: "console.log('{n}');\n" },
    Program { lang: "ts", file: "main.ts", text: "const n: string = '{n}';\nconsole.log(n);\n" },
    Program {
        lang: "go",
        file: "main.go",
        text: "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"{n}\") }\n",
    },
    Program { lang: "py", file: "main.py", text: "print('{n}')\n" },
];

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let place = tempfile::tempdir().unwrap();
    println!(
        "{:6} {:>16} {:>18} {:>14} {:>22}",
        "", "edit → artifact", "edit → running", "warm run", "over C's warm run"
    );
    let mut least = None;
    for program in PROGRAMS {
        if program.lang != "c" && !wanted.is_empty() && !wanted.iter().any(|w| w == program.lang) {
            continue;
        }
        let warm = figures(place.path(), program, least);
        least.get_or_insert(warm);
    }
    if wanted.is_empty() || wanted.iter().any(|word| word == "go") {
        modules(place.path());
    }
    if wanted.is_empty() || wanted.iter().any(|word| word == "ts") {
        checked(place.path());
    }
}

fn wbx(place: &Path, args: &[&str]) -> (Duration, String) {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_wbx"))
        .args(args)
        .current_dir(place)
        .env("WBX_HOME", place.join("home"))
        .env("WBX_TOOLKITS_ROOT", place.join("toolkits"))
        .output()
        .unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    (took, String::from_utf8(output.stdout).unwrap())
}

fn toolkit(place: &Path, id: &str, lang: &str, files: &[(String, String)]) {
    let folder = place.join("toolkits").join(id);
    let manifest =
        format!("#+TOOLKIT: {id}\n#+EXEC: command\n#+BUILD_LANG: {lang}\n#+BUILD_SRC: path:src\n");
    for (name, text) in files {
        let path = folder.join("src").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(folder.join("manifest.org"), manifest).unwrap();
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Prints one row, and gives the warm run in milliseconds.
fn figures(place: &Path, program: &Program, least: Option<f64>) -> f64 {
    let id = format!("bench-{}", program.lang.replace('+', "p"));
    let write = |n: usize| {
        let text = program.text.replace("{n}", &n.to_string());
        toolkit(place, &id, program.lang, &[(program.file.to_owned(), text)]);
    };
    write(0);
    wbx(place, &["toolkit", "run", &id]);
    let artifact = (1..6).map(|n| {
        write(n);
        wbx(place, &["toolkit", "build", &id]).0
    });
    let artifact = median(artifact.collect());
    let running = (6..11).map(|n| {
        write(n);
        let (took, said) = wbx(place, &["toolkit", "run", &id]);
        assert_eq!(said, format!("{n}\n"));
        took
    });
    let running = median(running.collect());
    let warm = median((0..20).map(|_| wbx(place, &["toolkit", "run", &id]).0).collect());
    let over = least.map_or(String::new(), |least| format!("{:+.1} ms", warm - least));
    println!(
        "{:6} {artifact:>13.0} ms {running:>15.0} ms {warm:>11.1} ms {over:>22}",
        program.lang
    );
    warm
}

/// A module of twenty packages, of which one is edited.
fn modules(place: &Path) {
    let package = |at: usize, n: usize| {
        (format!("p{at}/p.go"), format!("package p{at}\n\nfunc Of() int {{ return {n} }}\n"))
    };
    let (mut imports, mut sum) = (String::new(), String::new());
    for at in 0..19 {
        writeln!(imports, "import \"bench.example/m/p{at}\"").unwrap();
        write!(sum, "{}p{at}.Of()", if at == 0 { "" } else { " + " }).unwrap();
    }
    let main = format!("package main\n\n{imports}\nfunc main() {{ println({sum}) }}\n");
    let mut files: Vec<_> = (0..19).map(|at| package(at, at)).collect();
    files.push(("main.go".to_owned(), main));
    files.push(("go.mod".to_owned(), "module bench.example/m\n\ngo 1.27\n".to_owned()));
    toolkit(place, "bench-modules", "go", &files);
    wbx(place, &["toolkit", "build", "bench-modules"]);
    let times = (0..5).map(|n| {
        toolkit(place, "bench-modules", "go", &[package(7, 100 + n)]);
        wbx(place, &["toolkit", "build", "bench-modules"]).0
    });
    println!(
        "Go, one edit of a module of 20 packages → artifact: {:.0} ms",
        median(times.collect())
    );
}

/// A program of 500 lines, type by type.
fn checked(place: &Path) {
    let text = |n: usize| {
        let mut text = String::new();
        for at in 0..100 {
            write!(
                text,
                "interface I{at} {{ a: number; b: string[]; c?: I{} }}\n\
                 function f{at}(x: I{at}): Map<string, number> {{\n  \
                 return new Map(x.b.map((s, i) => [s, i + x.a + {n}]));\n}}\n\
                 const v{at} = f{at}({{ a: {at}, b: ['x'] }});\n",
                at / 2
            )
            .unwrap();
        }
        text + "console.log(v99.get('x'));\n"
    };
    let write = |n| toolkit(place, "bench-checked", "ts", &[("main.ts".to_owned(), text(n))]);
    write(0);
    wbx(place, &["toolkit", "build", "bench-checked"]);
    let times = (1..6).map(|n| {
        write(n);
        wbx(place, &["toolkit", "build", "bench-checked"]).0
    });
    println!("TS, an edit of 500 lines, checked → artifact: {:.0} ms", median(times.collect()));
}
