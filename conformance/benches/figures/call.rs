//! One typed call of a component that a lane made: a JSON text in, the same out, by language.

use std::path::Path;
use std::time::{Duration, Instant};

use workbooks_conformance::case::{Lanes, of_code};
use workbooks_host::{Host, Manifest, Prepared, Run};

use crate::measure::{among_guests, grant, ns, ratio};

const CALL: &str = r#"call("echo", "{\"said\": [1, 2]}")"#;
const ROUND: u32 = 1_000;

const C: &str = r#"#include "workbooks.h"
static bool echo(const guest_string_t *told, guest_string_t *said, wb_error *error) {
    wb_add(said, "%.*s", WB_TEXT(*told));
    return true;
}
WB_TOOLS({"echo", "", "{}", echo})
"#;
const JS: &str = "export const tool = {
  describe: () => [],
  call: (name, told) => JSON.stringify(JSON.parse(told)),
};
";
const PYTHON: &str = "from workbooks import tool

@tool
def echo(said):
    return {'said': said}
";

pub(crate) fn run() {
    let lanes = Lanes::of_whoever_tests(Path::new(env!("CARGO_TARGET_TMPDIR")), None);
    let host = Host::builder().cache(lanes.cache.join("artifacts")).build().unwrap();
    let [c, js, python] = [("c", "main.c", C), ("js", "main.js", JS), ("py", "main.py", PYTHON)]
        .map(|(lang, file, text)| timed(&host, built(&host, &lanes, lang, file, text)));
    for (language, (start, call), target) in
        [("C", c, "none"), ("JS", js, "20 µs"), ("Python", python, "1 ms")]
    {
        println!(
            "typed call, {language}: {}, {:.1}x C (target {target}); start {}",
            ns(call),
            ratio(call, c.1),
            ns(start)
        );
    }
}

fn built(host: &Host, lanes: &Lanes, lang: &str, file: &str, text: &str) -> Prepared {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "#+TOOLKIT: bench\n#+EXEC: component\n#+TRUST: first-party\n#+BUILD_LANG: {lang}\n#+BUILD_SRC: path:src\n"
    );
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src").join(file), text).unwrap();
    let manifest = Manifest::parse(manifest.as_bytes(), None, &host.vocabulary()).unwrap();
    let code = lanes.artifact(&manifest, folder.path()).unwrap();
    host.prepare(&of_code(&code, Some(&manifest)), &grant(&[])).unwrap()
}

/// The start of an instance, and a call of it: the best of seven.
fn timed(host: &Host, prepared: Prepared) -> (Duration, Duration) {
    among_guests(host, async move {
        let (mut start, mut call) = (Duration::MAX, Duration::MAX);
        for _ in 0..7 {
            let began = Instant::now();
            let mut instance = prepared.start(Run::default()).await.unwrap();
            start = start.min(began.elapsed());
            let answer = instance.invoke(CALL).await.unwrap().text;
            assert!(answer.starts_with("ok(") && answer.contains("said"), "{answer}");
            let began = Instant::now();
            for _ in 0..ROUND {
                instance.invoke(CALL).await.unwrap();
            }
            call = call.min(began.elapsed() / ROUND);
        }
        (start, call)
    })
}
