//! Packages of Debian that no one here wrote, pinned, with their own tests: shlex and go-humanize.

use std::{fs, path::Path, process::Command};

use workbooks_compilers::Digest;
use workbooks_host::Shape;

use crate::{js_lane::outcome, support::Toolkit};

/// An archive as Debian names it.
struct Archive {
    name: &'static str,
    version: &'static str,
    sha256: &'static str,
}

const SHLEX: Archive = Archive {
    name: "golang-github-google-shlex-dev",
    version: "0.0~git20191202.e7afc7f-1",
    sha256: "4d19ec1772354568a058fb5b131e91a04919e6c89aec041d34e682709ecc878e",
};
const HUMANIZE: Archive = Archive {
    name: "golang-github-dustin-go-humanize-dev",
    version: "1.0.0-3",
    sha256: "b4d1a9d00e0c8af421a30e683bf36e14ba99fa621d3f698220f9af0420bd330c",
};

/// Runs a client of the machine in `folder`; says that the test is skipped if that is impossible.
fn client(program: &str, args: &[&str], folder: &Path) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the machine's own package client")]
    let mut command = Command::new(program);
    let done = command.args(args).current_dir(folder).output();
    let done = done.is_ok_and(|output| output.status.success());
    if !done {
        #[expect(clippy::print_stderr, reason = "what is not tested is said")]
        {
            eprintln!("skipped: `{program} {}` does not work on this machine", args.join(" "));
        }
    }
    done
}

/// What the package's own tests say when they are a program; nothing where Debian is out of reach.
fn own_tests(archive: &Archive, path: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let wanted = format!("{}={}", archive.name, archive.version);
    if !client("apt-get", &["download", "--quiet", &wanted], folder) {
        return None;
    }
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(Digest::of(&fs::read(&file).unwrap()).to_string(), archive.sha256);
    if !client("dpkg-deb", &["-x", file.to_str().unwrap(), "unpacked"], folder) {
        return None;
    }
    let source = folder.join("unpacked/usr/share/gocode/src").join(path);
    let main = format!(
        "package main\n\nimport (\n\t\"testing\"\n\n\town \"{path}\"\n)\n\n\
         func main() {{\n\tall := func(string, string) (bool, error) {{ return true, nil }}\n\
         \ttesting.Main(all, own.Own, nil, nil)\n}}\n"
    );
    let vendored = format!("# {path} v0.0.0\n## explicit; go 1.21\n{path}\n");
    let module = format!("module example.com/m\n\ngo 1.21\n\nrequire {path} v0.0.0\n");
    let mut toolkit = Toolkit::new(
        Shape::Command,
        &[("src/main.go", &main), ("src/go.mod", &module), ("src/vendor/modules.txt", &vendored)],
    );
    "go".clone_into(&mut toolkit.request.lane);
    let mut own = String::new();
    let mut package = String::new();
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if Path::new(&name).extension().is_none_or(|end| end != "go") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("package ") {
                name.clone_into(&mut package);
            }
            let test = line.strip_prefix("func Test").and_then(|rest| rest.split_once('('));
            if let Some((test, _)) = test.filter(|_| name.ends_with("_test.go")) {
                own += &format!("\t{{Name: \"Test{test}\", F: Test{test}}},\n");
            }
        }
        // A test that is part of the package is compiled with it.
        let name = name.replace("_test.go", "_own.go");
        toolkit.write(&format!("src/vendor/{path}/{name}"), &text);
    }
    let own = format!(
        "package {package}\n\nimport \"testing\"\n\nvar Own = []testing.InternalTest{{\n{own}}}\n"
    );
    toolkit.write(&format!("src/vendor/{path}/own.go"), &own);
    let outcome = outcome(&toolkit, &["test", "-test.v"], "");
    let said = String::from_utf8(outcome.stdout).unwrap();
    let failed: Vec<_> = said.lines().filter(|line| line.contains("FAIL")).collect();
    let status = outcome.ended.unwrap();
    assert_eq!(status, 0, "{failed:?} {}", String::from_utf8_lossy(&outcome.stderr));
    Some(said)
}

fn passed(said: &str) -> usize {
    said.lines().filter(|line| line.starts_with("--- PASS: ")).count()
}

#[test]
fn shlex_passes_its_own_tests() {
    if let Some(said) = own_tests(&SHLEX, "github.com/google/shlex") {
        assert_eq!(passed(&said), 4, "{said}");
    }
}

#[test]
fn go_humanize_passes_its_own_tests() {
    if let Some(said) = own_tests(&HUMANIZE, "github.com/dustin/go-humanize") {
        assert_eq!(passed(&said), 27, "{said}");
    }
}
