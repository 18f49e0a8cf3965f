//! Manifests as a whole: refusals first, then what is read.

use proptest::prelude::*;

use super::*;

fn vocabulary() -> Vocabulary {
    Vocabulary::new(["vfs", "kv", "net", "queue", "secrets"])
}

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text.as_bytes(), None, &vocabulary())
}

fn good(text: &str) -> Manifest {
    parse(text).unwrap()
}

/// Each problem as `line:column message | help`.
fn problems(text: &str) -> Vec<String> {
    told(&parse(text).unwrap_err())
}

fn told(error: &ManifestError) -> Vec<String> {
    let tell = |problem: &ManifestProblem| {
        let help = miette::Diagnostic::help(problem).map(|h| h.to_string()).unwrap_or_default();
        format!("{}:{} {problem} | {help}", problem.place().line, problem.place().column)
    };
    error.problems().iter().map(tell).collect()
}

fn only_problem(text: &str) -> String {
    let problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.concat()
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
    let error =
        Manifest::parse(b"#+TOOLKIT: a\n#+TITLE: x\xff\xfe\n", None, &vocabulary()).unwrap_err();
    let ManifestError::NotUtf8 { offset, at, .. } = error else { panic!("{error:?}") };
    assert_eq!((offset, at.line, at.column), (23, 2, 11));
}

#[test]
fn ten_megabytes_are_refused_before_they_are_read() {
    let error = Manifest::parse(&vec![0xff; 10 << 20], Some("a"), &vocabulary()).unwrap_err();
    assert!(matches!(error, ManifestError::TooLarge { size: 10_485_760, .. }));
}

#[test]
fn a_manifest_without_an_id_is_refused() {
    for text in
        ["", "\n\n", "#+TITLE: x", "#+TOOLKIT:\n", "#+TOOLKIT: \t\n#+TITLE: x", " #+TOOLKIT: a"]
    {
        assert!(only_problem(text).starts_with("1:1 `#+TOOLKIT` is missing"), "{text:?}");
    }
    let error = Manifest::parse(b"", Some("hello"), &vocabulary()).unwrap_err();
    assert!(told(&error)[0].ends_with("add the line `#+TOOLKIT: hello`"));
}

#[test]
fn an_id_that_is_not_the_folder_is_refused() {
    let error = Manifest::parse(b"#+TOOLKIT: a", Some("b"), &vocabulary()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "b/manifest.org:1:12: the toolkit is called `a`, but its folder is called `b`"
    );
    assert!(Manifest::parse(b"#+TOOLKIT: a", Some("a"), &vocabulary()).is_ok());
}

#[test]
fn an_unknown_capability_is_refused_with_the_nearest() {
    assert_eq!(
        only_problem("#+TOOLKIT: a\n#+CAPS: vfs kvv"),
        "2:13 `#+CAPS`: `kvv` is not a capability | \
         did you mean `kv`? It may be: kv, net, queue, secrets, vfs"
    );
    assert!(
        only_problem("#+TOOLKIT: a\n#+CAPS: kv kv").starts_with("2:12 `#+CAPS`: `kv` stands twice")
    );
}

#[test]
fn an_unknown_shape_is_refused_with_all_shapes() {
    let told = only_problem("#+TOOLKIT: a\n#+EXEC:   comand\n");
    assert!(
        told.starts_with("2:11 `#+EXEC`: `comand` is not a shape | did you mean `command`?"),
        "{told}"
    );
}

#[test]
fn a_duplicate_keyword_is_refused_and_points_at_both() {
    let error = parse("#+TOOLKIT: a\n#+Title: x\n\n#+TITLE: y\n").unwrap_err();
    let [ManifestProblem::Duplicate { keyword, first, at }] = error.problems() else {
        panic!("{error:?}")
    };
    assert_eq!((*keyword, first.line, at.line), ("TITLE", 2, 4));
    assert!(parse("#+TOOLKIT: a\n#+TITLE:\n#+TITLE: y\n").is_ok(), "an empty one is absent");
}

