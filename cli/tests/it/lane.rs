//! What needs a compiler: these use the lane store of whoever runs the tests, and install the
//! lane if it is not there.

use crate::support::Place;

/// `wbx` in a project of its own, with the tests' own environment and so their lane store.
fn wbx(place: &Place, args: &[&str], stdin: &str) -> (Option<i32>, String, String) {
    let output = snapbox::cmd::Command::new(crate::support::wbx())
        .args(args)
        .current_dir(place.path(""))
        .env("WBX_HOME", place.path("home"))
        .env("WBX_TOOLKITS_ROOT", place.path("toolkits"))
        .stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn each_new_toolkit_builds_and_runs() {
    let place = Place::new();
    for (lang, (shape, flags, args, stdin, says)) in [
        ("command", &[][..], &["Ada"][..], "", "Hello, Ada!\n"),
        ("kernel", &[], &[], "loud", "LOUD"),
        (
            "component",
            &["--invoke", "call(\"echo\", \"[1, 2]\")"],
            &[],
            "",
            "ok(\"{\\\"said\\\":[1, 2]}\")\n",
        ),
    ]
    .into_iter()
    .flat_map(|one| ["c", "cpp", "python"].map(|lang| (lang, one)))
    {
        let python = lang == "python";
        if python && shape == "kernel" {
            continue;
        }
        // JSON as Python's own library writes it.
        let says = if python { says.replace(":[", ": [") } else { says.to_owned() };
        let id = format!("my-{lang}-{shape}");
        let made = wbx(&place, &["toolkit", "new", "--lang", lang, "--exec", shape, &id], "");
        assert_eq!(made.0, Some(0), "{}", made.2);
        let line = [&["toolkit", "run"], flags, &[id.as_str()], args].concat();
        let (status, stdout, stderr) = wbx(&place, &line, stdin);
        assert_eq!((status, stdout.as_str()), (Some(0), says.as_str()), "{shape}\n{stderr}");
        let (status, _, stderr) = wbx(&place, &["toolkit", "check", &id], "");
        assert_eq!(status, Some(0), "{shape}\n{stderr}");
    }
}

#[test]
fn a_new_toolkit_travels_to_somebody_who_has_no_compiler() {
    let (author, stranger) = (Place::new(), Place::new());
    let registry = author.path("registry").display().to_string();
    stranger.write("home/policy.toml", &format!("[registry]\nlibrary = {registry:?}\n"));
    for (lang, shape, arg, stdin, says) in [
        ("c", "command", &["Ada"][..], "", "Hello, Ada!\n"),
        ("c", "kernel", &[], "loud", "LOUD"),
        ("js", "command", &["Ada"], "", "Hello, Ada!\n"),
    ] {
        let id = format!("my-{lang}-{shape}");
        for args in [
            &["toolkit", "new", "--lang", lang, "--exec", shape, &id][..],
            &["toolkit", "publish", &id, "--to", &registry, "--yes"],
        ] {
            let (status, _, stderr) = wbx(&author, args, "");
            assert_eq!(status, Some(0), "{args:?}: {stderr}");
        }
        let ended = stranger.run(&["toolkit", "add", &id, "--yes", "--trust"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("this host"), "{}", ended.stderr);
        let ended = stranger.run_with(&[&["toolkit", "run", &id], arg].concat(), stdin);
        assert_eq!((ended.status, ended.stdout.as_str()), (0, says), "{}", ended.stderr);
    }
}

#[test]
fn each_new_toolkit_of_an_interpreted_language_runs_fits_its_world_and_has_its_types() {
    let place = Place::new();
    for lang in ["js", "ts"] {
        for (shape, line, says) in [
            ("command", &["Ada"][..], "Hello, Ada!\n"),
            (
                "component",
                &["--invoke", "call(\"echo\", \"[1, 2]\")"],
                "ok(\"{\\\"said\\\":[1,2]}\")\n",
            ),
        ] {
            let id = format!("my-{lang}-{shape}");
            let made = wbx(&place, &["toolkit", "new", "--lang", lang, "--exec", shape, &id], "");
            assert_eq!(made.0, Some(0), "{}", made.2);
            let (flags, args) = if shape == "command" { (&[][..], line) } else { (line, &[][..]) };
            let line = [&["toolkit", "run"], flags, &[id.as_str()], args].concat();
            let (status, stdout, stderr) = wbx(&place, &line, "");
            assert_eq!((status, stdout.as_str()), (Some(0), says), "{id}\n{stderr}");
            let (status, _, stderr) = wbx(&place, &["toolkit", "check", &id], "");
            assert_eq!(status, Some(0), "{id}\n{stderr}");

            let folder = format!("toolkits/{id}");
            let typings =
                || std::fs::read(place.path(&format!("{folder}/sdk/runtime.d.ts"))).unwrap();
            let written = typings();
            place.write(&format!("{folder}/sdk/runtime.d.ts"), "");
            let (status, _, stderr) = wbx(&place, &["wit", &id, "--into", &folder], "");
            assert_eq!((status, typings() == written), (Some(0), true), "{id}\n{stderr}");
        }
    }
}

#[test]
fn a_type_error_is_shown_with_its_place_and_exits_with_9() {
    let place = Place::new();
    assert_eq!(wbx(&place, &["toolkit", "new", "--lang", "ts", "wrong"], "").0, Some(0));
    place.write("toolkits/wrong/src/main.ts", "const n: number = 'two';\nconsole.log(n);\n");
    let (status, stdout, stderr) = wbx(&place, &["toolkit", "build", "wrong"], "");
    assert_eq!((status, stdout.as_str()), (Some(9), ""), "{stderr}");
    assert!(stderr.contains("src/main.ts:1:7") && stderr.contains("not assignable"), "{stderr}");
}

#[test]
fn a_new_toolkit_of_http_builds_and_is_served() {
    for lang in ["c", "js", "ts", "python", "go"] {
        is_served(lang);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test starts and calls what it tests")]
fn is_served(lang: &str) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::process::{Command, Stdio};
    let place = Place::new();
    assert_eq!(
        wbx(&place, &["toolkit", "new", "--lang", lang, "--exec", "http", "web"], "").0,
        Some(0)
    );
    let (status, _, stderr) = wbx(&place, &["toolkit", "check", "web"], "");
    assert_eq!(status, Some(0), "{stderr}");
    let mut child = Command::new(crate::support::wbx())
        .args(["serve", "--listen", "web=127.0.0.1:0", "web"])
        .current_dir(place.path(""))
        .env("WBX_HOME", place.path("home"))
        .env("WBX_TOOLKITS_ROOT", place.path("toolkits"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /a HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Hello from /a\n"), "{answer}");
}

#[test]
fn a_syntax_error_is_shown_with_its_place_and_exits_with_9() {
    let place = Place::new();
    assert_eq!(wbx(&place, &["toolkit", "new", "wrong"], "").0, Some(0));
    place.write("toolkits/wrong/src/wrong.c", "int main(void) {\n    return nothing;\n}\n");
    let (status, stdout, stderr) = wbx(&place, &["toolkit", "build", "wrong"], "");
    assert_eq!((status, stdout.as_str()), (Some(9), ""), "{stderr}");
    assert!(stderr.contains("src/wrong.c:2:12") && stderr.contains("return nothing"), "{stderr}");
}

#[test]
fn a_lane_that_is_here_is_listed_with_what_it_takes_and_what_it_lacks() {
    let place = Place::new();
    let (status, _, stderr) = wbx(&place, &["lane", "install", "c"], "");
    assert_eq!(status, Some(0), "{stderr}");
    let (status, stdout, stderr) = wbx(&place, &["--json", "lane", "list", "cpp"], "");
    assert_eq!(status, Some(0), "{stderr}");
    let envelope: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let lanes = envelope["data"]["lanes"].as_array().unwrap();
    let (lane, others) = lanes.split_first().unwrap();
    assert_eq!((lane["language"].as_str(), others.len()), (Some("c++"), 0));
    assert_eq!((lane["lane"].as_str(), lane["state"].as_str()), (Some("c"), Some("installed")));
    assert!(lane["measured_bytes"].as_u64() > Some(100 << 20), "{lane}");
    assert!(lane["lacks"][0]["feature"] == "C++ exceptions", "{lane}");
    assert_eq!(wbx(&place, &["lane", "verify", "c"], "").0, Some(0));
}

#[test]
fn a_program_that_opens_no_file_is_refused_nothing() {
    let place = Place::new();
    for lang in ["js", "python"] {
        let id = format!("my-{lang}");
        let made = wbx(&place, &["toolkit", "new", "--lang", lang, "--exec", "command", &id], "");
        assert_eq!(made.0, Some(0), "{}", made.2);
        let (status, _, stderr) = wbx(&place, &["toolkit", "run", &id, "Ada"], "");
        assert_eq!(status, Some(0), "{stderr}");
    }
    let (status, told, stderr) = wbx(&place, &["audit", "--json"], "");
    assert!(status == Some(0) && !told.contains("get-directories"), "{told}{stderr}");
}

#[test]
fn an_editor_of_python_gets_stubs_of_what_the_manifest_asks_for() {
    let place = Place::new();
    let line = ["wit", "--caps", "kv,net", "--lang", "python", "--into", "types"];
    let (status, _, stderr) = wbx(&place, &line, "");
    assert_eq!(status, Some(0), "{stderr}");
    let kv = std::fs::read_to_string(place.path("types/sdk/workbooks/kv.pyi")).unwrap();
    assert!(kv.contains("def get(key: str) -> bytes | None:"), "{kv}");
    assert!(!place.path("types/sdk/workbooks/exec.pyi").exists());
    // Each is Python.
    let parse = "import ast, pathlib, sys\nfor f in pathlib.Path(sys.argv[1]).rglob('*.pyi'): ast.parse(f.read_text())";
    let parsed = snapbox::cmd::Command::new("python3")
        .args(["-c", parse, place.path("types").to_str().unwrap()])
        .output()
        .unwrap();
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
}

#[test]
fn versions_that_this_program_does_not_use_are_told() {
    let place = Place::new();
    let cache = place.path("cache");
    let old = cache.join("lanes/js/0.0.1-0123abcd");
    std::fs::create_dir_all(&old).unwrap();
    std::fs::write(old.join("engine"), vec![1; 3 << 20]).unwrap();
    let output = snapbox::cmd::Command::new(crate::support::wbx())
        .args(["lane", "list"])
        .env("WBX_HOME", place.path("home"))
        .env("WBX_CACHE", cache)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("versions of js that this program does not use take 3 MiB"), "{told}");
    assert!(told.contains("--prune"), "{told}");
}
