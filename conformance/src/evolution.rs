//! What a new version of a package breaks for guests of an old one. wasmtime matches host imports
//! exactly, so types never change: functions and interfaces may be added to what guests import.

use std::fmt;

use workbooks_host::{Mismatch, check};

use crate::{Contract, dummy};

/// One thing that a guest of the old version meets in the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// A world is gone.
    World {
        /// Its name.
        world: String,
    },
    /// A guest of a world of the old version does not fit it in the new version.
    Guest {
        /// The world.
        world: String,
        /// Every way in which it does not.
        mismatches: Vec<Mismatch>,
    },
    /// `wit_component::semver_check` refuses the world, though [`check`] found nothing.
    Checker {
        /// The world.
        world: String,
        /// What it says.
        why: String,
    },
    /// A dependency of the same version has another content.
    Dependencies {
        /// What differs.
        why: String,
    },
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World { world } => write!(f, "world `{world}` is gone"),
            Self::Guest { world, mismatches } => {
                write!(f, "a guest of world `{world}` no longer fits:")?;
                mismatches.iter().try_for_each(|mismatch| write!(f, "\n  {mismatch}"))
            }
            Self::Checker { world, why } => write!(f, "world `{world}`: {why}"),
            Self::Dependencies { why } => write!(f, "a dependency has changed: {why}"),
        }
    }
}

/// Everything that `after` breaks for guests of `before`; empty if it may be released as the next
/// version within the same minor.
///
/// # Errors
///
/// When one of them cannot be made into a guest.
pub fn broken_by(before: &Contract, after: &Contract) -> Result<Vec<Break>, String> {
    // Versions are compared by whoever calls: here the packages stand for the same one. The other
    // checker wants both in one `Resolve`, where two packages need two versions.
    let same = after.with_version(&before.version())?;
    let next = after.with_version("99.99.99")?;
    let mut both = before.resolve.clone();
    let moved = match both.merge(next.resolve.clone()) {
        Ok(moved) => moved,
        Err(why) => return Ok(vec![Break::Dependencies { why: format!("{why:#}") }]),
    };
    let mut broken = Vec::new();
    for (name, &old) in &before.resolve.packages[before.package].worlds {
        let world = name.clone();
        let (Some(new), Some(merged)) = (same.world(name), next.world(name)) else {
            broken.push(Break::World { world });
            continue;
        };
        let guest = dummy(&before.resolve, old)?;
        let mismatches = check(&guest, &same.resolve, new).map_err(|why| why.to_string())?;
        let merged =
            moved.map_world(merged, wit_parser::Span::default()).map_err(|why| why.to_string())?;
        let refused = wit_component::semver_check(both.clone(), old, merged).err();
        if !mismatches.is_empty() {
            broken.push(Break::Guest { world, mismatches });
        } else if let Some(why) = refused {
            broken.push(Break::Checker { world, why: format!("{why:#}") });
        }
    }
    Ok(broken)
}
