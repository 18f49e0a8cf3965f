//! Claims about the toolkits of this tree, built from their sources and run.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use workbooks_host::policy::Provenance;
use workbooks_host::{
    Artifact, Grant, Host, Manifest, Outcome, Policy, Prepared, Profile, Run, grant,
};

use crate::support;

static HOST: LazyLock<Host> = LazyLock::new(|| Host::builder().build().unwrap());

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

fn folder(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../toolkits").join(id)
}

/// Builds a toolkit of this tree and prepares it with what it declares.
fn prepared(id: &str, operator: impl FnOnce(&mut Policy)) -> Prepared {
    let text = fs::read(folder(id).join("manifest.org")).unwrap();
    let manifest = Manifest::parse(&text, Some(id), &HOST.vocabulary()).unwrap();
    assert!(manifest.warnings.is_empty(), "{:?}", manifest.warnings);
    let cache = tempfile::tempdir().unwrap();
    let built = support::compilers(cache.path()).artifact(&manifest, &folder(id).into());
    let wasm = built.map_err(miette::Report::new).unwrap().file().unwrap().into_owned();
    let mut policy = Policy::default();
    policy.allow_declared(id);
    operator(&mut policy);
    let granted: Grant =
        grant(&manifest, Provenance::Local, &Profile::named("minimal"), &policy).unwrap();
    HOST.prepare(&Artifact::of(&wasm, &manifest), &granted).map_err(miette::Report::new).unwrap()
}

fn run(prepared: &Prepared, args: &[&str], stdin: &str) -> (i32, String, String) {
    let run = Run::args(args.iter().copied()).stdin(stdin.to_owned());
    let Outcome { ended, stdout, stderr, .. } = RUNTIME.block_on(prepared.run(run));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.unwrap(), text(stdout), text(stderr))
}

#[test]
fn hello_greets_the_world_its_arguments_and_its_input() {
    let hello = prepared("hello", |_| {});
    assert_eq!(run(&hello, &["hello"], ""), (0, "Hello, world!\n".into(), String::new()));
    let (status, out, _) = run(&hello, &["hello", "Ada", "-", "Grace"], "Alan\nEdsger\n");
    assert_eq!(
        (status, out.as_str()),
        (0, "Hello, Ada!\nHello, Alan!\nHello, Edsger!\nHello, Grace!\n")
    );
}

#[test]
fn palette_finds_the_colours_of_an_image() {
    let palette = prepared("palette", |_| {});
    let mut kernel = palette.kernel().unwrap();
    let mut image = vec![3];
    for (pixel, times) in
        [([255, 0, 0, 255], 60), ([0, 0, 255, 255], 30), ([0, 250, 0, 200], 10), ([9, 9, 9, 0], 50)]
    {
        image.extend(std::iter::repeat_n(pixel, times).flatten());
    }
    let got = kernel.process(&image).unwrap().unwrap();
    let expected = [
        [255, 0, 0, 255, 60, 0, 0, 0],
        [0, 0, 255, 255, 30, 0, 0, 0],
        [0, 250, 0, 255, 10, 0, 0, 0],
    ];
    assert_eq!(got, expected.concat());

    assert_eq!(kernel.process(&[]).unwrap(), Err(-1));
    assert_eq!(kernel.process(&[4, 1, 2]).unwrap(), Err(-2));
    assert_eq!(kernel.process(&[4, 1, 2, 3, 0]).unwrap(), Ok(Vec::new()));
}

#[test]
fn palette_makes_no_more_colours_than_there_are_and_counts_every_pixel() {
    let palette = prepared("palette", |_| {});
    let mut kernel = palette.kernel().unwrap();
    let mut image = vec![255];
    for i in 0..10_000_u32 {
        image.extend([(i % 7) as u8 * 30, (i % 11) as u8 * 20, (i % 13) as u8, 255]);
    }
    let got = kernel.process(&image).unwrap().unwrap();
    let counts: u32 = got.chunks(8).map(|c| u32::from_le_bytes(c[4..8].try_into().unwrap())).sum();
    assert_eq!((got.len(), counts), (255 * 8, 10_000));
}

