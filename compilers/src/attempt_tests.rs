//! What is refused before a compiler sees it, and how long one may take.

use proptest::prelude::*;
use workbooks_host::Profile;
use workbooks_host::policy::ToolkitPolicy;

use super::*;

fn attempt(sources: &[(&str, usize)]) -> Result<Attempt, Refusal> {
    asked("c", sources, &[])
}

fn asked(
    language: &str,
    sources: &[(&str, usize)],
    extra: &[(&str, &str)],
) -> Result<Attempt, Refusal> {
    let sources = sources.iter().map(|&(path, bytes)| (path.to_owned(), vec![b' '; bytes]));
    let extra: Vec<_> = extra.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
    Attempt::of(language, sources, &extra, asker())
}

/// One who was granted `kv`, and has a minute.
fn asker() -> Asker {
    let operator = ToolkitPolicy { grants: ["kv".to_owned()].into(), ..ToolkitPolicy::default() };
    let minute = Duration::from_mins(1);
    Asker {
        grant: Grant::bare("guest", &Profile::named("compute"), &operator),
        tab: Tab::with(minute),
        deadline: Instant::now() + minute,
        given_up: Arc::default(),
    }
}

#[test]
fn a_lane_that_there_is_not_is_unsupported() {
    let refused = asked("cobol", &[], &[]).unwrap_err();
    let known = crate::lanes::words();
    assert_eq!(refused, Refusal::Unsupported(format!("there is no such lane; there are: {known}")));
}

#[test]
fn source_is_taken_up_to_the_caps() {
    assert_eq!(attempt(&[("a.c", 1 << 20), ("b.c", 1)]).unwrap_err(), Refusal::TooLarge(1 << 20));
    assert!(attempt(&[("a.c", (1 << 20) - 1), ("b.c", 1)]).is_ok());
    let names: Vec<_> = (0..257).map(|n| format!("{n}.c")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), 0)).collect();
    assert_eq!(attempt(&files).unwrap_err(), Refusal::Quota(256));
    assert!(attempt(&files[1..]).is_ok());
}

#[test]
fn paths_that_lead_elsewhere_or_are_hidden_are_invalid() {
    let long = "x".repeat(256);
    for path in [
        "", ".", "..", "/a.c", "a/../b.c", "./a.c", "a//b.c", "a/", "a\\b.c", "a:b.c", "*.c",
        ".a.c", "a/.b/c.c", "a\0.c", "a\n.c", &long,
    ] {
        assert!(matches!(attempt(&[(path, 0)]), Err(Refusal::Invalid(_))), "{path:?}");
    }
    assert!(matches!(attempt(&[("a.c", 0), ("a.c", 0)]), Err(Refusal::Invalid(_))));
    assert!(attempt(&[("a.c", 0), ("lib/a b-ä.c", 0)]).is_ok());
}

#[test]
fn extra_is_a_shape_capabilities_or_nothing() {
    for extra in [
        &[("shape", "library")][..],
        &[("flags", "-O3")],
        &[("shape", "kernel"), ("shape", "command")],
        &[("caps", ""), ("caps", "")],
    ] {
        assert!(matches!(asked("c", &[], extra), Err(Refusal::Invalid(_))), "{extra:?}");
    }
    let attempt = asked("c", &[], &[("caps", " kv"), ("shape", "component")]).unwrap();
    assert_eq!((attempt.shape, attempt.caps), (Shape::Component, vec!["kv".to_owned()]));
}

#[test]
fn no_bindings_are_made_for_what_the_asker_may_not() {
    let refused = asked("c", &[], &[("caps", "kv net nothing")]).unwrap_err();
    assert_eq!(refused, Refusal::Denied("the caller was not granted: net nothing".into()));
}

#[test]
fn a_file_where_a_folder_is_needed_is_invalid_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { store: folder.path().join("store"), scratch: folder.path().join("s") };
    let attempt = attempt(&[("a", 1), ("a/b.c", 1)]).unwrap();
    assert!(matches!(make(&attempt, &place, &Slow), Err(Refusal::Invalid(_))));
    assert_eq!(fs::read_dir(&place.scratch).unwrap().count(), 0);
}

#[test]
fn a_lane_that_is_not_installed_is_not_installed_for_a_guest() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { store: folder.path().join("store"), scratch: folder.path().join("s") };
    let refused = make(&attempt(&[("a.c", 1)]).unwrap(), &place, &Slow).unwrap_err();
    assert!(matches!(refused, Refusal::Unavailable(_)));
    assert!(!place.store.exists());
}

/// Says how much time it was given.
struct Slow;

