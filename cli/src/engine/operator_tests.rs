//! Claims about what the operator's policy and the flags of a run give.

use workbooks_host::Manifest;

use super::*;

fn loaded(lines: &str, provenance: Provenance) -> Loaded {
    let text = format!("#+TOOLKIT: t\n{lines}\n");
    let manifest = Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap();
    let toolkit = Toolkit { provenance };
    toolkit.first_party(manifest, toolkit.folder().unwrap())
}

fn granted(caps: &str, own: bool, mut policy: Policy, flags: &Flags) -> Result<Grant, Report> {
    let place = if own { Provenance::Own } else { Provenance::Named };
    let loaded = loaded(&format!("#+CAPS: {caps}"), place("/nowhere".into()));
    meant(&mut policy, Policy::default(), &loaded);
    super::granted(&loaded, policy, flags, Path::new("/nowhere"))
}

fn grant_of(caps: &str, own: bool, policy: Policy, flags: &Flags) -> Grant {
    granted(caps, own, policy, flags).unwrap()
}

fn words(grant: &Grant) -> Vec<&str> {
    grant.capabilities().iter().map(String::as_str).collect()
}

#[test]
fn what_is_not_the_projects_own_gets_nothing_unasked() {
    let grant = grant_of("kv vfs net", false, Policy::default(), &Flags::default());
    assert!(words(&grant).is_empty());
    let mut policy = Policy::default();
    policy.grant("t", ["net"]);
    let grant = grant_of("kv vfs net", false, policy, &Flags::default());
    assert_eq!(words(&grant), ["net"]);
    assert_eq!(grant.profile(), "network");
}

#[test]
fn the_projects_own_gets_what_it_declares_within_minimal_and_no_more() {
    let grant = grant_of("kv vfs net", true, Policy::default(), &Flags::default());
    assert_eq!(words(&grant), ["kv", "vfs"]);
    assert_eq!(grant.profile(), "minimal");
    assert_eq!(grant_of("vfs", true, Policy::default(), &Flags::default()).profile(), "compute");
}

#[test]
fn a_grant_of_one_capability_beyond_minimal_brings_no_other() {
    let flags = Flags { grants: ["posix".to_owned()].into(), ..Flags::default() };
    let grant = grant_of("kv net posix", true, Policy::default(), &flags);
    assert_eq!(words(&grant), ["kv", "posix"]);
    assert_eq!(grant.profile(), "posix");
}

#[test]
fn a_flag_does_not_lift_a_revocation() {
    let mut policy = Policy::default();
    policy.revoke("t", None);
    let flags = Flags { grants: ["kv".to_owned()].into(), ..Flags::default() };
    assert!(granted("kv", true, policy, &flags).is_err());
}

#[test]
fn another_folder_of_the_same_id_gets_nothing_of_a_grant() {
    let mut policy = Policy::default();
    policy.grant("t", ["kv"]);
    policy.toolkit_mut("t").folder = Some("/elsewhere".to_owned());
    assert!(words(&grant_of("kv", false, policy.clone(), &Flags::default())).is_empty());
    policy.toolkit_mut("t").folder = Some("/nowhere".to_owned());
    assert_eq!(words(&grant_of("kv", false, policy.clone(), &Flags::default())), ["kv"]);
    policy.toolkit_mut("t").folder = Some("/elsewhere".to_owned());
    policy.revoke("t", None);
    assert!(granted("kv", false, policy, &Flags::default()).is_err());
}

#[test]
fn what_was_revoked_stays_away_from_the_projects_own() {
    let mut policy = Policy::default();
    policy.revoke("t", Some(&["kv"]));
    assert_eq!(words(&grant_of("kv vfs", true, policy, &Flags::default())), ["vfs"]);
}

#[test]
fn a_named_profile_bounds_even_what_is_granted() {
    let flags = Flags::read(Some("compute"), &["kv".into()], &[]).unwrap();
    assert_eq!(words(&grant_of("kv vfs", true, Policy::default(), &flags)), ["vfs"]);
}

#[test]
fn a_toolkit_shows_its_guest_no_folder_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
    let preopened = |name: &str| {
        let lines = format!("#+CAPS: vfs\n#+PREOPEN: {name}::/data");
        let named = Provenance::Named(folder.path().to_owned());
        preopen(&loaded(&lines, named), Path::new("/nowhere"))
    };
    assert!(preopened("link").is_err());
    let mount = preopened("data").unwrap().unwrap();
    assert_eq!((mount.guest.as_str(), mount.writable), ("/data", false));
}

#[test]
fn a_mount_that_nobody_would_see_is_refused() {
    let flags = Flags::read(None, &[], &[".::/data".into()]).unwrap();
    assert!(grant_file("x", &flags).is_err());
    let flags = Flags::read(None, &["vfs".into()], &[".::/data".into()]).unwrap();
    assert_eq!(grant_file("x", &flags).unwrap().mounts().len(), 1);
}
