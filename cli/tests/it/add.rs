//! `wbx toolkit add|list|remove|update|outdated|pin|publish`: a toolkit travels from its author to
//! a stranger's workbook, and is refused unless every byte is what somebody believed signed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use snapbox::str;

use crate::support::{COMPONENT, ECHO, Ended, KERNEL, Place, WANTS_KV};

/// A publisher with a registry of their own, and a stranger who is configured to look there.
struct Market {
    author: Place,
    stranger: Place,
}

impl Market {
    fn new() -> Self {
        let market = Self { author: Place::new(), stranger: Place::new() };
        let registry = market.registry();
        fs::create_dir_all(&registry).unwrap();
        market.stranger.write(
            "home/policy.toml",
            &format!("[registry]\nlibrary = {:?}\n", registry.display().to_string()),
        );
        market
    }

    fn registry(&self) -> PathBuf {
        self.author.path("registry")
    }

    /// Publishes a toolkit with these lines in its manifest.
    fn publish(&self, id: &str, version: &str, lines: &str) -> &Self {
        publish(&self.author, &self.registry(), id, version, lines, ECHO);
        self
    }

    fn add(&self, args: &[&str]) -> Ended {
        self.stranger.run(&[&["toolkit", "add"], args].concat())
    }

    /// Adds what has to be added.
    fn added(&self, args: &[&str]) -> &Self {
        let ended = self.add(&[args, &["--yes", "--trust"]].concat());
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        self
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.stranger.path("wbx.lock")).unwrap_or_default()
    }

    /// What the stranger's toolkit was granted.
    fn granted(&self, id: &str) -> Value {
        self.stranger.json(&["toolkit", "show", id]).1["data"]["grant"]["capabilities"].clone()
    }
}

fn publish(author: &Place, to: &Path, id: &str, version: &str, lines: &str, wat: &str) -> Value {
    author.toolkit(id, &format!("#+VERSION: {version}\n{lines}"), wat);
    let to = to.display().to_string();
    let (status, envelope) = author.json(&["toolkit", "publish", id, "--to", &to, "--yes"]);
    assert_eq!(status, 0, "{envelope}");
    envelope["data"].clone()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Nothing was stored, granted or locked.
fn untouched(place: &Place) -> bool {
    let empty =
        |path: &str| fs::read_dir(place.path(path)).map_or(true, |mut all| all.next().is_none());
    !place.path("wbx.lock").exists()
        && empty("home/store")
        && !place.path("home/trust.toml").exists()
}

#[test]
fn a_publisher_that_nobody_knows_is_refused_and_nothing_is_kept() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "");
    let ended = market.add(&["echo", "--yes"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("workbooks::trust::unknown_issuer"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--trust"), "{}", ended.stderr);
    assert!(untouched(&market.stranger));
}

#[test]
fn where_nobody_can_be_asked_it_is_shown_and_refused() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: net kv\n#+NET: api.example.org");
    let ended = market.add(&["echo", "--trust"]);
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    for said in ["NOT KNOWN HERE", "api.example.org:443", "did:key:", "--yes"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    assert!(untouched(&market.stranger));
    let (status, envelope) = market.stranger.json(&["toolkit", "add", "echo", "--trust"]);
    assert_eq!(status, 1);
    let message = envelope["error"]["message"].as_str().unwrap();
    assert!(message.contains("api.example.org:443"), "{message}");
    assert!(untouched(&market.stranger));
}

#[test]
fn what_travels_from_its_author_to_a_stranger_runs_there() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    let ended = market.stranger.run_with(&["toolkit", "run", "echo", "hi "], "there");
    assert_eq!((ended.status, ended.stdout.as_str()), (7, "hi there"), "{}", ended.stderr);
    assert_eq!(market.granted("echo"), json!(["kv"]));

    publish(&market.author, &market.registry(), "twice", "1.0.0", "#+EXEC: kernel", KERNEL);
    market.added(&["twice"]);
    let ended = market.stranger.run_with(&["toolkit", "run", "twice"], "abc");
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "aabc"), "{}", ended.stderr);
}

