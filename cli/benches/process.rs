//! What a person waits for: a warm run, an edit, and a large upstream program through the C lane.
//!
//! `cargo bench -p workbooks-cli [NAME…]`, where a name is one of `warm`, `edit`, `upstream`. The
//! lane is the one of whoever runs it, and is installed first if it is not there.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, prints, and fails loudly"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// QuickJS-ng as the crate ships it: 2.1 MB of C in its largest file.
const QUICKJS: &str = "#+TOOLKIT: quickjs
#+EXEC: command
#+CAPS: vfs
#+BUILD_LANG: c
#+BUILD_SRC: crate:rquickjs-sys@0.14.0
#+SHA256: cee271d0eeba64f0915b846cb7ae02e16faf3dfdffdca91731101d9d30fe3423
#+BUILD_FILES: quickjs/quickjs.c quickjs/libregexp.c quickjs/libunicode.c quickjs/dtoa.c
#+BUILD_FILES: quickjs/quickjs-libc.c quickjs/qjs.c quickjs/gen/repl.c quickjs/gen/standalone.c
#+BUILD_INCLUDE: quickjs
#+BUILD_FLAGS: -O2 -D_GNU_SOURCE -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_SIGNAL
#+BUILD_FLAGS: -funsigned-char -fwrapv -w -lwasi-emulated-process-clocks -lwasi-emulated-signal
#+BUILD_LIMITS: memory=1GiB time=300s
";

type Figure = fn(&Path);

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let place = tempfile::tempdir().unwrap();
    let figures = [("warm", warm as Figure), ("edit", edit), ("upstream", upstream)];
    for (name, run) in figures {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            println!("== {name}");
            run(place.path());
        }
    }
}

/// `wbx` in a project of its own; how long it took and what it said.
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

/// The toolkit `hello` of this tree, in the project of the benchmark.
fn hello(place: &Path) -> std::path::PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../toolkits/hello");
    let copy = place.join("toolkits/hello");
    fs::create_dir_all(copy.join("src")).unwrap();
    for file in ["manifest.org", "src/hello.c"] {
        fs::copy(ours.join(file), copy.join(file)).unwrap();
    }
    copy.join("src/hello.c")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn warm(place: &Path) {
    hello(place);
    wbx(place, &["toolkit", "run", "hello"]);
    let times: Vec<_> = (0..30).map(|_| wbx(place, &["toolkit", "run", "hello"]).0).collect();
    let least = times.iter().min().unwrap();
    println!(
        "wbx toolkit run hello, warm, whole process: {:.1} ms, best {:.1} ms (target 25 ms)",
        median(times.clone()).as_secs_f64() * 1e3,
        least.as_secs_f64() * 1e3
    );
    let (_, said) = wbx(place, &["--json", "toolkit", "run", "hello"]);
    let envelope: serde_json::Value = serde_json::from_str(&said).unwrap();
    println!("  of which, in ms: {}", envelope["data"]["timings"]);
}

fn edit(place: &Path) {
    let source = hello(place);
    wbx(place, &["toolkit", "run", "hello"]);
    let text = fs::read_to_string(&source).unwrap();
    let times = (0..10).map(|round| {
        fs::write(&source, text.replace("Hello, ", &format!("Hello {round}, "))).unwrap();
        let (took, said) = wbx(place, &["toolkit", "run", "hello"]);
        assert_eq!(said, format!("Hello {round}, world!\n"));
        took
    });
    println!(
        "C hello, source to running, warm lane: {:.0} ms (target 200 ms)",
        median(times.collect()).as_secs_f64() * 1e3
    );
}

fn upstream(place: &Path) {
    fs::create_dir_all(place.join("toolkits/quickjs")).unwrap();
    fs::write(place.join("toolkits/quickjs/manifest.org"), QUICKJS).unwrap();
    let (took, _) = wbx(place, &["toolkit", "build", "quickjs"]);
    let (_, said) =
        wbx(place, &["toolkit", "run", "quickjs", "-e", "print([1, 2, 3].map(x => x * x))"]);
    assert_eq!(said, "1,4,9\n");
    println!("QuickJS-ng, eight C files, through the lane: {:.1} s", took.as_secs_f64());
}
