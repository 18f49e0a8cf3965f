//! The volumes of an instance, as commands meet them from one run to the next.

use std::fs;
use std::path::Path;

use workbooks_host::{FreezeError, Host, Input, Run};

use crate::script::{CREATE, READ, Script, WRITE};
use crate::support::{block_on, grant, prepare};

fn host(state: &Path) -> Host {
    Host::builder().threads(2).state(state).build().unwrap()
}

/// What the script wrote to its output, as this instance.
fn said(host: &Host, script: &Script, instance: &str) -> String {
    let guest = prepare(host, &script.wat(), &grant(&["vfs"])).unwrap();
    let run = Run { instance: Some(instance.to_owned()), ..Run::args(["script"]) };
    let outcome = block_on(guest.run(run));
    assert_eq!(outcome.ended.unwrap(), 0);
    String::from_utf8(outcome.stdout).unwrap()
}

fn write() -> Script {
    Script::default().open("a", WRITE, CREATE).write("kept")
}

fn read() -> Script {
    Script::default().open("a", READ, 0).read()
}

#[test]
fn what_a_run_wrote_is_there_when_it_has_ended_and_only_for_its_instance() {
    let state = tempfile::tempdir().unwrap();
    let first = host(state.path());
    assert_eq!(said(&first, &write(), "one"), "00 00 ");
    // Another process, as far as the files know.
    let second = host(state.path());
    assert_eq!(said(&second, &read(), "one"), "00 kept00 ");
    assert_eq!(said(&second, &read(), "two"), "44 08 ");
}

#[test]
fn a_frozen_instance_is_one_file_that_another_host_resumes() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host_here = host(here.path());
    host_here.freeze("never-run").unwrap();
    said(&host_here, &write(), "one");
    host_here.freeze("one").unwrap();
    let folder = |state: &Path| state.join("volumes/local");
    let files: Vec<_> =
        fs::read_dir(folder(here.path())).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["one.sqlite"]);
    fs::create_dir_all(folder(there.path())).unwrap();
    fs::copy(folder(here.path()).join("one.sqlite"), folder(there.path()).join("one.sqlite"))
        .unwrap();
    assert_eq!(said(&host(there.path()), &read(), "one"), "00 kept00 ");
    assert_eq!(said(&host_here, &read(), "one"), "00 kept00 ", "its next run opens it again");
}

#[test]
fn an_instance_that_has_files_open_is_not_frozen() {
    let state = tempfile::tempdir().unwrap();
    let host = host(state.path());
    let script = Script::default().open("a", WRITE, CREATE).wait().write("kept");
    let guest = prepare(&host, &script.wat(), &grant(&["vfs"])).unwrap();
    let (stdin, input) = tokio::io::duplex(1);
    block_on(async {
        let run = Run { stdin: Input::Stream(Box::new(input)), ..Run::args(["script"]) };
        let running = guest.spawn(run);
        // The guest opens its file and waits for input; from then on it is always refused.
        let mut refused = 0;
        while refused < 1_000 {
            match host.freeze("guest") {
                Ok(()) => refused = 0,
                Err(FreezeError::InUse { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
            tokio::task::yield_now().await;
        }
        drop(stdin);
        assert_eq!(running.outcome().await.ended.unwrap(), 0);
    });
    host.freeze("guest").unwrap();
}
