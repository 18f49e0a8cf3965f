//! What was built before, by the digest of everything that went in. An entry that is damaged is
//! as good as absent.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{provision::unpack::private_folder, sandbox::Module};
use workbooks_host::provenance::Digest;

/// A folder of build results. Each entry begins with the digest of its key and the rest, so that
/// no entry stands for another; one that others could have written is not read.
#[derive(Clone, Debug)]
pub(crate) struct BuildCache {
    folder: PathBuf,
}

impl BuildCache {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The entry under `key`, if there is one and it is whole.
    pub(crate) fn get(&self, key: Digest) -> Option<Vec<u8>> {
        let path = self.folder.join(key.to_string());
        let (folder, entry) = (fs::metadata(&self.folder).ok()?, fs::symlink_metadata(&path).ok()?);
        let ours = entry.is_file()
            && entry.uid() == folder.uid()
            && entry.mode() & 0o022 == 0
            && folder.mode() & 0o022 == 0;
        let entry = ours.then(|| fs::read(&path).ok()).flatten()?;
        let (digest, content) = entry.split_at_checked(32)?;
        (bound(key, content).as_ref() == digest).then(|| content.to_vec())
    }

    /// Stores an entry whole or not at all. A full disk costs the next build its time, not this
    /// one its success.
    pub(crate) fn put(&self, key: Digest, content: &[u8]) {
        drop(self.try_put(key, content));
    }

    /// Keeps wasm as a file of its own, named by its digest, for what is run from a file. Whoever
    /// runs it compares the digest.
    ///
    /// # Errors
    /// What writing it fails with.
    pub(crate) fn keep(&self, wasm: &[u8]) -> io::Result<Module> {
        let sha256 = Digest::of(wasm);
        let module = self.kept(sha256);
        if !module.path.exists() {
            private_folder(&self.folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(wasm)?;
            file.as_file().sync_all()?;
            file.persist(&module.path)?;
        }
        Ok(module)
    }

    /// The file with this digest, if it is there.
    pub(crate) fn kept(&self, sha256: Digest) -> Module {
        Module { path: self.folder.join(format!("{sha256}.wasm")), sha256 }
    }

    fn try_put(&self, key: Digest, content: &[u8]) -> io::Result<()> {
        private_folder(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bound(key, content).as_ref())?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(key.to_string()))?;
        Ok(())
    }
}

fn bound(key: Digest, content: &[u8]) -> Digest {
    Digest::of(&[key.as_ref(), Digest::of(content).as_ref()].concat())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn an_entry_of_another_key_or_that_others_may_write_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = BuildCache::new(&folder.path().join("build"));
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        cache.put(one, b"wasm");
        let path = |key: Digest| folder.path().join("build").join(key.to_string());
        fs::copy(path(one), path(other)).unwrap();
        assert_eq!(cache.get(other), None);
        fs::set_permissions(path(one), fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(cache.get(one), None);
        fs::set_permissions(path(one), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(cache.get(one).is_some());
    }

    #[test]
    fn a_damaged_entry_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = BuildCache::new(&folder.path().join("build"));
        let key = Digest::of(b"key");
        assert_eq!(cache.get(key), None);
        cache.put(key, b"wasm");
        assert_eq!(cache.get(key).as_deref(), Some(b"wasm".as_slice()));

        let path = folder.path().join("build").join(key.to_string());
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..35], &whole[..10], &[], &[&whole[..35], b"M"].concat()] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(cache.get(key), None);
        }
    }
}