#[test]
fn a_terminal_escape_is_refused_and_never_shown() {
    for bad in ["\u{1b}[31mred", "a\u{9b}31m", "\u{202e}evil", "a\rb", "a\u{7}", "a\0"] {
        for line in
            [format!("#+TITLE: {bad}"), format!("#+NO_SUCH: {bad}"), format!("#+CAPS: {bad}")]
        {
            let error = parse(&format!("#+TOOLKIT: a\n{line}\n")).unwrap_err();
            let control =
                |p: &ManifestProblem| matches!(p, ManifestProblem::ControlCharacter { .. });
            assert!(error.problems().iter().any(control), "{error}");
            let mut shown = String::new();
            let report = miette::NarratableReportHandler::new();
            report.render_report(&mut shown, &error).unwrap();
            assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}', '\0']), "{shown:?}");
        }
    }
    assert!(parse("#+TOOLKIT: a\n#+TITLE: a\tb").is_ok());
    let error = Manifest::parse(b"#+TOOLKIT: a", Some("\u{1b}[2J"), &vocabulary()).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'));
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_lines() {
    let problems = problems(
        "#+EXEC: nothing\n#+TOOLKIT: A b\n#+SHA256: 12\n#+CAPS: vfs fly net swim\n#+BUILD_FLAGS: -O2 -I/usr -w\n",
    );
    let starts: Vec<_> = problems.iter().map(|p| p.split(' ').next().unwrap()).collect();
    assert_eq!(starts, ["1:9", "2:12", "3:11", "4:13", "4:21", "5:20"]);
}

#[test]
fn a_flood_of_problems_is_cut() {
    let text = format!("#+TOOLKIT: a\n{}", "#+ENV: x\n".repeat(100_000));
    let error = parse(&text).unwrap_err();
    assert_eq!(error.problems().len(), 51);
    assert!(matches!(error.problems()[50], ManifestProblem::TooMany { .. }));
    let warned = good(&format!("#+TOOLKIT: a\n{}", "#+XYZ: x\n".repeat(100_000)));
    assert_eq!(warned.warnings.len(), 50);
}

#[test]
fn an_endless_value_is_refused() {
    let told = only_problem(&format!("#+TOOLKIT: a\n#+CAPS: {}", "kv ".repeat(100_000)));
    assert!(told.contains("is too long"), "{told}");
}

#[test]
fn what_comes_from_elsewhere_needs_its_digest() {
    for source in ["crate:lua-src@551.1.0", "npm:x@1.0.0", "wasm:a.wasm"] {
        let told = only_problem(&format!("#+TOOLKIT: a\n#+BUILD_SRC: {source}"));
        assert!(told.starts_with("2:14 `#+SHA256` is missing"), "{told}");
    }
    assert!(parse("#+TOOLKIT: a\n#+BUILD_SRC: path:src").is_ok());
}

#[test]
fn arenas_that_overlap_are_refused() {
    let told = only_problem("#+TOOLKIT: a\n#+IN_OFF: 65536\n#+OUT_OFF: 65536");
    assert!(told.starts_with("3:12 `#+OUT_OFF`: `65536` is not beyond"), "{told}");
}

#[test]
fn a_drawer_that_differs_from_the_keywords_is_refused() {
    let text = "#+TOOLKIT: a\n#+STATUS: beta\n\n* A  :toolkit:\n  :PROPERTIES:\n  :ID: b\n  :STATUS: stable\n  :CLI_BIN: a\n  :END:\n";
    let told = problems(text);
    assert!(
        told[0].starts_with("6:8 the property `:ID:` is `b`, but `#+TOOLKIT` says `a`"),
        "{told:?}"
    );
    assert!(told[1].starts_with("7:12 the property `:STATUS:`"), "{told:?}");
    assert!(told[2].contains("but `#+CLI_BIN` is not there"), "{told:?}");
    let equal = "#+TOOLKIT: a\n* Other\n:PROPERTIES:\n:ID: other\n:END:\n* A :x:toolkit:\n:properties:\n:id: a\n:end:\n:ID: z\n";
    assert!(parse(equal).is_ok());
}

