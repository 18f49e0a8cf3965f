//! The contract as tables: capabilities, profiles and interfaces, derived from `wit/` by the build.

pub use workbooks_bindings::{
    BASE, CAPABILITIES, CapabilityRow, INTERFACES, InterfaceRow, PACKAGE, PROFILES, ProfileRow, WIT,
};

/// The row of a capability of the contract.
pub fn capability(name: &str) -> Option<&'static CapabilityRow> {
    CAPABILITIES.iter().find(|row| row.name == name)
}

/// The row of the interface that a guest's import `name` would link to: the same interface on a
/// semver-compatible version, as wasmtime matches them.
pub fn interface(name: &str) -> Option<&'static InterfaceRow> {
    INTERFACES.iter().find(|row| compatible(row.name, name))
}

/// Whether two interface names differ at most by a compatible version.
///
/// Compatible are versions of one major, or, below 1.0, of one minor; pre-releases and versions
/// below 0.1 match exactly (wasmtime's rule for names in a linker).
pub fn compatible(ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    let parsed = |interface: &str| {
        let (_, version) = interface.split_once('@')?;
        semver::Version::parse(version).ok().filter(|version| version.pre.is_empty())
    };
    match (parsed(ours), parsed(theirs)) {
        (Some(x), Some(y)) if base_name(ours) == base_name(theirs) && x.major == y.major => {
            x.major != 0 || (x.minor != 0 && x.minor == y.minor)
        }
        _ => false,
    }
}

/// An interface's name without its version.
pub fn base_name(interface: &str) -> &str {
    interface.split('@').next().unwrap_or(interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_of_the_issue_is_in_the_contract() {
        let names: Vec<_> = CAPABILITIES.iter().map(|row| row.name).collect();
        let expected = "browse build commands exec kv llm net parallel posix queue secrets serve tcp tls udp vfs";
        assert_eq!(names.join(" "), expected);
    }

    #[test]
    fn patches_match_and_pre_releases_do_not() {
        assert!(compatible("wasi:io/poll@0.2.12", "wasi:io/poll@0.2.3"));
        assert!(!compatible("wasi:io/poll@0.2.12", "wasi:io/poll@0.3.0"));
        assert!(!compatible("workbooks:engine/kv@0.1.0-dev", "workbooks:engine/kv@0.1.0"));
        assert!(!compatible("wasi:io/poll@0.2.12", "wasi:io/streams@0.2.12"));
    }

    #[test]
    fn profiles_hold_what_the_contract_says() {
        let compute = PROFILES.iter().find(|p| p.name == "compute").unwrap();
        assert_eq!(
            (compute.capabilities, compute.memory_bytes, compute.time_ms),
            (&["vfs"][..], 64 << 20, 5000)
        );
    }
}
