//! Reads the contract: from the worlds of `workbooks:engine` to the tables of capabilities,
//! profiles and interfaces, and the rules that the WIT must keep. Used by `build.rs` and its tests.

use std::collections::{BTreeMap, BTreeSet};

use wit_parser::{
    Docs, Function, InterfaceId, PackageId, Resolve, Type, TypeDefKind, WorldId, WorldItem,
};

/// What the WIT says, by name.
#[derive(Debug, Default)]
pub struct Contract {
    /// `workbooks:engine@x.y.z`.
    pub package: String,
    /// Interfaces that every guest has.
    pub base: BTreeSet<String>,
    /// Capability → the interfaces it opens, and one sentence.
    pub capabilities: BTreeMap<String, Capability>,
    /// Profile → capabilities and limits.
    pub profiles: BTreeMap<String, Profile>,
    /// Interface of world `engine` → its functions and resources.
    pub interfaces: BTreeMap<String, Interface>,
}

/// One `cap-` world.
#[derive(Debug, Default)]
pub struct Capability {
    /// First sentence of its interface's documentation.
    pub summary: String,
    /// Interfaces beyond [`Contract::base`].
    pub interfaces: BTreeSet<String>,
}

/// One `profile-` world.
#[derive(Debug, Default)]
pub struct Profile {
    /// Capabilities whose worlds it includes.
    pub capabilities: BTreeSet<String>,
    /// Bytes, summed over all memories of an instance.
    pub memory: u64,
    /// Milliseconds of CPU time.
    pub time: u64,
}

/// What an interface of world `engine` holds, in component-model names.
#[derive(Debug, Default)]
pub struct Interface {
    /// `get`, `[method]process.kill`, …
    pub functions: Vec<String>,
    /// Resource types.
    pub resources: Vec<String>,
}

impl Contract {
    /// Derives the contract from a resolved package.
    ///
    /// # Errors
    ///
    /// Every broken rule, one a line: an import of `engine` that belongs to no capability, an
    /// interface of ours that two capabilities reach, a capability function without
    /// `result<_, error>`, a profile without well-formed limits.
    pub fn read(resolve: &Resolve, package: PackageId) -> Result<Self, String> {
        let mut contract =
            Self { package: resolve.packages[package].name.to_string(), ..Self::default() };
        let mut broken = Vec::new();
        let worlds = &resolve.packages[package].worlds;
        let world = |name: &str| worlds.get(name).copied();

        match world("base") {
            Some(base) => contract.base = imports(resolve, base),
            None => broken.push("there is no world `base`".to_owned()),
        }
        for (name, &id) in worlds {
            if let Some(name) = name.strip_prefix("cap-") {
                let interfaces = imports(resolve, id);
                contract.capabilities.insert(
                    name.to_owned(),
                    Capability {
                        summary: own_interface(resolve, package, name)
                            .map(|own| first_sentence(&resolve.interfaces[own].docs))
                            .unwrap_or_default(),
                        interfaces: &interfaces - &contract.base,
                    },
                );
                broken.extend(infallible(resolve, package, name));
            }
        }
        for (name, &id) in worlds {
            if let Some(name) = name.strip_prefix("profile-") {
                let (memory, time) = match limits(&resolve.worlds[id].docs) {
                    Ok(limits) => limits,
                    Err(why) => {
                        broken.push(format!("world `profile-{name}` {why}"));
                        continue;
                    }
                };
                let held = imports(resolve, id);
                let capabilities = contract
                    .capabilities
                    .iter()
                    .filter(|(_, capability)| capability.interfaces.is_subset(&held))
                    .map(|(name, _)| name.clone())
                    .collect();
                contract.profiles.insert(name.to_owned(), Profile { capabilities, memory, time });
            }
        }
        match world("engine") {
            Some(engine) => {
                broken.extend(contract.strays(&imports(resolve, engine)));
                contract.interfaces = interfaces(resolve, engine);
            }
            None => broken.push("there is no world `engine`".to_owned()),
        }
        broken.extend(contract.widened());
        if broken.is_empty() { Ok(contract) } else { Err(broken.join("\n")) }
    }

    /// Imports of `engine` that no guest could be granted.
    fn strays(&self, engine: &BTreeSet<String>) -> Vec<String> {
        let owned = |import: &String| {
            self.base.contains(import)
                || self.capabilities.values().any(|c| c.interfaces.contains(import))
        };
        engine.iter().filter(|import| !owned(import))
            .map(|import| format!("world `engine` imports `{import}`, which no capability owns: name it in a `cap-` world"))
            .collect()
    }