#[test]
fn consent_in_advance_grants_what_stays_inside_and_names_the_rest() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv net posix").added(&["echo"]);
    assert_eq!(market.granted("echo"), json!(["kv"]));
    market.added(&["echo", "--grant", "net"]);
    assert_eq!(market.granted("echo"), json!(["net"]));
    market.added(&["echo", "--grant", "none"]);
    assert_eq!(market.granted("echo"), json!([]));
    let ended = market.add(&["echo", "--yes", "--grant", "tcp"]);
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("does not ask for `tcp`"), "{}", ended.stderr);
}

#[test]
fn an_id_of_the_project_is_not_taken_by_another() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "");
    market.stranger.toolkit("echo", "", ECHO);
    let ended = market.add(&["echo", "--yes", "--trust"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    assert!(untouched(&market.stranger));
}

#[test]
fn what_looks_like_another_is_told() {
    let market = Market::new();
    market.publish("he1lo", "1.0.0", "");
    market.stranger.toolkit("hello", "", ECHO);
    let ended = market.add(&["he1lo", "--trust"]);
    assert!(ended.stderr.contains("it is not `hello`"), "{}", ended.stderr);
}

#[test]
fn no_field_that_is_shown_drives_the_terminal() {
    let market = Market::new();
    let evil = "a\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}b\u{2066}";
    market.author.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    assert_eq!(market.author.run(&["toolkit", "sign", "echo"]).status, 0);
    let folder = market.stranger.path(evil);
    copy(&market.author.path("toolkits/echo"), &folder);
    let folder = folder.display().to_string();
    for args in
        [&[folder.as_str(), "--trust"][..], &[&folder, "--trust", "--yes"], &[evil, "--json"]]
    {
        let ended = market.add(args);
        let all = ended.stdout + &ended.stderr;
        let hazard = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!all.contains(hazard), "{args:?}: {all:?}");
    }
}

