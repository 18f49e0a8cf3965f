//! The registry in a folder: names, tenants, and what was changed on disk.

use std::fs;

use super::folder::{CommandFolder, Entry, entries};
use super::registry::{CommandError, Commands as _};
use crate::policy::ToolkitPolicy;
use crate::toolkit::ArgMode;

fn command(mark: u8) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1) (data (i32.const 0) "\{mark:02x}")
           (func (export "_start")))"#
    );
    wat::parse_str(text).unwrap()
}

fn add(folder: &CommandFolder, tenant: &str, name: &str, mark: u8) -> Entry {
    let bounds = ("compute", ToolkitPolicy::default());
    folder.add(tenant, name, &command(mark), ArgMode::Argv, bounds).unwrap()
}

fn registry() -> (tempfile::TempDir, CommandFolder) {
    let folder = tempfile::tempdir().unwrap();
    let registry = CommandFolder::new(folder.path().join("commands"));
    (folder, registry)
}

fn artifacts(registry: &CommandFolder) -> usize {
    entries(&registry.0.join("artifacts")).unwrap().len()
}

#[test]
fn a_name_that_leads_elsewhere_is_no_name() {
    let (_folder, registry) = registry();
    add(&registry, "acme", "tool", 1);
    for name in ["", ".", "..", "../tool", "a/b", "/etc", ".hidden", "a\0", "tool\n", "ü"] {
        assert!(registry.find("acme", name).unwrap().is_none(), "{name:?}");
        let bounds = ("compute", ToolkitPolicy::default());
        assert!(registry.add("acme", name, &command(1), ArgMode::Argv, bounds).is_err());
        assert!(registry.remove("acme", name).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_no_command_is_not_stored() {
    let (_folder, registry) = registry();
    for bytes in [&b"#!/bin/sh"[..], b"", &wat::parse_str("(component)").unwrap()] {
        let bounds = ("compute", ToolkitPolicy::default());
        let refused = registry.add("acme", "tool", bytes, ArgMode::Argv, bounds);
        assert!(matches!(refused, Err(CommandError::Artifact(_))));
    }
    assert!(!registry.0.exists());
}

#[test]
fn a_tenant_sees_no_others_commands_whatever_it_is_called() {
    let (_folder, registry) = registry();
    add(&registry, "acme", "tool", 1);
    for other in ["", "acme/", "../tenants/acme", "ACME", "acme ", "acme\0"] {
        assert!(registry.find(other, "tool").unwrap().is_none(), "{other:?}");
        assert!(registry.names(other).unwrap().is_empty(), "{other:?}");
    }
    assert_eq!(registry.names("acme").unwrap(), ["tool"]);
}

#[test]
fn an_artifact_that_was_changed_is_not_loaded() {
    let (_folder, registry) = registry();
    let entry = add(&registry, "acme", "tool", 1);
    let found = registry.find("acme", "tool").unwrap().unwrap();
    assert_eq!(found.artifact().bytes().unwrap(), command(1));
    fs::write(registry.artifact(&entry.sha256), command(2)).unwrap();
    assert!(found.artifact().bytes().unwrap_err().contains("SHA-256"));
}

#[test]
fn an_entry_that_is_damaged_is_an_error_and_not_another_command() {
    let (_folder, registry) = registry();
    add(&registry, "acme", "tool", 1);
    let bad = "sha256 = '../../etc/passwd'\narg_mode = 'argv'\nprofile = 'compute'";
    for text in ["", "sha256 = 1", bad] {
        fs::write(registry.entry("acme", "tool"), text).unwrap();
        let found = registry.find("acme", "tool");
        assert!(matches!(found, Err(CommandError::Damaged { .. })), "{text}");
    }
}

#[test]
fn an_artifact_is_stored_once_and_goes_with_the_last_command_that_is_it() {
    let (_folder, registry) = registry();
    let one = add(&registry, "acme", "one", 1);
    assert_eq!(add(&registry, "umbrella", "two", 1), one);
    assert_eq!(artifacts(&registry), 1);
    registry.remove("acme", "one").unwrap();
    assert!(registry.find("umbrella", "two").unwrap().is_some());
    assert_ne!(add(&registry, "umbrella", "two", 2), one);
    assert_eq!(artifacts(&registry), 1);
    registry.remove("umbrella", "two").unwrap();
    assert_eq!(artifacts(&registry), 0);
    assert!(matches!(registry.remove("umbrella", "two"), Err(CommandError::NotFound { .. })));
}

#[test]
fn what_was_stored_is_granted_as_it_was_said() {
    let (_folder, registry) = registry();
    let policy = ToolkitPolicy { grants: ["kv".to_owned()].into(), ..Default::default() };
    let bounds = ("network", policy);
    registry.add("acme", "tool", &command(1), ArgMode::Stdin1, bounds).unwrap();
    let found = registry.find("acme", "tool").unwrap().unwrap();
    assert!(found.grant().allows("kv") && !found.grant().allows("net"));
    assert_eq!(found.grant().limits().memory, 128 << 20);
    assert_eq!(found.takes_args(), ArgMode::Stdin1);
    assert_eq!(registry.list("acme").unwrap().len(), 1);
}