#[test]
fn a_second_toolkit_headline_is_refused() {
    let told = only_problem("#+TOOLKIT: a\n* A :toolkit:\n* B :toolkit:\n");
    assert!(told.starts_with("3:1 a second headline"), "{told}");
}

#[test]
fn a_secret_in_the_environment_is_refused() {
    let told = only_problem("#+TOOLKIT: a\n#+ENV_KEYS: TOKEN\n#+ENV: TOKEN=abc");
    assert!(told.starts_with("3:8 `#+ENV`: `TOKEN` is a secret"), "{told}");
    assert!(only_problem("#+TOOLKIT: a\n#+ENV: A=1\n#+ENV: A=2").contains("is given twice"));
    assert!(only_problem("#+TOOLKIT: a\n#+ENV: 1A=1").contains("is not the name of a variable"));
}

#[test]
fn limits_that_are_not_limits_are_refused() {
    for value in [
        "memory",
        "memory=",
        "memory=1TiB",
        "memory=3GiB",
        "memory=1B",
        "time=1h",
        "time=0s",
        "time=11min",
        "output=1GiB",
        "cpu=1s",
        "memory = 1MiB",
        "memory=1MiB memory=2MiB",
        "memory=512 MiB",
    ] {
        assert!(parse(&format!("#+TOOLKIT: a\n#+BUILD_LIMITS: {value}")).is_err(), "{value}");
    }
}

#[test]
fn an_unknown_keyword_is_a_warning_with_the_nearest() {
    let manifest = good("#+TOOLKIT: a\n#+CAP: net\n#+WHATEVER: x\n#+AUTHOR: me\n");
    let told: Vec<_> = manifest.warnings.iter().map(|w| (w.place().line, w.to_string())).collect();
    assert_eq!(
        told,
        [
            (2, "`#+CAP` is not a keyword of a manifest".to_owned()),
            (3, "`#+WHATEVER` is not a keyword of a manifest".to_owned()),
        ]
    );
    let [ManifestWarning::UnknownKeyword { nearest: Some("CAPS"), .. }, ..] =
        manifest.warnings.as_slice()
    else {
        panic!("{:?}", manifest.warnings)
    };
    assert!(manifest.caps.is_empty());
}

