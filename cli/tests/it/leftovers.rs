//! What is laid out for a guest to see: in the installation's own folders, and not for longer than it
//! runs.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;
use workbooks_host::provenance::Trusted;

use crate::serve::serve;
use crate::support::{ECHO, Place};
use crate::third_party::{added, did, lock, now, trust};

const RUN: [&str; 6] = ["toolkit", "run", "--grant", "vfs", "kit", "a"];

fn place() -> Place {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    place.write("toolkits/kit/data/deep/a", "shown");
    let lines = "#+EXEC: command\n#+CAPS: vfs\n#+PREOPEN: data::/data";
    let entry = added(&place, "kit", lines, ECHO, 1);
    lock(&place, &[entry]);
    place
}

/// What is laid out there.
fn laid_out(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.path("cache/scratch")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.collect()
}

#[test]
fn what_a_killed_run_laid_out_is_this_users_alone_and_swept_by_the_next() {
    let place = place();
    let mut running = serve(&place, &RUN);
    let mut byte = [0];
    running.said.read_exact(&mut byte).unwrap();
    let folders = laid_out(&place);
    let [left] = &folders[..] else { panic!("{folders:?}") };
    let mode = std::fs::metadata(left).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(std::fs::read(left.join("files/data/deep/a")).unwrap(), b"shown");
    // What runs is not swept by another that runs meanwhile.
    assert_eq!(place.run(&RUN).stdout, "a");
    assert_eq!(laid_out(&place), folders);
    running.signal(Signal::KILL);
    assert_eq!(running.ended().0, None);
    assert_eq!(laid_out(&place), folders);
    assert_eq!(place.run(&RUN).stdout, "a");
    assert!(laid_out(&place).is_empty(), "{:?}", laid_out(&place));
}

#[test]
fn what_is_laid_out_is_no_folder_to_mount_and_neither_is_the_rest_of_the_cache() {
    let place = place();
    assert_eq!(place.run(&RUN).stdout, "a");
    for folder in ["cache", "cache/scratch", "cache/artifacts", "home"] {
        let mount = format!("{}::/x", place.path(folder).display());
        let (status, envelope) =
            place.json(&["toolkit", "run", "--grant", "vfs", "--mount", &mount, "kit", "a"]);
        let code = &envelope["error"]["code"];
        assert_eq!((status, code.as_str()), (7, Some("workbooks::mount::protected")), "{folder}");
    }
}
