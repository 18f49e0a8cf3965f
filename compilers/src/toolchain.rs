//! The pinned manifest of a lane's compiler: what is fetched, what of it is used, what it costs;
//! and the compiler once it stands on this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use workbooks_host::toolkit::{Language, Word as _};

use crate::sandbox::Module;
use workbooks_host::provenance::{Digest, Hasher};

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
    /// The lanes whose compilers it needs, to be made and to build.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What its languages cannot do here.
    #[serde(default)]
    pub lacks: Vec<Lack>,
    /// What it takes, said before it is taken; what it needs of other lanes is not in it.
    pub cost: Cost,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<PinnedSource>,
    /// Packages of other registries that may stand for one of the sources, for who has not its
    /// client: for the one whose files are called alike.
    #[serde(default, rename = "alternative")]
    pub alternatives: Vec<PinnedSource>,
    /// The digest of all that is pinned, and of what else goes into the compiler (see
    /// [`Pinned::made_by`]). What is only said of it is not in it.
    #[serde(skip, default = "unread")]
    pub digest: Digest,
}

/// A package, and what of it is used; no other file is unpacked.
#[derive(Clone, Debug, Deserialize)]
pub struct PinnedSource {
    /// The package.
    #[serde(flatten)]
    pub package: Package,
    /// The files of its archive.
    #[serde(rename = "file")]
    pub files: Vec<PinnedFile>,
}

impl PinnedSource {
    /// Whether its files are called as those of `other`, so that one may stand for the other.
    fn stands_for(&self, other: &Self) -> bool {
        let names = |source: &Self| {
            source.files.iter().map(|file| file.name.clone()).collect::<BTreeSet<_>>()
        };
        names(self) == names(other)
    }
}

fn unread() -> Digest {
    Digest::of(b"")
}

/// A package of a registry, pinned to its archive's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
    /// The platform tag of a wheel that holds native code.
    #[serde(default)]
    pub platform: Option<String>,
}

/// A registry, by the client that the person has set up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// `npm`
    Npm,
    /// `cargo`
    Cargo,
    /// `pip`, which fetches a wheel.
    Pip,
    /// `pip`, which fetches a source archive, `name-1.0.0.tar.gz`.
    Sdist,
}

impl Registry {
    /// The client that fetches from it.
    pub fn client(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::Pip | Self::Sdist => "pip",
        }
    }
}

/// What installing a lane takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Bytes on disk afterwards, generated code included.
    pub disk_bytes: u64,
    /// Seconds of CPU time, nearly all of it code generation.
    pub cpu_seconds: u64,
    /// Bytes of memory at the peak of code generation.
    pub memory_bytes: u64,
}

/// Something that a language cannot do here: one row of its support matrix, which `wbx lane list`,
/// `wbx doctor` and the diagnostics share.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lack {
    /// The language, if the lane has several: `c++` of the lane `c`.
    #[serde(default)]
    pub language: Option<String>,
    /// What it lacks, as in "C++ exceptions"; the message says "… are not available".
    pub feature: String,
    /// What happens where it is used.
    pub happens: String,
    /// What to do instead.
    pub instead: String,
    /// Parts of messages of its compiler or linker which only this can be the cause of; what says
    /// so is given this row as help.
    #[serde(default)]
    pub said: Vec<String>,
}

/// One file of the archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedFile {
    /// Where it lies in the archive; of a folder, what its files' paths begin with.
    pub path: String,
    /// What it, or the folder made from it, is called in the store.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The digest of its bytes; of a folder, the digest over its files, see `Digest::of_files`.
    pub sha256: Digest,
    /// Its size in bytes, of a folder the size of its files together; a larger one is refused
    /// while it unpacks.
    pub bytes: u64,
    /// Whether it only serves to make what the lane derives, and is removed then.
    #[serde(default)]
    pub temporary: bool,
    /// Of a tree or folder: the prefixes of the paths to keep; none keeps all.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Of a tree or folder: the suffixes of the paths to leave out of them.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Of a tree: the digest over its files, see `Digest::of_files`.
    #[serde(default)]
    pub tree: Option<Digest>,
}

impl PinnedFile {
    /// Whether the tree or folder keeps the file at `path` in it.
    pub(crate) fn keeps(&self, path: &str) -> bool {
        (self.keep.is_empty() || self.keep.iter().any(|prefix| path.starts_with(prefix.as_str())))
            && !self.drop.iter().any(|suffix| path.ends_with(suffix.as_str()))
    }
}

