//! The files of a member, in memory: what is given out, compared and asked about.

use std::os::fd::AsFd as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::tree::{self, Node};
use super::{LibraryError, Member};
use crate::provenance::{Digest, Files};
use crate::toolkit::quoted;

/// What a member's path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One file.
    File,
    /// A folder of files.
    Folder,
}

impl Kind {
    /// `file`, `folder`.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// A member's files, as they were when they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What its path stands for.
    pub kind: Kind,
    /// The files; of a member that is one file, that one under its own name.
    pub files: Files,
    /// The paths that begin with a dot, with what lies below them: neither given out nor taken.
    pub left_out: Vec<String>,
}

impl Taken {
    /// The digest of kind, paths and contents.
    pub fn digest(&self) -> Digest {
        let digests = self.files.digests();
        let files = Digest::of_files(digests.iter().map(|(path, digest)| (path.as_str(), *digest)));
        Digest::of(format!("{} {files}", self.kind.word()).as_bytes())
    }

    /// The path of the page that a person opens, if the member has one: `workbook.html`, or the
    /// one file if that is HTML.
    pub fn page(&self) -> Option<&str> {
        let is_page = |path: &&str| match self.kind {
            Kind::Folder => *path == "workbook.html",
            Kind::File => path.to_ascii_lowercase().ends_with(".html"),
        };
        self.files.iter().map(|(path, _)| path).find(is_page)
    }

    /// The bundle that the member is, if it is one `.wbundle`.
    pub fn bundle(&self) -> Option<&[u8]> {
        let (path, bytes) = self.files.iter().next().filter(|_| self.kind == Kind::File)?;
        path.to_ascii_lowercase().ends_with(".wbundle").then_some(bytes)
    }
}

/// Reads a member of the workspace in `root`.
pub(super) fn read(root: &Path, member: &Member) -> Result<Taken, LibraryError> {
    let path = path_of(member)?;
    match tree::open(root, path)? {
        None => Err(LibraryError::Missing { id: member.id.clone(), path: quoted(path) }),
        Some(Node::Folder(folder)) => {
            let (files, left_out) = tree::files(folder.as_fd())?;
            Ok(Taken { kind: Kind::Folder, files, left_out })
        }
        Some(Node::File(file)) => {
            let mut files = Files::default();
            files.insert(name_of(path), tree::bytes(file, path)?)?;
            Ok(Taken { kind: Kind::File, files, left_out: Vec::new() })
        }
    }
}

pub(super) fn path_of(member: &Member) -> Result<&str, LibraryError> {
    let elsewhere = || LibraryError::Elsewhere { id: member.id.clone() };
    member.path.as_deref().ok_or_else(elsewhere)
}

/// The last part of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
