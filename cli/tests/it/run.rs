//! `wbx toolkit run` on guests written as text.

use crate::support::{COMPONENT, ECHO, KERNEL, Place, SPIN, WANTS_KV};

#[test]
fn arguments_stdin_and_status_pass_through() {
    let place = Place::new();
    place.write("echo.wat", ECHO);
    let ended = place.run_with(&["toolkit", "run", "echo.wat", "--json", "x"], "from stdin");
    assert_eq!(
        (ended.status, ended.stdout.as_str(), ended.stderr.as_str()),
        (7, "--jsonfrom stdin", "")
    );
}

#[test]
fn with_json_the_output_and_the_status_are_in_the_data() {
    let place = Place::new();
    place.write("echo.wat", ECHO);
    let (status, envelope) = place.json(&["toolkit", "run", "echo.wat", "hi"]);
    assert_eq!(status, 7);
    assert_eq!(envelope["ok"], true);
    assert_eq!(envelope["verb"], "toolkit run");
    let data = &envelope["data"];
    assert_eq!(
        (&data["status"], &data["stdout"], &data["stderr"]),
        (&7.into(), &"hi".into(), &"".into())
    );
    assert_eq!(data["truncated"], false);
    assert_eq!(data["log"]["dropped"], 0);
    assert!(data["usage"]["memory_peak"].as_u64().unwrap() > 0);
    assert!(data["timings"]["total"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_ungranted_import_is_named_with_the_flag_that_grants_it() {
    let place = Place::new();
    place.write("wants.wat", WANTS_KV);
    let (status, envelope) = place.json(&["toolkit", "run", "wants.wat"]);
    assert_eq!(status, 7);
    let error = &envelope["error"];
    assert_eq!(error["code"], "workbooks::link::not_granted");
    assert!(
        error["message"].as_str().unwrap().contains("workbooks:engine/kv@0.1.0-dev"),
        "{error}"
    );
    assert!(error["hint"].as_str().unwrap().contains("--grant kv"), "{error}");
}

#[test]
fn a_kernel_answers_its_stdin() {
    let place = Place::new();
    place.write("kernel.wat", KERNEL);
    let ended = place.run_with(&["toolkit", "run", "kernel.wat"], "abc");
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "aabc"));
    let ended = place.run_with(&["toolkit", "run", "kernel.wat"], "");
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("-3"), "{}", ended.stderr);
    let (status, envelope) = place.json(&["toolkit", "run", "kernel.wat"]);
    assert_eq!((status, &envelope["data"]["status"]), (1, &(-3).into()));
}

#[test]
fn a_component_is_called_in_wave() {
    let place = Place::new();
    place.write("sum.wat", COMPONENT);
    let call = |call| place.run(&["toolkit", "run", "--invoke", call, "sum.wat"]);
    assert_eq!((call("add(40, 2)").status, call("add(40, 2)").stdout.as_str()), (0, "42\n"));
    assert_eq!(call("fail()").status, 1);
    assert_eq!(call("add(1)").status, 2);
    let ended = call("sub(1, 2)");
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("add"), "{}", ended.stderr);
}

#[test]
fn a_component_without_a_call_says_what_it_exports() {
    let place = Place::new();
    place.write("sum.wat", COMPONENT);
    let ended = place.run(&["toolkit", "run", "sum.wat"]);
    assert_eq!(ended.status, 2);
    assert!(
        ended.stderr.contains("--invoke") && ended.stderr.contains("add, fail"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_toolkit_runs_by_id_by_folder_and_from_below_the_project() {
    let place = Place::new();
    place.toolkit("echo", "", ECHO).write("deep/er/file", "").write(".git/HEAD", "");
    assert_eq!(place.run(&["toolkit", "run", "echo", "id"]).stdout, "id");
    assert_eq!(place.run(&["toolkit", "run", "./toolkits/echo", "folder"]).stdout, "folder");
    let below = place.command(&["toolkit", "run", "echo", "below"]);
    let below = below.env_remove("WBX_TOOLKITS_ROOT").current_dir(place.path("deep/er"));
    below.assert().code(7).stdout_eq("below");
}

#[test]
fn stdin1_gives_the_arguments_as_the_first_line() {
    let place = Place::new();
    place.toolkit("echo", "#+ARG_MODE: stdin1", ECHO);
    assert_eq!(place.run_with(&["toolkit", "run", "echo", "a", "b"], "").stdout, "a b\n");
}

#[test]
fn the_deadline_ends_a_loop_and_says_so() {
    let place = Place::new();
    place.write("spin.wat", SPIN);
    let (status, envelope) = place.json(&["toolkit", "run", "--deadline", "50ms", "spin.wat"]);
    assert_eq!(status, 8);
    assert_eq!(envelope["error"]["code"], "workbooks::limit::deadline");
    assert_eq!(envelope["error"]["retryable"], true);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts what it tests")]
fn ctrl_c_kills_the_guest_and_exits_with_130() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    let place = Place::new();
    // Says something, and then never ends: once it is heard, it runs.
    let says = ECHO.replace("(call $exit (i32.const 7))", "(loop $again (br $again))");
    place.write("says.wat", &says);
    let child = Command::new(crate::support::wbx())
        .args(["toolkit", "run", "--profile", "posix", "says.wat", "ready"])
        .current_dir(place.path(""))
        .env("WBX_HOME", place.path("home"))
        .env("WBX_CACHE", place.path("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let mut heard = [0; 5];
    child.stdout.as_mut().unwrap().read_exact(&mut heard).unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&child),
        rustix::process::Signal::INT,
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((&heard, output.status.code()), (b"ready", Some(130)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("killed"));
}

#[test]
fn the_share_of_each_step_is_printed_on_stderr() {
    let place = Place::new();
    place.toolkit("echo", "", ECHO);
    let ended = place.run(&["toolkit", "run", "--timings", "echo", "x"]);
    assert_eq!(ended.stdout, "x");
    for step in ["find", "manifest", "grant", "build", "host", "compile", "start", "run", "total"] {
        assert!(
            ended.stderr.lines().any(|line| line.starts_with(step) && line.ends_with('%')),
            "{step}\n{}",
            ended.stderr
        );
    }
}
