//! The registry that Debian has, and the tool that others use: what we publish they have, and what
//! they publish we get. And what others' compiler makes. Where a client of the machine is missing, a
//! test says that it is skipped.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod docker;
mod rustc;
mod wkg;

use std::fs;

use docker::Docker;
use workbooks_host::policy::{RegistryPolicy, ToolkitPolicy};
use workbooks_host::provenance::{Files, SigningKey, Statement};
use workbooks_host::registry::oci::Oci;
use workbooks_host::registry::{ARTIFACT, Network, Package, Registry, RegistryError};
use workbooks_host::secret::{Purpose, Secret, SecretError, SecretProvider};
use workbooks_host::{Artifact, Grant, Host, Profile, Run};
use zeroize::Zeroizing;

/// Has this password.
struct Password(&'static str);

impl SecretProvider for Password {
    fn secret(&self, _: &str, _: &str) -> Result<Option<Secret>, SecretError> {
        let bytes = Zeroizing::new(self.0.as_bytes().to_vec());
        Secret::new(Purpose::Credential, bytes).map(Some)
    }
}

/// The part of a registry under `tools`, as a policy with `more` opens it.
fn registry(docker: &Docker, more: &str, password: &'static str) -> Oci {
    let address = docker.address();
    let text = format!("[host.'{address}']\nplain = true\n{more}");
    let policy: RegistryPolicy = toml::from_str(&text).unwrap();
    let network = Network::new(&[]).unwrap();
    let host = address.parse().unwrap();
    Oci::new(&host, "tools", &policy, &Password(password), "local", &network).unwrap()
}

fn package(version: &str, note: &str) -> Package {
    let mut files = Files::default();
    files.insert("manifest.org", format!("#+TOOLKIT: hello\n{note}").into_bytes()).unwrap();
    files.insert("src/main.c", b"int main;".to_vec()).unwrap();
    files.insert(ARTIFACT, wat::parse_str("(component (core module (func)))").unwrap()).unwrap();
    let key = SigningKey::of(&[7; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&files, "hello", &version.parse().unwrap(), &key, issued);
    Package { envelope: Some(statement.sign(&key)), files }
}

#[test]
fn a_real_registry_keeps_what_is_published_and_no_version_becomes_another() {
    let Some(docker) = Docker::start("") else { return };
    let registry = registry(&docker, "", "unused");
    assert_eq!(registry.versions("hello").unwrap(), []);
    for version in ["1.0.0", "1.1.0"] {
        let digest = registry.publish(&package(version, "")).unwrap();
        assert_eq!(registry.publish(&package(version, "")).unwrap(), digest);
        let fetched = registry.fetch("hello", &version.parse().unwrap()).unwrap();
        assert_eq!((fetched.package, fetched.digest), (package(version, ""), digest));
    }
    assert_eq!(registry.versions("hello").unwrap().len(), 2);
    for other in [package("1.0.0", "other"), package("1.1.0", "other")] {
        let published = registry.publish(&other);
        assert!(matches!(published, Err(RegistryError::Exists { .. })), "{published:?}");
    }
    assert!(
        docker
            .kept("repositories/tools/hello/_manifests/tags")
            .any(|tag| tag.starts_with("sha256-"))
    );
    let absent = registry.fetch("hello", &"2.0.0".parse().unwrap());
    assert!(matches!(absent, Err(RegistryError::NotFound { .. })));
}

#[test]
fn bytes_that_changed_in_a_real_registry_are_told() {
    let Some(docker) = Docker::start("") else { return };
    let registry = registry(&docker, "", "unused");
    registry.publish(&package("1.0.0", "")).unwrap();
    let wasm = package("1.0.0", "").files.get(ARTIFACT).unwrap().to_vec();
    let digest = workbooks_host::provenance::Digest::of(&wasm).to_string();
    let file = docker.path(&format!("blobs/sha256/{}/{digest}/data", &digest[..2]));
    let mut changed = fs::read(&file).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&file, changed).unwrap();
    let fetched = registry.fetch("hello", &"1.0.0".parse().unwrap());
    assert!(matches!(fetched, Err(RegistryError::Malformed { .. })), "{fetched:?}");
}

#[test]
fn a_real_registry_with_a_password_opens_to_it_alone() {
    let Some(docker) = Docker::start(docker::HTPASSWD) else { return };
    let login = "user = 'ada'\nsecret = 'PASSWORD'";
    for (more, password) in [("", "unused"), (login, "open says me")] {
        let published = registry(&docker, more, password).publish(&package("1.0.0", ""));
        assert!(matches!(published, Err(RegistryError::Denied { .. })), "{published:?}");
    }
    let registry = registry(&docker, login, "open sesame");
    registry.publish(&package("1.0.0", "")).unwrap();
    let fetched = registry.fetch("hello", &"1.0.0".parse().unwrap()).unwrap();
    assert_eq!(fetched.package, package("1.0.0", ""));
}

#[test]
fn wkg_gets_what_we_published_and_we_get_what_it_published() {
    let Some(docker) = Docker::start("") else { return };
    let Some(wkg) = wkg::installed() else { return };
    let registry = registry(&docker, "", "unused");
    registry.publish(&package("1.0.0", "")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("theirs.wasm");
    let theirs = file.to_str().unwrap();
    let address = docker.address();
    let ours = format!("{address}/tools/hello:1.0.0");
    wkg::run(&wkg, &["oci", "pull", "--insecure", address, &ours, "-o", theirs]);
    let wasm = package("1.0.0", "").files.get(ARTIFACT).unwrap().to_vec();
    assert_eq!(fs::read(&file).unwrap(), wasm);

    let other = format!("{address}/their/own:2.0.0");
    wkg::run(&wkg, &["oci", "push", "--insecure", address, &other, theirs]);
    let fetched = registry.pull_component(&other.parse().unwrap()).unwrap();
    assert_eq!(fetched.package.envelope, None);
    let files: Vec<_> = fetched.package.files.iter().collect();
    assert_eq!(files, [(ARTIFACT, &wasm[..])]);
}

#[test]
fn what_rust_makes_for_wasm32_wasip2_runs_with_what_it_was_granted_and_not_without() {
    let Some(bytes) = rustc::component() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["b", "a"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let host = Host::builder().threads(1).build().unwrap();
    let artifact = Artifact::bare(&bytes);
    let bare = |policy: &ToolkitPolicy| Grant::bare("app", &Profile::named("compute"), policy);
    let refused = host.prepare(&artifact, &bare(&ToolkitPolicy::default())).unwrap_err();
    assert!(refused.to_string().contains("that it does not get"), "{refused}");

    let mount = format!("{}::/data", folder.path().display()).parse().unwrap();
    let grants = ["vfs".to_owned()].into();
    let policy = ToolkitPolicy { grants, mounts: vec![mount], ..ToolkitPolicy::default() };
    let prepared = host.prepare(&artifact, &bare(&policy)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = Run::args(["app", "one", "two"]).stdin("three four\nthree");
    let outcome = runtime.block_on(prepared.run(run));
    assert_eq!(outcome.ended.unwrap(), 1);
    let said =
        "args [\"one\", \"two\"]\nread [(\"four\", 1), (\"three\", 2)]\nsees [\"a\", \"b\"]\n";
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), said);
    assert_eq!(String::from_utf8_lossy(&outcome.stderr), "warned\n");
}