#[test]
fn keywords_out_of_place_are_not_read_and_warned_of() {
    let text = "#+TOOLKIT: a\n  #+CAPS: net\n* A\n#+CAPS: kv\n#+begin_src org\n#+CAPS: vfs\n#+end_src\n#+UNKNOWN: x\n";
    let manifest = good(text);
    assert!(manifest.caps.is_empty());
    let lines: Vec<_> = manifest.warnings.iter().map(|w| w.place().line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn keywords_in_a_block_are_not_read_and_an_open_block_is_refused() {
    let manifest = good("#+TOOLKIT: a\n#+BEGIN_EXAMPLE\n#+CAPS: net\n#+end_example\n#+CAPS: kv\n");
    assert_eq!(manifest.caps.iter().map(|c| c.value.as_str()).collect::<Vec<_>>(), ["kv"]);
    for open in ["#+TOOLKIT: a\n#+begin_src c\n#+CAPS: kv\n* A\n", "#+TOOLKIT: a\n#+begin_src c\n"]
    {
        assert!(only_problem(open).starts_with("2:1 this block is never closed"));
    }
}

#[test]
fn an_empty_value_is_absent_and_swallows_no_line() {
    let manifest = good("#+TOOLKIT: a\n#+TITLE:\n#+TAGLINE: x\n#+CAPS:   \n");
    assert_eq!((manifest.title, manifest.tagline.as_deref()), (None, Some("x")));
    assert!(manifest.caps.is_empty());
}

#[test]
fn the_smallest_manifest_has_these_defaults() {
    let manifest = good("#+TOOLKIT: a");
    assert_eq!(manifest.exec, Shape::Command);
    assert_eq!(manifest.trust, TrustClaim::FirstParty);
    assert_eq!(manifest.arg_mode, ArgMode::Argv);
    assert_eq!(manifest.build_limits, BuildLimits::default());
    assert!(manifest.warnings.is_empty());
}

#[test]
fn a_third_party_claim_is_read() {
    assert_eq!(good("#+TOOLKIT: a\n#+TRUST: third-party").trust, TrustClaim::ThirdParty);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let text = "\u{feff}#+TOOLKIT: a\r\n#+toolkit_: x\r\n#+caps: kv  net\r\n#+EXEC:kernel\r\n";
    let manifest = good(text);
    assert_eq!((manifest.id.as_str(), manifest.exec), ("a", Shape::Kernel));
    assert_eq!(manifest.caps[1].value, "net");
    assert_eq!((manifest.caps[1].place.line, manifest.caps[1].place.column), (3, 13));
}

#[test]
fn every_keyword_reaches_its_field() {
    let sha = "ab".repeat(32);
    let signature = format!("{}==", "A".repeat(86));
    let text = format!(
        "#+TITLE: Lua\n#+TOOLKIT: lua\n#+VERSION: 5.4.9\n#+STATUS: stable\n#+TAGLINE: Runs Lua\n#+EXEC: command\n\
         #+TRUST: first-party\n#+CAPS: vfs kv\n#+NET: API.example.org *.example.com:8443\n#+ENV: HOME=/ x y\n#+ENV: LANG=C\n\
         #+ENV_KEYS: TOKEN\n#+ENV_NOTE: ask\n#+BUILD_LANG: c\n#+BUILD_SRC: crate:lua-src@551.1.0\n#+SHA256: {sha}\n\
         #+BUILD_FILES: lua-5.4.9/*.c\n#+BUILD_FILES: main.c\n#+BUILD_INCLUDE: lua-5.4.9 .\n\
         #+BUILD_FLAGS: -O2 -mllvm -wasm-enable-sjlj\n#+BUILD_FLAGS: -lm -z stack-size=65536\n\
         #+BUILD_LIMITS: memory=512MiB time=30s output=16MiB\n#+WIT: notes\n#+ENTRY: run\n#+IN_OFF: 1024\n#+OUT_OFF: 0x20000\n\
         #+ARG_MODE: stdin1\n#+CLI_BIN: lua\n#+CLI_VERSION_RANGE: >=5.4, <6\n#+PREOPEN: data::/data\n#+REQUIRES: git >=2\n\
         #+AUTHOR_DID: did:key:z6Mk\n#+SIGNATURE: {signature}\n#+KIND: cli\n#+FLOW: a then b\n#+SLOT: data-source\n",
    );
    let m = good(&text);
    assert!(m.warnings.is_empty(), "{:?}", m.warnings);
    assert_eq!((m.text("KIND"), m.text("FLOW")), (Some("cli"), Some("a then b")));
    assert_eq!(m.source().name(), "manifest.org");
    assert_eq!((m.title.as_deref(), m.tagline.as_deref()), (Some("Lua"), Some("Runs Lua")));
    assert_eq!((m.version.unwrap().to_string(), m.status), ("5.4.9".into(), Some(Status::Stable)));
    let nets: Vec<_> = m.net.iter().map(ToString::to_string).collect();
    assert_eq!(nets, ["api.example.org:443", "*.example.com:8443"]);
    assert_eq!(
        m.env.into_iter().collect::<Vec<_>>(),
        [("HOME".into(), "/ x y".into()), ("LANG".into(), "C".into())]
    );
    assert_eq!((m.env_keys, m.env_note.as_deref()), (vec!["TOKEN".to_owned()], Some("ask")));
    assert_eq!((m.build_lang, m.sha256), (Some(Language::C), Some(sha)));
    assert_eq!(m.build_src.unwrap().to_string(), "crate:lua-src@551.1.0");
    assert_eq!((m.build_files.len(), m.build_include.len()), (2, 2));
    let flags: Vec<_> = m.build_flags.iter().map(|f| f.words.join(" ")).collect();
    assert_eq!(flags, ["-O2", "-mllvm -wasm-enable-sjlj", "-lm", "-z stack-size=65536"]);
    assert_eq!(m.build_limits.memory, Some(512 << 20));
    assert_eq!(m.build_limits.time, Some(std::time::Duration::from_secs(30)));
    assert_eq!(m.build_limits.output, Some(16 << 20));
    assert_eq!((m.wit.as_deref(), m.entry.as_deref()), (Some("notes"), Some("run")));
    assert_eq!((m.in_off, m.out_off, m.arg_mode), (Some(1024), Some(0x20000), ArgMode::Stdin1));
    assert_eq!(
        (m.cli_bin.as_deref(), m.cli_version_range.unwrap().to_string()),
        (Some("lua"), ">=5.4, <6".into())
    );
    assert_eq!(m.preopen.unwrap().guest, "/data");
    assert_eq!(m.requires, ["git >=2"]);
    assert_eq!((m.author_did.as_deref(), m.signature), (Some("did:key:z6Mk"), Some(signature)));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Manifest::parse(&bytes, None, &vocabulary());
    }

    #[test]
    fn no_lines_make_it_panic_and_every_place_is_in_the_text(
        lines in proptest::collection::vec(
            ("(#\\+|\\* |:| )?", prop::sample::select(KEYWORDS), "[:=]?", "[ -~é\u{1b}\t\r]{0,30}"), 0..12,
        ),
    ) {
        let line = |(a, k, b, c): &(String, Keyword, String, String)| format!("{a}{}{b}{c}", k.name);
        let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
        if let Err(error) = parse(&text) {
            for problem in error.problems() {
                let at = problem.place();
                prop_assert!(text.get(at.offset..at.offset + at.length).is_some(), "{problem:?}");
                prop_assert_eq!(text[..at.offset].matches('\n').count() + 1, at.line);
            }
        }
    }

    #[test]
    fn what_is_printed_is_read_back(
        id in "[a-z0-9][a-z0-9-]{0,10}",
        title in "[!-~é]([ -~é]{0,20}[!-~é])?",
        shape in prop::sample::select(Shape::ALL),
        trust in prop::sample::select(TrustClaim::ALL),
        caps in prop::sample::subsequence(vec!["vfs", "kv", "net", "queue", "secrets"], 0..=5),
        memory in 1u64..2048, off in 0u32..1000,
        crlf: bool, lower: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let key = |name: &str| if lower { name.to_lowercase() } else { name.to_owned() };
        let pairs = [
            ("TOOLKIT", id.clone()), ("TITLE", title.clone()), ("EXEC", shape.to_string()), ("TRUST", trust.to_string()),
            ("CAPS", caps.join("  ")), ("BUILD_LIMITS", format!("memory={}", Bytes(memory << 20))), ("IN_OFF", off.to_string()),
        ];
        let line = |(k, v): &(&str, String)| format!("#+{}: {v}{end}", key(k));
        let text = pairs.iter().map(line).collect::<Vec<_>>().concat();
        let manifest = Manifest::parse(text.as_bytes(), Some(&id), &vocabulary()).unwrap();
        prop_assert_eq!(manifest.title, Some(title));
        prop_assert_eq!((manifest.exec, manifest.trust), (shape, trust));
        prop_assert_eq!(manifest.caps.iter().map(|c| c.value.as_str()).collect::<Vec<_>>(), caps);
        prop_assert_eq!((manifest.build_limits.memory, manifest.in_off), (Some(memory << 20), Some(off)));
        prop_assert!(manifest.warnings.is_empty());
    }
}