#[test]
fn notes_keeps_reads_lists_and_forgets() {
    let notes = prepared("notes", |_| {});
    RUNTIME.block_on(async {
        let mut instance = notes.start(Run::default()).await.unwrap();
        let mut call = async |name: &str, arguments: &str| {
            let call = format!("call(\"{name}\", {arguments:?})");
            instance.invoke(&call).await.unwrap().text
        };
        assert!(call("read", r#"{"title": "milk"}"#).await.contains("not-found"));
        assert!(
            call("add", r#"{"title": "milk", "text": "two \"litres\"\n\u00e9"}"#)
                .await
                .contains(r#"replaced\":false"#)
        );
        assert!(
            call("add", r#"{"title": "milk", "text": "one \u00e9"}"#)
                .await
                .contains(r#"replaced\":true"#)
        );
        assert!(call("read", r#"{"title": "milk"}"#).await.contains("one é"));
        assert!(call("list", "{}").await.contains("milk"));
        for bad in ["", "[]", "{\"title\"}", "{\"title\": 1}", "{} x", "{\"title\": \"\\ud800\"}"] {
            assert!(call("read", bad).await.contains("invalid"), "{bad}");
        }
        assert!(call("remove", r#"{"title": "milk"}"#).await.contains(r#"removed\":true"#));
        assert!(call("sing", "{}").await.contains("not-found"));
        let described = instance.invoke("describe()").await.unwrap().text;
        for tool in ["add", "read", "list", "remove"] {
            assert!(described.contains(tool));
        }
    });
}

#[test]
fn lua_runs_as_lua_does() {
    let scripts = tempfile::tempdir().unwrap();
    fs::write(scripts.path().join("args.lua"), "print(#arg, arg[0], ...)").unwrap();
    fs::write(scripts.path().join("fail.lua"), "local t = nil\nprint(t.x)\n").unwrap();
    let lua = prepared("lua", |policy| {
        let mount = format!("{}::/scripts", scripts.path().display()).parse().unwrap();
        policy.toolkit_mut("lua").mounts.push(mount);
    });
    let lua = |args: &[&str], stdin: &str| run(&lua, &[&["lua"], args].concat(), stdin);

    assert_eq!(lua(&["-e", "print(_VERSION, pcall(error, 'x'))"], "").1, "Lua 5.4\tfalse\tx\n");
    assert_eq!(lua(&["/scripts/args.lua", "a", "b"], "").1, "2\t/scripts/args.lua\ta\tb\n");
    assert_eq!(lua(&["-"], "print(1 + 1)").1, "2\n");
    assert_eq!(lua(&[], "print(1 + 1)").1, "2\n");

    let (status, out, err) = lua(&["/scripts/fail.lua"], "");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        err.starts_with(
            "lua: /scripts/fail.lua:2: attempt to index a nil value (local 't')\nstack traceback:"
        ),
        "{err}"
    );
    assert_eq!(lua(&["-e", "os.exit(7)"], "").0, 7);
    assert_eq!(lua(&["-e", "os.exit(true)"], "").0, 0);
    let (status, _, err) = lua(&["-x"], "");
    assert!(status == 1 && err.contains("unrecognized option '-x'"), "{err}");
    let (status, _, err) = lua(&["-e", "x ="], "");
    assert!(
        status == 1 && err.contains("lua: (command line):1: unexpected symbol near <eof>"),
        "{err}"
    );

    let (status, out, err) =
        lua(&["-i"], "x = 20\nx * 2 + 2\nfor i = 1, 2 do\nprint(i)\nend\nerror('no')\n'on'\n");
    assert!(
        status == 0 && out.contains("42\n") && out.contains("1\n2\n") && out.contains("on\n"),
        "{out}"
    );
    assert!(err.contains("stdin:1: no"), "{err}");

    let deep = "local function f() return 1 + f() end print(pcall(f))";
    let (_, out, err) = lua(&["-e", deep], "");
    assert!(
        out.starts_with("false\t"),
        "endless recursion is an error that pcall catches: {out}{err}"
    );
    let nested = "local function f() return (string.gsub('x', 'x', f)) end print(pcall(f))";
    let (_, out, err) = lua(&["-e", nested], "");
    assert!(out.contains("C stack overflow"), "{out}{err}");
    let nested = "print(pcall(load, ('('):rep(1e5))) print(#string.rep('x', 1e6))";
    assert!(lua(&["-e", nested], "").1.ends_with("1000000\n"));
    let absent = "print(os.execute(), pcall(io.tmpfile)) print(pcall(os.tmpname)) print(pcall(io.popen, 'ls'))";
    let (status, out, err) = lua(&["-e", absent], "");
    assert!(
        status == 0 && out.starts_with("false\tfalse\t") && out.matches("false").count() == 4,
        "{out}{err}"
    );
}
