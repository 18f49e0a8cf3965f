//! Profiles: the named bounds of `wit/worlds.wit`, each a set of capabilities, memory and time.

use std::{collections::BTreeSet, time::Duration};

use workbooks_bindings::{PROFILES, ProfileRow};

/// The profile of whatever names none, or one that does not exist.
const FALLBACK: &str = "compute";

/// A bound of what a toolkit may get: no grant under it is wider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The capabilities it holds.
    pub capabilities: BTreeSet<String>,
    /// Bytes of memory, summed over all memories of an instance.
    pub memory: u64,
    /// CPU time of one run: time in the guest, host calls excluded.
    pub time: Duration,
}

impl Profile {
    /// The profile of this name, or `compute`.
    ///
    /// Where a person gives the name, use [`Profile::find`] and tell them of a misspelt one.
    pub fn named(name: &str) -> Self {
        Self::find(name).or_else(|| Self::find(FALLBACK)).unwrap_or_else(Self::nothing)
    }

    /// The profile of this name, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        PROFILES.iter().find(|row| row.name == name).map(Self::from)
    }

    /// The names, from the smallest profile to the largest.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        PROFILES.iter().map(|row| row.name)
    }

    /// The smallest profile within `at_most` that holds all of these capabilities.
    ///
    /// Nothing if `at_most` is no profile, or none within it holds them all: run under `at_most`
    /// then, and the rest is withheld.
    pub fn smallest_holding<'c>(
        capabilities: impl IntoIterator<Item = &'c str>,
        at_most: &str,
    ) -> Option<Self> {
        let bound = Self::find(at_most)?;
        let wanted: BTreeSet<&str> = capabilities.into_iter().collect();
        PROFILES
            .iter()
            .map(Self::from)
            .filter(|profile| profile.is_within(&bound))
            .filter(|profile| wanted.iter().all(|word| profile.holds(word)))
            .min_by_key(|profile| (profile.memory, profile.time, profile.capabilities.len()))
    }

    /// Whether it lets this capability pass. One that no profile holds (`serve`, `build`, an
    /// embedder's own) is for the manifest and the policy alone to decide.
    pub fn holds(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
            || PROFILES.iter().all(|row| !row.capabilities.contains(&capability))
    }

    fn is_within(&self, bound: &Self) -> bool {
        self.capabilities.is_subset(&bound.capabilities)
            && self.memory <= bound.memory
            && self.time <= bound.time
    }

    /// What is left if the table is empty: a guest that can compute next to nothing.
    fn nothing() -> Self {
        Self {
            name: FALLBACK.to_owned(),
            capabilities: BTreeSet::new(),
            memory: 0,
            time: Duration::ZERO,
        }
    }
}

impl From<&ProfileRow> for Profile {
    fn from(row: &ProfileRow) -> Self {
        Self {
            name: row.name.to_owned(),
            capabilities: row.capabilities.iter().map(|&word| word.to_owned()).collect(),
            memory: row.memory_bytes,
            time: Duration::from_millis(row.time_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_profile_is_compute_and_cannot_be_found() {
        assert_eq!(Profile::named("netwrok"), Profile::named("compute"));
        assert_eq!(Profile::find("netwrok"), None);
        assert_eq!(Profile::named("compute").capabilities, BTreeSet::from(["vfs".to_owned()]));
    }

    #[test]
    fn no_profile_holds_more_than_the_bound() {
        let smallest = |words: &[&str], bound| {
            Profile::smallest_holding(words.iter().copied(), bound).map(|p| p.name)
        };
        assert_eq!(smallest(&["net"], "minimal"), None);
        assert_eq!(smallest(&["own-of-an-embedder"], "posix").as_deref(), Some("compute"));
        assert_eq!(smallest(&[], "no-profile"), None);
        assert_eq!(smallest(&[], "minimal").as_deref(), Some("compute"));
        assert_eq!(smallest(&["vfs", "kv"], "posix").as_deref(), Some("minimal"));
        assert_eq!(smallest(&["net", "kv"], "posix").as_deref(), Some("network"));
    }

    #[test]
    fn each_profile_is_within_the_next() {
        let all: Vec<_> = Profile::names().map(Profile::named).collect();
        assert_eq!(all.len(), 4);
        assert!(all.windows(2).all(|pair| pair[0].is_within(&pair[1])));
    }
}
