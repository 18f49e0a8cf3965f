//! Where the artifact of a case comes from.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use workbooks_host::adapt;

use super::Lanes;
use crate::{Contract, Maker, Published, Shelf, dummy, many_imports, root, through};

/// Where an artifact comes from: `guest.file = "guest.wat"`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the case's folder: `.wat`, or bytes as they are.
    File(String),
    /// A file of `conformance/guests`.
    Shared(String),
    /// A toolkit that a lane builds: `.` is the case's own folder, others stand in the tree.
    Toolkit(String),
    /// A component that hands the calls of its exports through to this capability.
    Through(String),
    /// A component that imports all of this world, in WIT.
    World(String),
    /// A command with as many imports.
    Imports(usize),
    /// As many bytes without meaning.
    Noise(usize),
    /// A file of a published package.
    Published(Box<Published>),
    /// A component that a tool of others makes.
    Made(Maker),
}

impl Origin {
    /// The folder whose manifest counts.
    pub(super) fn folder(&self, case: &Path) -> PathBuf {
        match self {
            Self::Toolkit(folder) if folder != "." => root().join(folder),
            _ => case.to_owned(),
        }
    }

    /// Whether it is others' work, whose code is worth keeping.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Published(_) | Self::Made(_))
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// When they cannot be made; bytes that the host is to refuse are no such error.
    pub(super) fn bytes(&self, case: &Path, lanes: &Lanes) -> Result<Vec<u8>, String> {
        match self {
            Self::File(file) => read(&case.join(file)),
            Self::Shared(file) => read(&root().join("conformance/guests").join(file)),
            Self::Toolkit(_) => Err("a lane builds it".into()),
            Self::Through(capability) => through(&Contract::ours()?, capability),
            Self::World(text) => of_world(text),
            Self::Imports(count) => Ok(many_imports(*count)),
            Self::Noise(count) => Ok(noise(*count)),
            Self::Published(published) => Shelf::new(&lanes.cache).published(published),
            Self::Made(maker) => Shelf::new(&lanes.cache).made(*maker),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    if path.extension().is_some_and(|extension| extension == "wat") {
        return adapt::text_to_binary(&bytes).map_err(|why| format!("{}: {why}", path.display()));
    }
    Ok(bytes)
}

fn of_world(text: &str) -> Result<Vec<u8>, String> {
    let (resolve, world) = Contract::ours()?.beside(text)?;
    dummy(&resolve, world)
}

/// The same bytes on each run: the high bytes of a linear congruence (Knuth's MMIX).
fn noise(count: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}
