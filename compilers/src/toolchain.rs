//! The pinned manifest of a lane's compiler: what is fetched, what of it is used, what it costs;
//! and the compiler once it stands on this machine.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{digest::Digest, sandbox::Module};

/// A compiler, pinned: the text of `compilers/lanes/<lane>.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// The lane's word, as in `wbx lane install c`.
    pub lane: String,
    /// One line about it.
    pub title: String,
    /// The licences of what is fetched.
    pub licence: String,
    /// Where it comes from.
    pub package: Package,
    /// What it takes, said before it is taken.
    pub cost: Cost,
    /// The files of the archive that are used; no other is unpacked.
    #[serde(rename = "file")]
    pub files: Vec<PinnedFile>,
    /// The digest of the manifest's own text, which pins all the rest.
    #[serde(skip, default = "unread")]
    pub digest: Digest,
}

fn unread() -> Digest {
    Digest::of(b"")
}

/// A package of a registry, pinned to its archive's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Which client fetches it.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// The digest of the archive as the registry serves it.
    pub sha256: Digest,
    /// The archive's size in bytes, where it is known beforehand.
    #[serde(default)]
    pub bytes: Option<u64>,
}

/// A registry, by the client that the person has set up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// `npm`
    Npm,
    /// `cargo`
    Cargo,
}

/// What installing a lane takes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Bytes on disk afterwards, generated code included.
    pub disk_bytes: u64,
    /// Seconds of CPU time, nearly all of it code generation.
    pub cpu_seconds: u64,
    /// Bytes of memory at the peak of code generation.
    pub memory_bytes: u64,
}

/// One file of the archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedFile {
    /// Where it lies in the archive.
    pub path: String,
    /// What it, or the folder made from it, is called in the store.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size in bytes; a larger one is refused while it unpacks.
    pub bytes: u64,
    /// Of a tree: the prefixes of the paths to keep.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Of a tree: the suffixes of the paths to leave out of them.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Of a tree: the digest over its files, see `Digest::of_files`.
    #[serde(default)]
    pub tree: Option<Digest>,
}

impl PinnedFile {
    /// Whether the tree keeps the file at `path`.
    pub(crate) fn keeps(&self, path: &str) -> bool {
        self.keep.iter().any(|prefix| path.starts_with(prefix.as_str()))
            && !self.drop.iter().any(|suffix| path.ends_with(suffix.as_str()))
    }
}

/// What a file of a toolchain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A wasm module that the sandbox runs.
    Module,
    /// A tar archive that becomes a folder which the module sees.
    Tree,
}

impl Pinned {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong with the TOML. The manifests of this crate are tested to have none.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut pinned: Self = toml::from_str(text)?;
        pinned.digest = Digest::of(text.as_bytes());
        Ok(pinned)
    }

    /// The folder of this toolchain under `store`: `<lane>/<version>-<digest8>`.
    pub(crate) fn folder(&self, store: &Path) -> PathBuf {
        let name = format!("{}-{}", self.package.version, self.digest.short());
        store.join(&self.lane).join(name)
    }
}

/// A compiler that stands on this machine, every file of it checked when it was installed.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// What it is.
    pub pinned: Pinned,
    /// Its folder.
    pub folder: PathBuf,
}

impl Toolchain {
    /// The path of the file or folder called `name` in the manifest.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The modules that the sandbox runs.
    pub fn modules(&self) -> impl Iterator<Item = Module> {
        let modules = self.pinned.files.iter().filter(|file| file.role == Role::Module);
        modules.map(|file| Module { path: self.path(&file.name), sha256: file.sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_with_an_unknown_key_is_refused() {
        let text = include_str!("../lanes/c.toml").replace("bytes = 27112311", "byts = 1");
        assert!(Pinned::parse(&text).is_err());
    }

    #[test]
    fn another_pin_is_another_folder() {
        let text = include_str!("../lanes/c.toml");
        let one = Pinned::parse(text).unwrap();
        let two = Pinned::parse(&text.replace("75532134", "75532135")).unwrap();
        assert_ne!(one.folder(Path::new("s")), two.folder(Path::new("s")));
    }

    #[test]
    fn a_tree_keeps_listed_prefixes_less_listed_suffixes() {
        let pinned = Pinned::parse(include_str!("../lanes/c.toml")).unwrap();
        let tree = pinned.files.iter().find(|f| f.role == Role::Tree).unwrap();
        assert!(tree.keeps("include/stddef.h") && tree.keeps("lib/wasm32-wasip1/libc.a"));
        for path in ["include/xmmintrin.h", "lib/wasm32-wasip1/libc.so", "share/libc++/v1/std.cppm"]
        {
            assert!(!tree.keeps(path), "{path}");
        }
    }
}
