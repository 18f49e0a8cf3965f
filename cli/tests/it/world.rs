//! A component's own world, declared in WIT: printed, compared, called.

use crate::support::{COMPONENT, Ended, Place};

const WIT: &str = "package my:sums@1.0.0;\n\nworld sums {\n  export add: func(a: u32, b: u32) -> u32;\n  \
                   export fail: func() -> result;\n}\n";

fn place(wit: &str) -> Place {
    let place = Place::new();
    place.toolkit("sums", "#+EXEC: component\n#+WIT: sums", COMPONENT);
    place.write("toolkits/sums/wit/sums.wit", wit);
    place
}

fn told(ended: &Ended, status: i32, words: &[&str]) {
    assert_eq!(ended.status, status, "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

#[test]
fn wit_that_is_not_accepted_ends_with_9_and_its_place() {
    let broken = place("package my:sums;\nworld sums {\n  export add: func(\n}\n");
    for args in [&["wit", "sums"][..], &["toolkit", "check", "sums"]] {
        told(&broken.run(args), 9, &["workbooks::wit::invalid", "wit/sums.wit:4:1"]);
    }
    let closed =
        place("package my:sums;\nworld sums {\n  import workbooks:engine/kv@0.1.0-dev;\n}\n");
    told(
        &closed.run(&["wit", "sums"]),
        9,
        &["workbooks::wit::not_opened", "wit/sums.wit:3:10", "add `kv`"],
    );
    let other = place("package my:sums;\nworld other {}\n");
    told(&other.run(&["wit", "sums"]), 9, &["workbooks::wit::unknown_world", "other"]);
}

#[test]
fn a_check_compares_the_artifact_with_the_declared_world() {
    told(&place(WIT).run(&["toolkit", "check", "sums"]), 0, &[]);
    let more = WIT.replace("b: u32)", "b: u64)").replace("fail:", "done: func();\n  export fail:");
    let ended = place(&more).run(&["toolkit", "check", "sums"]);
    told(
        &ended,
        5,
        &["workbooks::check::missing_export", "`done`", "workbooks::check::shape", "`add`"],
    );
}

#[test]
fn a_toolkits_world_is_printed_whole() {
    let printed = place(WIT).run(&["wit", "sums"]).stdout;
    for part in
        ["world guest {", "workbooks:engine/log@", "export add: func(a: u32, b: u32) -> u32;"]
    {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert_eq!(place(WIT).run(&["wit", "sums", "--caps", "kv"]).status, 2);
}

#[test]
fn its_functions_are_called_by_name() {
    let ended = place(WIT).run(&["toolkit", "run", "--invoke", "add(20, 22)", "sums"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "42\n"), "{}", ended.stderr);
}
