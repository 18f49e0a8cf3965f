//! An import that was not granted does not exist, and all of them are reported at once.

use workbooks_host::policy::{Provenance, ToolkitPolicy, Withheld};
use workbooks_host::{
    Artifact, Grant, LinkError, Manifest, MissingImport, Policy, PrepareError, Profile,
};

use crate::support::{grant, host, kv, prepare};

fn missing(error: PrepareError) -> Vec<MissingImport> {
    match error {
        PrepareError::Link(LinkError::NotGranted { missing, .. }) => missing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ungranted_capability_is_named_with_who_withholds_it_and_what_to_do() {
    let error = prepare(&host(), &kv(), &grant(&[])).unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("--grant kv"), "{help}");
    let missing = missing(error);
    let [MissingImport::NotGranted { interface, capability, withheld, .. }] = &missing[..] else {
        panic!("{missing:?}")
    };
    assert_eq!((interface.as_str(), *capability), ("workbooks:engine/kv@0.1.0-dev", "kv"));
    assert_eq!(*withheld, Withheld::Policy);
}

#[test]
fn what_was_not_granted_is_on_the_audit_record() {
    use workbooks_host::admission::{Decision, MemoryAudit};
    let audit = std::sync::Arc::new(MemoryAudit::default());
    let host = workbooks_host::Host::builder().audit(audit.clone()).build().unwrap();
    prepare(&host, &kv(), &grant(&[])).unwrap_err();
    let records = audit.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].capability, "kv");
    assert_eq!(records[0].decision, Decision::Denied("not-granted".into()));
}

#[test]
fn a_profile_that_does_not_hold_it_is_named() {
    let host = host();
    let text = b"#+TOOLKIT: guest\n#+EXEC: component\n#+CAPS: kv\n";
    let manifest = Manifest::parse(text, None, &host.vocabulary()).unwrap();
    let mut policy = Policy::default();
    policy.grant("guest", ["kv"]);
    let grant =
        workbooks_host::grant(&manifest, Provenance::Local, &Profile::named("compute"), &policy)
            .unwrap();
    let error = prepare(&host, &kv(), &grant).unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("--profile minimal"), "{help}");
    let missing = missing(error);
    assert!(matches!(missing[0], MissingImport::NotGranted { withheld: Withheld::Profile, .. }));
}

#[test]
fn all_missing_imports_are_reported_at_once_known_or_not() {
    let component = r#"(component
      (import "workbooks:engine/kv@0.1.0-dev" (instance (export "f" (func))))
      (import "workbooks:engine/queue@0.2.0" (instance (export "f" (func))))
      (import "wasi:sockets/tcp@0.2.3" (instance (export "f" (func))))
      (import "acme:own/thing" (instance (export "f" (func))))
      (import "vfs-query" (func (param "sql" string) (result string))))"#;
    let missing = missing(prepare(&host(), component, &grant(&["kv"])).unwrap_err());
    let interfaces: Vec<_> = missing.iter().map(MissingImport::interface).collect();
    assert_eq!(
        interfaces,
        ["workbooks:engine/queue@0.2.0", "wasi:sockets/tcp@0.2.3", "acme:own/thing", "vfs-query",]
    );
    assert!(matches!(missing[0], MissingImport::Version { .. }));
    assert!(matches!(missing[1], MissingImport::NotGranted { capability: "tcp", .. }));
    assert!(matches!(missing[2], MissingImport::Unknown { .. }));
}

#[test]
fn a_granted_interface_of_another_shape_is_an_error_and_not_a_trap() {
    let component = r#"(component
      (import "workbooks:engine/kv@0.1.0-dev" (instance (export "get" (func (result u8))))))"#;
    let error = prepare(&host(), component, &grant(&["kv"])).unwrap_err();
    assert!(matches!(error, PrepareError::Link(LinkError::Shape { .. })), "{error:?}");
}

#[test]
fn a_command_without_vfs_has_no_file_system_to_import() {
    let host = host();
    let bytes = workbooks_host::adapt::text_to_binary(crate::support::ECHO.as_bytes()).unwrap();
    let none = Grant::bare("guest", &Profile::named("compute"), &ToolkitPolicy::default());
    assert!(!none.allows("vfs"));
    assert_eq!(host.missing(&Artifact::bare(&bytes), &none).unwrap(), []);
}