/// What a file of a toolchain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A wasm module that the sandbox runs.
    Module,
    /// A file that is no module.
    File,
    /// A tar archive that becomes a folder which the module sees.
    Tree,
    /// All files of the archive whose paths begin alike, as a folder.
    Folder,
}

impl Pinned {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong with the TOML. The manifests of this crate are tested to have none.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut pinned: Self = toml::from_str(text)?;
        let mut hasher = Hasher::default();
        hasher.field(&pinned.lane).field(format!("{:?} {:?}", pinned.needs, pinned.sources));
        if !pinned.alternatives.is_empty() {
            hasher.field(format!("{:?}", pinned.alternatives));
        }
        pinned.digest = hasher.finish();
        Ok(pinned)
    }

    /// The same compiler, made besides by `parts`: our own sources, and the digests of the lanes
    /// that it needs. Other parts make another compiler, which stands beside this one.
    #[must_use]
    pub fn made_by<T: AsRef<[u8]>>(mut self, parts: impl IntoIterator<Item = T>) -> Self {
        let mut hasher = Hasher::default();
        hasher.field(self.digest);
        for part in parts {
            hasher.field(part);
        }
        self.digest = hasher.finish();
        self
    }

    /// What a language of the lane cannot do here.
    pub fn lacks_of(&self, language: Language) -> impl Iterator<Item = &Lack> {
        let ours = crate::lanes::lane_of(language) == self.lane;
        self.lacks.iter().filter(move |lack| {
            ours && lack.language.as_deref().is_none_or(|word| word == language.word())
        })
    }

    /// The first package, which gives the compiler its version.
    ///
    /// # Panics
    /// If there is none, which a test excludes for the manifests of this crate.
    pub fn package(&self) -> &Package {
        &self.sources.first().expect("a test reads every manifest").package
    }

    /// Each source with what may stand for it, in the order in which they are tried: one of each
    /// row is fetched.
    pub fn ways(&self) -> impl Iterator<Item = Vec<&PinnedSource>> {
        self.sources.iter().map(|source| {
            let others = self.alternatives.iter().filter(|other| other.stands_for(source));
            std::iter::once(source).chain(others).collect()
        })
    }

    /// The files of all packages that stay.
    pub fn files(&self) -> impl Iterator<Item = &PinnedFile> {
        self.sources.iter().flat_map(|source| &source.files).filter(|file| !file.temporary)
    }

    /// The folder of this toolchain under `store`: `<lane>/<version>-<digest8>`.
    pub(crate) fn folder(&self, store: &Path) -> PathBuf {
        let name = format!("{}-{}", self.package().version, self.digest.short());
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
    /// What its lane derived from the packages: files and folders, with their digests.
    pub derived: BTreeMap<String, Digest>,
    /// Of sources that others may stand for: the packages that were taken, name and version.
    pub made_of: Vec<String>,
}

impl Toolchain {
    /// The path of the file or folder called `name` in the manifest, or derived under that name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The wasm module called `name`, pinned or derived.
    pub fn module(&self, name: &str) -> Option<Module> {
        let pinned = self.pinned.files().find(|file| file.name == name).map(|file| file.sha256);
        let sha256 = pinned.or_else(|| self.derived.get(name).copied())?;
        Some(Module { path: self.path(name), sha256 })
    }

    /// The pinned modules that the sandbox runs.
    pub fn modules(&self) -> impl Iterator<Item = Module> {
        let modules = self.pinned.files().filter(|file| file.role == Role::Module);
        modules.map(|file| Module { path: self.path(&file.name), sha256: file.sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_with_an_unknown_key_is_refused() {
        let text = include_str!("../lanes/c.toml").replace("licence =", "license =");
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
        let tree = pinned.files().find(|f| f.role == Role::Tree).unwrap();
        assert!(tree.keeps("include/stddef.h") && tree.keeps("lib/wasm32-wasip1/libc.a"));
        for path in ["include/xmmintrin.h", "lib/wasm32-wasip1/libc.so", "share/libc++/v1/std.cppm"]
        {
            assert!(!tree.keeps(path), "{path}");
        }
    }
}