#[test]
fn the_report_is_as_it_is_documented() {
    let market = Market::new();
    market.publish(
        "echo",
        "1.0.0",
        "#+TITLE: Echo\n#+TAGLINE: Says it again.\n#+CAPS: kv net\n#+NET: api.example.org\n#+ENV_KEYS: TOKEN",
    );
    market.stranger.command(&["toolkit", "add", "echo", "--yes", "--trust"]).assert().code(0)
        .stderr_eq(str![[r"
echo 1.0.0  Echo
Says it again.
publisher    did:key:[..], NOT KNOWN HERE: a yes believes it about `echo`
signed       [..]Z, all 3 files, as sha256:[..]
from         [..]
is           command: built by its publisher: [..] KiB of wasm; [..] KiB in all
it may       kv        shared       read and change the pairs that all toolkits of this installation share
it may       net       reaches out  send requests over HTTP and read the answers (NOT granted)
reaches      api.example.org:443
secret       `TOKEN`: it gets none until the policy binds one to it
limits       profile minimal: 64MiB of memory, 5s of CPU time for each run
fits         this host

"]])
        .stdout_eq(str![[r"
echo 1.0.0 is added; it may have: kv
it asks for more, if you let it: wbx grant echo net

"]]);
}

#[test]
fn a_registry_that_gives_other_bytes_the_second_time_is_refused() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "").added(&["echo"]);
    // The same key signs another 1.0.0, in another registry that takes the place of the first.
    let other = market.author.path("other");
    publish(&market.author, &other, "echo", "1.0.0", "#+TITLE: other", ECHO);
    fs::remove_dir_all(market.registry()).unwrap();
    copy(&other, &market.registry());
    let ended = market.add(&["echo", "--yes"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("versions never change"), "{}", ended.stderr);
    // A colleague has the lock and not the content.
    fs::remove_dir_all(market.stranger.path("home/store")).unwrap();
    for locked in [&[][..], &["--locked"]] {
        let ended = market.add(&[&["--yes"], locked].concat());
        assert_eq!(ended.status, 5, "{}", ended.stderr);
        assert!(ended.stderr.contains("wbx.lock"), "{}", ended.stderr);
    }
}

#[test]
fn what_the_lock_names_is_fetched_where_it_is_missing() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    let before = market.lock();
    market.publish("echo", "1.1.0", "");
    fs::remove_dir_all(market.stranger.path("home/store")).unwrap();
    fs::remove_dir_all(market.stranger.path("home/workbooks")).unwrap();
    market.added(&["--locked"]);
    assert_eq!(market.lock(), before);
    assert_eq!(market.granted("echo"), json!(["kv"]));
    assert_eq!(market.stranger.run(&["toolkit", "run", "echo"]).status, 7);
    // What is newer is no part of it, and what it does not name neither.
    market.added(&["echo", "--locked"]);
    assert_eq!(market.lock(), before);
    market.publish("more", "1.0.0", "");
    assert_eq!(market.add(&["more", "--locked", "--yes"]).status, 5);
    assert_eq!(market.lock(), before);
}

#[test]
fn there_is_nothing_to_keep_to_without_a_lock() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "");
    for args in [&["--yes"][..], &["--locked"], &["echo", "--locked", "--yes", "--trust"]] {
        let ended = market.add(args);
        assert_eq!(ended.status, 4, "{args:?}: {}", ended.stderr);
    }
    assert!(untouched(&market.stranger));
}

#[test]
fn nothing_goes_back_to_an_older_version_unless_somebody_names_it() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "").publish("echo", "1.1.0", "").added(&["echo"]);
    assert!(market.lock().contains("1.1.0"));
    let ended = market.add(&["echo@1.0.0", "--yes"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("is older"), "{}", ended.stderr);
    // A registry that shows an old state again changes nothing.
    let old = market.author.path("old");
    publish(&market.author, &old, "echo", "1.0.0", "", ECHO);
    fs::remove_dir_all(market.registry()).unwrap();
    copy(&old, &market.registry());
    assert_eq!(market.stranger.run(&["toolkit", "update"]).status, 0);
    assert!(market.lock().contains("1.1.0"));
    let (status, envelope) = market.stranger.json(&["toolkit", "pin", "echo", "1.0.0"]);
    assert_eq!(status, 0, "{envelope}");
    assert!(market.lock().contains("1.0.0") && market.lock().contains("pinned"));
}

#[test]
fn an_update_never_widens_what_was_granted() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv net\n#+NET: a.example.org");
    market.added(&["echo", "--grant", "kv,net"]);
    market.publish("echo", "1.1.0", "#+CAPS: kv net posix\n#+NET: a.example.org evil.example.org");
    let (status, envelope) = market.stranger.json(&["toolkit", "update"]);
    assert_eq!(status, 0, "{envelope}");
    let updated = &envelope["data"]["toolkits"][0];
    assert_eq!((&updated["to"], &updated["not_granted"]), (&json!("1.1.0"), &json!(["posix"])));
    assert_eq!(updated["not_reached"], json!(["evil.example.org:443"]));
    assert_eq!(market.granted("echo"), json!(["kv", "net"]));
    let (_, shown) = market.stranger.json(&["toolkit", "show", "echo"]);
    assert_eq!(shown["data"]["grant"]["net"], json!(["a.example.org:443"]));
}