impl Sandbox for Slow {
    fn prepare(&self, _: &Module) -> Result<(), StepError> {
        Ok(())
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        assert!(step.limits.wall.unwrap() <= Duration::from_secs(5));
        assert!(step.limits.cpu <= step.limits.wall.unwrap());
        let stderr = b"/build/a.c:1:1: warning: \x1b[31mred\n".to_vec();
        Ok(Finished { status: 0, stdout: Vec::new(), stderr, cpu: Duration::from_secs(1) })
    }
}

fn bounded(attempt: &Attempt) -> Bounded<'_> {
    Bounded::new(attempt, &Slow, Path::new("/stage"))
}

fn step() -> Step {
    Step {
        env: Vec::new(),
        stdin: Vec::new(),
        module: Module { path: PathBuf::new(), sha256: crate::Digest::of(b"") },
        args: Vec::new(),
        mounts: Vec::new(),
        limits: StepLimits::default(),
    }
}

#[test]
fn a_step_has_what_is_left_of_the_guests_time_and_none_begins_for_nobody() {
    let mut attempt = attempt(&[]).unwrap();
    attempt.asker.deadline = Instant::now() + Duration::from_secs(5);
    let within = bounded(&attempt);
    within.run(&step()).unwrap();
    // Neither the sandbox's paths nor what a terminal would obey.
    assert_eq!(*within.said.lock().unwrap(), ["a.c:1:1: warning: \u{fffd}[31mred"]);
    drop(within);
    attempt.asker.given_up.store(true, Ordering::Relaxed);
    assert!(bounded(&attempt).run(&step()).is_err());
    attempt.asker.given_up.store(false, Ordering::Relaxed);
    attempt.asker.deadline = Instant::now();
    assert!(bounded(&attempt).run(&step()).is_err());
}

/// Keeps code for whatever it ran.
#[derive(Default)]
struct Keeps(Mutex<Vec<PathBuf>>);

impl Sandbox for Keeps {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        let mut kept = self.0.lock().unwrap();
        assert!(!kept.contains(&module.path));
        kept.push(module.path.clone());
        drop(kept);
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(2) {}
        Ok(())
    }

    fn prepared(&self, module: &Module) -> Result<Option<u64>, StepError> {
        Ok(self.0.lock().unwrap().contains(&module.path).then_some(1))
    }

    fn forget(&self, module: &Module) -> Result<(), StepError> {
        self.0.lock().unwrap().retain(|path| *path != module.path);
        Ok(())
    }

    fn run(&self, _: &Step) -> Result<Finished, StepError> {
        let nothing = Vec::new;
        Ok(Finished { status: 0, stdout: nothing(), stderr: nothing(), cpu: Duration::ZERO })
    }
}

#[test]
fn code_for_what_one_build_made_is_the_askers_time_and_goes_with_the_build() {
    let attempt = attempt(&[]).unwrap();
    let before = attempt.asker.tab.left();
    let module = |path: &str| Module { path: path.into(), ..step().module };
    let sandbox = Keeps::default();
    for path in ["/lanes/c.wasm", "/stage/old"] {
        sandbox.prepare(&module(path)).unwrap();
    }
    let build = Bounded::new(&attempt, &sandbox, Path::new("/stage"));
    for path in ["/stage/new", "/stage/new", "/stage/old", "/lanes/c.wasm"] {
        build.run(&Step { module: module(path), ..step() }).unwrap();
    }
    assert_eq!(sandbox.0.lock().unwrap().len(), 3);
    drop(build);
    let left = sandbox.0.lock().unwrap().clone();
    assert_eq!(left, ["/lanes/c.wasm", "/stage/old"].map(PathBuf::from));
    assert!(before - attempt.asker.tab.left() >= Duration::from_millis(2));
}

#[test]
fn the_compilers_time_is_the_askers() {
    let mut attempt = attempt(&[]).unwrap();
    attempt.asker.tab = Tab::with(Duration::from_millis(1500));
    let within = bounded(&attempt);
    within.run(&step()).unwrap();
    assert_eq!(attempt.asker.tab.left(), Duration::from_millis(500));
    within.run(&step()).unwrap();
    assert!(within.run(&step()).is_err());
}

#[test]
fn a_log_is_cut_between_lines_and_says_so() {
    let line = "x".repeat(1000);
    let text = cut(std::iter::repeat_n(line.as_str(), 100));
    assert!(text.len() < LOG + 100 && text.ends_with("… 35 more lines\n"), "{}", text.len());
    assert_eq!(cut(["a", "b"].into_iter()), "a\nb\n");
}

proptest! {
    #[test]
    fn no_path_leads_out(path in "[a./\\\\*:~-]{0,12}") {
        if attempt(&[(&path, 0)]).is_ok() {
            prop_assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".."));
        }
    }
}