    /// Interfaces of this package that two capabilities reach: a `use` imports the whole interface.
    fn widened(&self) -> Vec<String> {
        let ours = self.package.split('@').next().unwrap_or_default();
        let mut owner = BTreeMap::<&str, &str>::new();
        let mut broken = Vec::new();
        for (capability, Capability { interfaces, .. }) in &self.capabilities {
            for interface in interfaces.iter().filter(|i| i.starts_with(ours)) {
                if let Some(other) = owner.insert(interface, capability) {
                    broken.push(format!(
                        "`{interface}` is reached from `cap-{other}` and `cap-{capability}`: a `use` widens a grant; move the shared type to `types`"
                    ));
                }
            }
        }
        broken
    }
}

/// The imports of a world that confer something: interfaces with functions or resources.
fn imports(resolve: &Resolve, world: WorldId) -> BTreeSet<String> {
    resolve.worlds[world]
        .imports
        .iter()
        .filter(|(_, item)| match item {
            WorldItem::Interface { id, .. } => confers(resolve, *id),
            _ => true,
        })
        .map(|(key, _)| resolve.name_world_key(key))
        .collect()
}

fn interfaces(resolve: &Resolve, world: WorldId) -> BTreeMap<String, Interface> {
    resolve.worlds[world]
        .imports
        .iter()
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } if confers(resolve, *id) => Some((
                resolve.name_world_key(key),
                Interface {
                    functions: resolve.interfaces[*id].functions.keys().cloned().collect(),
                    resources: resources(resolve, *id),
                },
            )),
            _ => None,
        })
        .collect()
}

/// A type-only interface grants nothing and needs no definition in a linker.
fn confers(resolve: &Resolve, interface: InterfaceId) -> bool {
    !resolve.interfaces[interface].functions.is_empty() || !resources(resolve, interface).is_empty()
}

fn resources(resolve: &Resolve, interface: InterfaceId) -> Vec<String> {
    resolve.interfaces[interface]
        .types
        .iter()
        .filter(|(_, id)| matches!(resolve.types[**id].kind, TypeDefKind::Resource))
        .map(|(name, _)| name.clone())
        .collect()
}

fn own_interface(resolve: &Resolve, package: PackageId, name: &str) -> Option<InterfaceId> {
    resolve.packages[package].interfaces.get(name).copied()
}

/// Functions of a capability that cannot say `revoked`.
fn infallible(resolve: &Resolve, package: PackageId, name: &str) -> Vec<String> {
    let Some(interface) = own_interface(resolve, package, name) else {
        return vec![format!("`cap-{name}` has no interface `{name}`")];
    };
    resolve.interfaces[interface].functions.values()
        .filter(|function| !can_refuse(resolve, function))
        .map(|function| format!(
            "`{name}.{}` does not return `result<_, error>`: revocation and rate must always be sayable",
            function.name
        ))
        .collect()
}

fn can_refuse(resolve: &Resolve, function: &Function) -> bool {
    let Some(Type::Id(id)) = function.result else { return false };
    let TypeDefKind::Result(result) = &resolve.types[id].kind else { return false };
    let Some(Type::Id(mut error)) = result.err else { return false };
    while let TypeDefKind::Type(Type::Id(next)) = resolve.types[error].kind {
        error = next;
    }
    resolve.types[error].name.as_deref() == Some("error")
        && matches!(resolve.types[error].kind, TypeDefKind::Variant(_))
}

/// Reads `@memory 64MiB @time 5s`, which must be the last line of a profile's documentation.
fn limits(docs: &Docs) -> Result<(u64, u64), String> {
    const GRAMMAR: &str = "needs a last documentation line `@memory <n>MiB @time <n>s`";
    let line = docs.contents.as_deref().unwrap_or_default().lines().last().unwrap_or_default();
    let words: Vec<_> = line.split(' ').collect();
    let [memory_key, memory, time_key, time] = words[..] else { return Err(GRAMMAR.to_owned()) };
    let number = |word: &str, unit: &str| {
        word.strip_suffix(unit)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u64>().ok())
            .filter(|n| (1..=1 << 20).contains(n))
    };
    match (memory_key, number(memory, "MiB"), time_key, number(time, "s")) {
        ("@memory", Some(memory), "@time", Some(time)) => Ok((memory << 20, time * 1000)),
        _ => Err(GRAMMAR.to_owned()),
    }
}

fn first_sentence(docs: &Docs) -> String {
    let text = docs.contents.as_deref().unwrap_or_default();
    text.split_inclusive(['.', '\n']).next().unwrap_or_default().trim().to_owned()
}