#[test]
fn another_publisher_does_not_take_an_id_over() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    let before = market.lock();
    let rival = Place::new();
    fs::remove_dir_all(market.registry()).unwrap();
    publish(&rival, &market.registry(), "echo", "2.0.0", "#+CAPS: kv", ECHO);
    for args in [&["add", "echo", "--yes", "--trust"][..], &["update"]] {
        let ended = market.stranger.run(&[&["toolkit"], args].concat());
        assert_eq!(ended.status, 5, "{args:?}: {}", ended.stderr);
        assert_eq!(market.lock(), before);
    }
    // Whoever gives up the first may take the second, which has nothing of the first's grants.
    assert_eq!(market.stranger.run(&["toolkit", "remove", "echo"]).status, 0);
    market.added(&["echo", "--grant", "none"]);
    assert_eq!(market.granted("echo"), json!([]));
}

#[test]
fn who_was_handed_over_to_may_follow_and_has_what_the_one_before_had() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    assert_eq!(market.author.run(&["key", "rotate"]).status, 0);
    market.publish("echo", "1.1.0", "#+CAPS: kv");
    let ended = market.stranger.run(&["toolkit", "update"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    let said = market.author.path("home/keys/signing/local.intoto.jsonl").display().to_string();
    let ended = market.stranger.run(&["trust", "add", &said]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let ended = market.stranger.run(&["toolkit", "update"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(market.lock().contains("1.1.0"));
    assert_eq!(market.granted("echo"), json!(["kv"]));
    assert_eq!(market.stranger.run(&["toolkit", "run", "echo"]).status, 7);
}

#[test]
fn two_that_are_added_at_once_are_both_there() {
    let market = Market::new();
    market.publish("one", "1.0.0", "").publish("two", "1.0.0", "");
    let (ids, market) = (["one", "two"], &market);
    let ended: Vec<_> = std::thread::scope(|scope| {
        let add = |id| scope.spawn(move || market.add(&[id, "--yes", "--trust"]));
        let running: Vec<_> = ids.into_iter().map(add).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for ended in ended {
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
    for id in ids {
        assert_eq!(market.stranger.run(&["toolkit", "run", id]).status, 7, "{id}");
    }
}

#[test]
fn what_was_added_is_listed_beside_the_own_and_what_does_not_verify_is_too() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    market.stranger.toolkit("mine", "#+TAGLINE: Mine.", ECHO);
    market.stranger.run(&["toolkit", "pin", "echo"]);
    market.stranger.command(&["toolkit", "list"]).assert().code(0).stdout_eq(str![[r"
mine         command  -   Mine.
echo  added  command  kv  1.0.0, pinned, of did:key:[..]

"]]);
    fs::remove_dir_all(market.stranger.path("home/store")).unwrap();
    let (status, envelope) = market.stranger.json(&["toolkit", "list"]);
    assert_eq!((status, &envelope["data"]["toolkits"][1]["status"]), (0, &json!("broken")));
}

#[test]
fn what_is_removed_is_gone_with_its_grants() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "#+CAPS: kv").added(&["echo"]);
    market.stranger.command(&["toolkit", "remove", "echo"]).assert().code(0).stdout_eq(str![[r"
echo 1.0.0 is removed, and what it was granted
its files stay in the store of this installation, where other workbooks may name them

"]]);
    assert_eq!(market.stranger.run(&["toolkit", "run", "echo"]).status, 4);
    assert_eq!(market.stranger.run(&["toolkit", "remove", "echo"]).status, 4);
}

#[test]
fn what_is_newer_is_said_and_what_is_pinned_stays() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "").added(&["echo"]).publish("echo", "1.2.0", "");
    market.publish("echo", "2.0.0-rc.1", "");
    market.stranger.command(&["toolkit", "outdated"]).assert().code(0).stdout_eq(str![[r"
echo  1.0.0  1.2.0

"]]);
    let run = |args: &[&str]| market.stranger.json(&[&["toolkit"], args].concat());
    assert_eq!(run(&["pin", "echo"]).0, 0);
    assert_eq!(run(&["update"]).1["data"]["toolkits"][0]["to"], "1.0.0");
    assert_eq!(run(&["pin", "echo", "--unpin"]).0, 0);
    assert_eq!(run(&["update", "echo"]).1["data"]["toolkits"][0]["to"], "1.2.0");
    assert_eq!(run(&["update", "nothing"]).0, 4);
}

#[test]
fn a_version_that_was_published_never_changes_and_is_not_published_twice() {
    let market = Market::new();
    market.publish("echo", "1.0.0", "").publish("echo", "1.0.0", "");
    market.author.toolkit("echo", "#+VERSION: 1.0.0\n#+TITLE: other", ECHO);
    let to = market.registry().display().to_string();
    let ended = market.author.run(&["toolkit", "publish", "echo", "--to", &to, "--yes"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    market.author.toolkit("none", "", ECHO);
    let ended = market.author.run(&["toolkit", "publish", "none", "--to", &to, "--yes"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    let ended = market.author.run(&["toolkit", "publish", "echo", "--to", &to]);
    assert_ne!(ended.status, 0, "nobody was asked");
}

#[test]
fn what_begins_with_a_dot_is_never_published() {
    let market = Market::new();
    market
        .author
        .write("toolkits/echo/.env", "TOKEN=secret")
        .write("toolkits/echo/.git/config", "x");
    let data = publish(&market.author, &market.registry(), "echo", "1.0.0", "", ECHO);
    let paths: Vec<_> =
        data["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(paths, ["artifact.wasm", "manifest.org", "tool.wat"]);
}

#[test]
fn a_folder_is_added_only_if_it_is_signed_and_what_is_vouched_for_is() {
    let market = Market::new();
    market.author.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    let folder = market.author.path("toolkits/echo").display().to_string();
    let ended = market.add(&[&folder, "--yes", "--trust"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("workbooks::trust::unsigned"), "{}", ended.stderr);
    assert!(untouched(&market.stranger));
    assert_eq!(market.author.run(&["toolkit", "sign", "echo"]).status, 0);
    market.author.write("toolkits/echo/tool.wat", "(module)");
    let ended = market.add(&[&folder, "--yes", "--trust"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("workbooks::trust::tampered"), "{}", ended.stderr);
    assert!(untouched(&market.stranger));
}

#[test]
fn a_component_that_nobody_signed_is_added_only_by_who_vouches_for_it() {
    let place = Place::new();
    place.write("sums.wat", COMPONENT).write("sums.wasm", "nonsense");
    let add = |args: &[&str]| place.run(&[&["toolkit", "add"], args].concat());
    assert_eq!(add(&["./sums.wasm", "--yes", "--vouch"]).status, 5);
    assert!(untouched(&place));
    let built = place.path("sums.wasm").display().to_string();
    place.toolkit("sums", "#+EXEC: component\n#+WIT: mine", COMPONENT);
    assert_eq!(place.run(&["toolkit", "build", "sums", "--out", &built]).status, 0);
    fs::remove_dir_all(place.path("toolkits/sums")).unwrap();
    let ended = add(&["./sums.wasm", "--yes", "--trust"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("workbooks::trust::unsigned"), "{}", ended.stderr);
    assert!(untouched(&place));
    let ended = add(&["./sums.wasm", "--yes", "--vouch"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("you vouch for these bytes"), "{}", ended.stderr);
    let ended = place.run(&["toolkit", "run", "--invoke", "add(1, 2)", "sums"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "3\n"), "{}", ended.stderr);
}

#[test]
fn what_imports_what_nobody_has_does_not_fit_and_is_told() {
    let market = Market::new();
    market.author.toolkit("wants", "#+VERSION: 1.0.0\n#+EXEC: component\n#+WIT: mine", WANTS_KV);
    market.author.run(&["toolkit", "sign", "wants"]);
    let folder = market.author.path("toolkits/wants").display().to_string();
    let ended = market.add(&[&folder, "--trust"]);
    assert!(ended.stderr.contains("NOT KNOWN HERE"), "{}", ended.stderr);
}
