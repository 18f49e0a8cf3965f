//! Files of secrets: what is refused, what is kept.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const CANARY: &str = "canary-7f3a-canary-7f3a";

fn secret(purpose: Purpose, bytes: &[u8]) -> Secret {
    Secret::new(purpose, bytes.to_vec().into()).unwrap()
}

fn canary() -> Secret {
    secret(Purpose::HmacSha256, CANARY.as_bytes())
}

/// A folder with the secret `KEY` of the tenant `local`.
fn stored() -> (tempfile::TempDir, FileSecrets) {
    let place = tempfile::tempdir().unwrap();
    let secrets = FileSecrets::new(place.path().join("keys"));
    secrets.set("local", "KEY", &canary()).unwrap();
    (place, secrets)
}

fn bytes(secrets: &FileSecrets, tenant: &str, name: &str) -> Option<Vec<u8>> {
    secrets.secret(tenant, name).unwrap().map(|secret| secret.bytes.to_vec())
}

#[test]
fn what_others_may_read_is_refused_wherever_it_is() {
    for (path, mode) in [
        ("keys", 0o750),
        ("keys", 0o701),
        ("keys/local", 0o770),
        ("keys/local/KEY", 0o640),
        ("keys/local/KEY", 0o604),
        ("keys/local/KEY", 0o620),
    ] {
        let (place, secrets) = stored();
        fs::set_permissions(place.path().join(path), Permissions::from_mode(mode)).unwrap();
        let refused = secrets.secret("local", "KEY").unwrap_err();
        assert_eq!(refused.why, "others may read it", "{path} {mode:o}");
        assert!(matches!(secrets.list("local"), Err(FileSecretsError::NotPrivate { .. })));
        if path != "keys/local/KEY" {
            assert!(secrets.set("local", "KEY", &canary()).is_err());
            assert!(secrets.remove("local", "KEY").is_err());
        }
    }
}

#[test]
fn links_pipes_and_folders_are_no_secrets() {
    let (place, secrets) = stored();
    let local = place.path().join("keys/local");
    symlink(local.join("KEY"), local.join("LINK")).unwrap();
    fs::DirBuilder::new().mode(0o700).create(local.join("FOLDER")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(CWD, local.join("PIPE"), fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for name in ["LINK", "FOLDER", "PIPE"] {
        assert_eq!(secrets.secret("local", name).unwrap_err().why, "others may read it", "{name}");
    }
    fs::rename(place.path().join("keys"), place.path().join("moved")).unwrap();
    symlink(place.path().join("moved"), place.path().join("keys")).unwrap();
    assert!(secrets.secret("local", "KEY").is_err());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let (_place, secrets) = stored();
    let long = "K".repeat(NAME_MAX + 1);
    for name in
        ["", ".", "..", "../local/KEY", "/etc/passwd", "a/b", "a\0b", ".KEY.new", "1KEY", &long]
    {
        assert!(secrets.secret("local", name).is_err(), "{name:?}");
        assert!(matches!(secrets.set("local", name, &canary()), Err(FileSecretsError::Name(_))));
        assert!(secrets.remove("local", name).is_err(), "{name:?}");
    }
}

#[test]
fn no_tenant_has_anothers_secrets() {
    let (_place, secrets) = stored();
    for tenant in ["", ".", "..", "local/", "../keys/local", "LOCAL", "local\0", "_local"] {
        assert_eq!(bytes(&secrets, tenant, "KEY"), None, "{tenant:?}");
        assert!(!secrets.remove(tenant, "KEY").unwrap());
        secrets.set(tenant, "KEY", &secret(Purpose::Credential, b"theirs")).unwrap();
        assert_eq!(bytes(&secrets, tenant, "KEY").unwrap(), b"theirs");
    }
    assert_eq!(bytes(&secrets, "local", "KEY").unwrap(), CANARY.as_bytes());
}

#[test]
fn a_damaged_file_is_told_without_what_is_in_it() {
    let (place, secrets) = stored();
    let path = place.path().join("keys/local/KEY");
    for text in [
        String::new(),
        CANARY.to_owned(),
        format!("workbooks-secret 2 hmac-sha256\n{CANARY}"),
        format!("workbooks-secret 1 {CANARY}\n{CANARY}"),
        "workbooks-secret 1 ed25519\nshort-canary".to_owned(),
        format!("workbooks-secret 1 hmac-sha256\n{}", "x".repeat(SECRET_MAX + 1)),
        format!("{}\n{CANARY}", "x".repeat(HEAD_MAX)),
    ] {
        fs::write(&path, text).unwrap();
        let refused = secrets.secret("local", "KEY").unwrap_err();
        assert_eq!(refused.why, "its file is damaged");
        let listed = secrets.list("local").unwrap_err();
        assert!(!format!("{listed} {listed:?}").contains("canary"), "{listed:?}");
    }
}

#[test]
fn a_secret_is_kept_replaced_listed_and_removed() {
    let (place, secrets) = stored();
    assert_eq!(bytes(&secrets, "local", "NONE"), None);
    assert_eq!(bytes(&secrets, "nobody", "KEY"), None);
    assert!(secrets.list("nobody").unwrap().is_empty());
    let raw: Vec<u8> = (0..32).collect();
    secrets.set("local", "KEY", &secret(Purpose::Ed25519, &raw)).unwrap();
    secrets.set("local", "A", &secret(Purpose::Credential, b"token")).unwrap();
    assert_eq!(bytes(&secrets, "local", "KEY").unwrap(), raw);
    let listed = secrets.list("local").unwrap();
    let listed: Vec<_> = listed.iter().map(|(name, purpose)| format!("{name} {purpose}")).collect();
    assert_eq!(listed, ["A credential", "KEY ed25519"]);
    let mode = |path: &str| fs::metadata(place.path().join(path)).unwrap().mode() & 0o777;
    assert_eq!((mode("keys"), mode("keys/local"), mode("keys/local/KEY")), (0o700, 0o700, 0o600));
    let names = fs::read_dir(place.path().join("keys/local")).unwrap().count();
    assert_eq!(names, 2, "nothing is left beside");
    assert!(secrets.remove("local", "KEY").unwrap());
    assert!(!secrets.remove("local", "KEY").unwrap());
    assert_eq!(bytes(&secrets, "local", "KEY"), None);
}

#[test]
fn what_a_crash_left_is_not_listed_and_is_in_nobodys_way() {
    let (place, secrets) = stored();
    let left = place.path().join("keys/local/.KEY.new");
    fs::write(&left, "half").unwrap();
    assert_eq!(secrets.list("local").unwrap().len(), 1);
    secrets.set("local", "KEY", &canary()).unwrap();
    assert!(!left.exists());
}
