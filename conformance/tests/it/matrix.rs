//! Sixteen guests of one capability × sixteen grants of one: the host refuses exactly what
//! wasmtime's own linker would, and says so before it instantiates anything; so does the check of
//! a component against the world of a grant.

use std::collections::BTreeMap;

use wasmtime::Engine;
use wasmtime::component::{Component, Linker, ResourceType};
use wit_parser::{Resolve, TypeDefKind, WorldId, WorldItem};
use workbooks_conformance::{Contract, dummy};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Profile, check, world};

/// A linker that has exactly the imports of these worlds, taken from the WIT and not from any
/// table of the host's.
fn linker(engine: &Engine, resolve: &Resolve, worlds: &[WorldId]) -> Linker<()> {
    let interfaces: BTreeMap<_, _> = worlds
        .iter()
        .flat_map(|world| &resolve.worlds[*world].imports)
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => Some((resolve.name_world_key(key), *id)),
            _ => None,
        })
        .collect();
    let mut linker = Linker::new(engine);
    for (name, id) in interfaces {
        let mut instance = linker.instance(&name).expect("each name comes once");
        for function in resolve.interfaces[id].functions.keys() {
            instance.func_new(function, |_, _, _, _| Ok(())).expect("each name comes once");
        }
        for (resource, id) in &resolve.interfaces[id].types {
            if matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                instance
                    .resource(resource, ResourceType::host::<()>(), |_, _| Ok(()))
                    .expect("each name comes once");
            }
        }
    }
    linker
}

fn grant(capability: &str) -> Grant {
    let operator =
        ToolkitPolicy { grants: [capability.to_owned()].into(), ..ToolkitPolicy::default() };
    Grant::bare("guest", &Profile::named("posix"), &operator)
}

#[test]
fn the_host_and_wasmtime_agree_in_all_256() {
    let contract = Contract::ours().unwrap();
    let world = |name: &str| contract.world(name).unwrap();
    let engine = Engine::default();
    let cache = tempfile::tempdir().unwrap();
    let host = Host::builder().threads(1).cache(cache.path().join("cache")).build().unwrap();
    let names: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), 16);
    let linkers: Vec<_> = names
        .iter()
        .map(|name| {
            linker(&engine, &contract.resolve, &[world("base"), world(&format!("cap-{name}"))])
        })
        .collect();

    let worlds: Vec<_> = names
        .iter()
        .map(|name| {
            let includes = ["base".to_owned(), format!("cap-{name}")].map(|w| contract.include(&w));
            contract.beside(&format!("package t:t; world w {{ {} }}", includes.concat())).unwrap()
        })
        .collect();

    let (mut linked, mut refused) = (0, 0);
    for guest in &names {
        let bytes = dummy(&contract.resolve, world(&format!("cap-{guest}"))).unwrap();
        let component = Component::new(&engine, &bytes).unwrap();
        for ((granted, linker), (resolve, allowed)) in names.iter().zip(&linkers).zip(&worlds) {
            let theirs =
                linker.instantiate_pre(&component).map(drop).map_err(|why| format!("{why:#}"));
            let artifact = Artifact::bare(&bytes);
            let missing = host.missing(&artifact, &grant(granted)).unwrap();
            let ours = host.prepare(&artifact, &grant(granted));
            let pair = format!("a guest of {guest} under a grant of {granted}");
            assert_eq!(theirs.is_ok(), missing.is_empty(), "{pair}: {theirs:?}, {missing:?}");
            assert_eq!(theirs.is_ok(), ours.is_ok(), "{pair}: {:?}", ours.err());
            let mismatches = check(&bytes, resolve, *allowed).unwrap();
            assert_eq!(theirs.is_ok(), mismatches.is_empty(), "{pair}: {mismatches:?}");
            assert_eq!(theirs.is_ok(), guest == granted, "{pair}");
            if theirs.is_ok() { linked += 1 } else { refused += 1 }
        }
    }
    assert_eq!((linked, refused), (16, 240));
}

#[test]
fn a_guest_of_everything_links_only_with_everything() {
    let contract = Contract::ours().unwrap();
    let bytes = dummy(&contract.resolve, contract.world("engine").unwrap()).unwrap();
    let host = Host::builder().threads(1).build().unwrap();
    let every: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name.to_owned()).collect();
    let with = |capabilities: &[String]| {
        let operator = ToolkitPolicy {
            grants: capabilities.iter().cloned().collect(),
            ..ToolkitPolicy::default()
        };
        Grant::bare("guest", &Profile::named("posix"), &operator)
    };
    let cache = tempfile::tempdir().unwrap();
    let cached = Host::builder().threads(1).cache(cache.path().join("cache")).build().unwrap();
    assert_eq!(host.missing(&Artifact::bare(&bytes), &with(&every)).unwrap(), []);
    for leave_out in 0..every.len() {
        let mut some = every.clone();
        let name = some.remove(leave_out);
        let missing = cached.missing(&Artifact::bare(&bytes), &with(&some)).unwrap();
        assert!(!missing.is_empty() && missing.len() <= 9, "without {name}: {missing:?}");
    }
}
