//! Writes the tables of `workbooks:engine` from its WIT; a broken rule of the contract fails the build.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts through the environment"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/contract.rs"]
mod contract;

use contract::Contract;
use wit_parser::Resolve;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let wit = root.join("../../wit").canonicalize().expect("wit/ stands at the workspace's root");
    println!("cargo::rerun-if-changed={}", wit.display());
    let mut resolve = Resolve::default();
    let (package, _) =
        resolve.push_dir(&wit).unwrap_or_else(|why| panic!("wit/ does not resolve: {why:#}"));
    let contract = Contract::read(&resolve, package)
        .unwrap_or_else(|broken| panic!("the contract in wit/ is broken:\n{broken}"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("tables.rs"), tables(&contract, &wit)).expect("OUT_DIR is writable");
}

fn tables(contract: &Contract, wit: &Path) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes everything");
    line("/// The package of the contract, with its version.".into());
    line(format!("pub const PACKAGE: &str = {:?};", contract.package));
    line("/// Interfaces that every guest has; they carry no authority.".into());
    line(format!("pub const BASE: &[&str] = &{:?};", contract.base.iter().collect::<Vec<_>>()));
    line("/// Every capability, by name.".into());
    line("pub const CAPABILITIES: &[CapabilityRow] = &[".into());
    for (name, capability) in &contract.capabilities {
        line(format!(
            "CapabilityRow {{ name: {name:?}, summary: {:?}, interfaces: &{:?} }},",
            capability.summary,
            capability.interfaces.iter().collect::<Vec<_>>()
        ));
    }
    line("];".into());
    line("/// Every profile, by name.".into());
    line("pub const PROFILES: &[ProfileRow] = &[".into());
    for (name, profile) in &contract.profiles {
        line(format!(
            "ProfileRow {{ name: {name:?}, capabilities: &{:?}, memory_bytes: {}, time_ms: {} }},",
            profile.capabilities.iter().collect::<Vec<_>>(),
            profile.memory,
            profile.time
        ));
    }
    line("];".into());
    line("/// Every interface that a guest may import.".into());
    line("pub const INTERFACES: &[InterfaceRow] = &[".into());
    for (name, interface) in &contract.interfaces {
        line(format!(
            "InterfaceRow {{ name: {name:?}, functions: &{:?}, resources: &{:?} }},",
            interface.functions, interface.resources
        ));
    }
    line("];".into());
    line(
        "/// The text of the contract: path under `wit/` and content, dependencies included."
            .into(),
    );
    line("pub const WIT: &[(&str, &str)] = &[".into());
    for folder in ["", "deps"] {
        let mut files: Vec<_> = fs::read_dir(wit.join(folder))
            .expect("wit/ is readable")
            .map(|entry| entry.expect("wit/ is readable").path())
            .filter(|path| path.extension().is_some_and(|e| e == "wit"))
            .collect();
        files.sort();
        for file in files {
            let name = file.strip_prefix(wit).expect("it stands in wit/");
            line(format!("({:?}, include_str!({:?})),", name, file));
        }
    }
    line("];".into());
    out
}
