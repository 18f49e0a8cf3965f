//! Compiled artifacts on disk: native code that only this host wrote, and only this host loads.

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of ours (mode 0700) with two files for each entry: `<key>.cwasm`, the code, and
/// `<key>.seal`, its digest and what the file system said of it when it was written.
///
/// The key is the digest of the artifact, of how it is lifted, and of the engine's compatibility
/// hash, so that another version of wasmtime or another configuration never finds the entry: an
/// artifact that was compiled is neither read, nor examined, nor lifted again. An entry whose seal
/// does not fit is removed and compiled anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    dir: Option<PathBuf>,
}

/// Up to this size the digest is taken on each load; above it, a file whose inode, size and
/// change times are those of the seal was not written since, and is not read whole.
const ALWAYS_HASHED: u64 = 1 << 20;

impl Cache {
    /// A cache in `dir`, made if need be; with `None` nothing is kept.
    pub(crate) fn open(dir: Option<PathBuf>) -> io::Result<Self> {
        if let Some(dir) = &dir {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            let found = fs::symlink_metadata(dir)?;
            let ours = found.is_dir()
                && found.uid() == rustix::process::getuid().as_raw()
                && found.mode().trailing_zeros() >= 6;
            if !ours {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the cache must be a folder of this user with mode 0700: it holds native code",
                ));
            }
        }
        Ok(Self { dir })
    }

    /// The compiled component of an artifact, and the note that was kept with it: loaded if this
    /// host compiled it before, else of the code and the note that `compile` makes. Nothing if
    /// this is no code of the engine's.
    ///
    /// Of those who want the same artifact at one time, in this process or another, one compiles.
    /// A cache that cannot be written (a full disk) costs time, not the run.
    pub(crate) fn component<E>(
        &self,
        engine: &Engine,
        artifact: &[u8],
        compile: impl FnOnce() -> Result<(Vec<u8>, String), E>,
    ) -> Result<Option<(Component, String)>, E> {
        let loaded =
            |code: &[u8], note| from_bytes(engine, code).map(|component| (component, note));
        let Some(dir) = &self.dir else {
            let (code, note) = compile()?;
            return Ok(loaded(&code, note));
        };
        let key = key(engine, artifact);
        if let Some(found) = load(engine, dir, &key) {
            return Ok(Some(found));
        }
        let _turn = Turn::take(dir, &key);
        if let Some(found) = load(engine, dir, &key) {
            return Ok(Some(found));
        }
        let (code, note) = compile()?;
        let stored = store(dir, &key, &code, &note);
        // What cannot be stored is told to nobody: the next run compiles again.
        if stored.is_ok() && code.len() as u64 > ALWAYS_HASHED {
            drop(code);
            return Ok(load(engine, dir, &key));
        }
        Ok(loaded(&code, note))
    }

    /// Whether [`Cache::component`] would compile nothing.
    pub(crate) fn holds(&self, engine: &Engine, artifact: &[u8]) -> bool {
        self.entry(engine, artifact).is_some_and(|path| path.with_extension("seal").exists())
    }

    /// Bytes on disk of the code that is kept for this artifact.
    pub(crate) fn disk_bytes(&self, engine: &Engine, artifact: &[u8]) -> Option<u64> {
        let path = self.entry(engine, artifact).filter(|_| self.holds(engine, artifact))?;
        Some(fs::metadata(path).ok()?.blocks() * 512)
    }

    /// Removes what is kept for this artifact.
    pub(crate) fn forget(&self, engine: &Engine, artifact: &[u8]) -> io::Result<()> {
        let Some(path) = self.entry(engine, artifact) else { return Ok(()) };
        // The seal first: code without one is not loaded.
        for path in [path.with_extension("seal"), path] {
            match fs::remove_file(&path) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
        }
        Ok(())
    }

    fn entry(&self, engine: &Engine, artifact: &[u8]) -> Option<PathBuf> {
        self.dir.as_ref().map(|dir| dir.join(key(engine, artifact)).with_extension("cwasm"))
    }
}

/// The right to make one entry: a lock on a file beside it, which goes with it.
struct Turn {
    path: PathBuf,
    _locked: File,
}

impl Turn {
    /// Waits until nobody else makes it. Nothing where files cannot be locked: then some work is
    /// done twice.
    fn take(dir: &Path, key: &str) -> Option<Self> {
        let path = dir.join(key).with_extension("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).ok()?;
        file.lock().ok()?;
        Some(Self { path, _locked: file })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Who waits for this file finds the entry; who comes now makes another file, and finds it.
        drop(fs::remove_file(&self.path));
    }
}

/// `artifact` names the artifact and how it is lifted, as bytes that no other artifact has.
fn key(engine: &Engine, artifact: &[u8]) -> String {
    struct Feed(Sha256);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut feed);
    feed.0.update(Sha256::digest(artifact));
    crate::hex(&feed.0.finalize())
}

fn load(engine: &Engine, dir: &Path, key: &str) -> Option<(Component, String)> {
    let path = dir.join(key).with_extension("cwasm");
    if !path.exists() {
        return None;
    }
    let found = sealed(engine, &path).ok().flatten();
    if found.is_none() {
        // Whatever stands there is not what we wrote.
        drop(fs::remove_file(&path));
        drop(fs::remove_file(path.with_extension("seal")));
    }
    found
}

/// The component in the file at `path`, and its note, if it is what was sealed.
fn sealed(engine: &Engine, path: &Path) -> io::Result<Option<(Component, String)>> {
    let mut file = open(path)?;
    let found = file.metadata()?;
    let mut seal = String::new();
    open(&path.with_extension("seal"))?.take(1024).read_to_string(&mut seal)?;
    let mut lines = seal.splitn(3, '\n');
    let (Some(digest), Some(written), Some(note)) = (lines.next(), lines.next(), lines.next())
    else {
        return Ok(None);
    };
    let component = if found.len() <= ALWAYS_HASHED {
        let mut code = Vec::new();
        file.read_to_end(&mut code)?;
        (digest == crate::hex(&Sha256::digest(&code))).then(|| from_bytes(engine, &code)).flatten()
    } else if written == signature(&found) || digest == digest_of(&mut file)? {
        from_file(engine, path)
    } else {
        None
    };
    Ok(component.map(|component| (component, note.to_owned())))
}

fn from_bytes(engine: &Engine, code: &[u8]) -> Option<Component> {
    #[expect(unsafe_code, reason = "loading native code that this host wrote")]
    // SAFETY: these very bytes are wasmtime's output: this process or its helper made them a moment
    // ago, or they have the digest that `store` sealed after it had written such, and the seal lies
    // in a folder that only this user can write.
    unsafe { Component::deserialize(engine, code) }.ok()
}

fn from_file(engine: &Engine, path: &Path) -> Option<Component> {
    #[expect(unsafe_code, reason = "loading native code that this host wrote")]
    // SAFETY: the file lies in a folder that only this user can write (checked when the cache was
    // opened), is a regular file of this user, and has the inode, size and change times, or the
    // digest, that `store` sealed after it had written wasmtime's output.
    unsafe { Component::deserialize_file(engine, path) }.ok()
}

/// Opens a regular file of this user that nobody else may write, and no link.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)?;
    let found = file.metadata()?;
    let ours = found.is_file()
        && found.uid() == rustix::process::getuid().as_raw()
        && found.mode() & 0o022 == 0;
    ours.then_some(file).ok_or_else(|| io::ErrorKind::PermissionDenied.into())
}

fn digest_of(file: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(file, &mut HashWriter(&mut hasher))?;
    Ok(crate::hex(&hasher.finalize()))
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn store(dir: &Path, key: &str, code: &[u8], note: &str) -> io::Result<()> {
    let path = dir.join(key).with_extension("cwasm");
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(dir)?;
    file.write_all(code)?;
    file.as_file().sync_all()?;
    let written = file.persist(&path).map_err(|failed| failed.error)?;
    let text = format!(
        "{}\n{}\n{note}",
        crate::hex(&Sha256::digest(code)),
        signature(&written.metadata()?)
    );
    let mut seal = tempfile::Builder::new().prefix(".new-").tempfile_in(dir)?;
    seal.write_all(text.as_bytes())?;
    seal.as_file().sync_all()?;
    seal.persist(path.with_extension("seal")).map_err(|failed| failed.error)?;
    File::open(dir)?.sync_all()
}

/// What changes whenever a file is written or replaced.
fn signature(found: &fs::Metadata) -> String {
    format!(
        "{} {} {} {}.{} {}.{}",
        found.dev(),
        found.ino(),
        found.len(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec()
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const EMPTY: &[u8] = b"(component)";

    fn entry(dir: &Path) -> PathBuf {
        fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.extension().is_some_and(|e| e == "cwasm"))
            .unwrap()
    }

    fn fill(cache: &Cache, engine: &Engine, bytes: &[u8]) {
        let compile = || {
            Ok::<_, wasmtime::Error>((engine.precompile_component(bytes)?, "a\nnote".to_owned()))
        };
        assert_eq!(cache.component(engine, bytes, compile).unwrap().unwrap().1, "a\nnote");
    }

    fn filled() -> (tempfile::TempDir, Cache, Engine, Vec<u8>) {
        let dir = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .unwrap();
        let cache = Cache::open(Some(dir.path().to_owned())).unwrap();
        let engine = Engine::default();
        let bytes = wat::parse_bytes(EMPTY).unwrap().into_owned();
        fill(&cache, &engine, &bytes);
        (dir, cache, engine, bytes)
    }

    #[test]
    fn an_entry_is_found_again() {
        let (dir, cache, engine, bytes) = filled();
        assert!(cache.holds(&engine, &bytes));
        assert_eq!(load(&engine, dir.path(), &key(&engine, &bytes)).unwrap().1, "a\nnote");
    }

    #[test]
    fn what_is_forgotten_is_compiled_again() {
        let (dir, cache, engine, bytes) = filled();
        assert!(cache.disk_bytes(&engine, &bytes).unwrap() > 0);
        cache.forget(&engine, &bytes).unwrap();
        cache.forget(&engine, &bytes).unwrap();
        assert_eq!(cache.disk_bytes(&engine, &bytes), None);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        fill(&cache, &engine, &bytes);
        assert!(cache.holds(&engine, &bytes));
    }

    #[test]
    fn of_many_who_want_it_at_once_one_compiles() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let cache = Cache::open(Some(dir.path().to_owned())).unwrap();
        let engine = Engine::default();
        let bytes = wat::parse_bytes(EMPTY).unwrap();
        let compiled = std::sync::atomic::AtomicUsize::new(0);
        let together = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    let compile = || {
                        compiled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        engine.precompile_component(&bytes).map(|code| (code, String::new()))
                    };
                    assert!(cache.component(&engine, &bytes, compile).unwrap().is_some());
                });
            }
        });
        assert_eq!(compiled.into_inner(), 1);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(left.iter().all(|path| path.extension().unwrap() != "lock"), "{left:?}");
    }

    #[test]
    fn what_is_no_code_is_not_loaded() {
        let cache = Cache::open(None).unwrap();
        let garbage = || Ok::<_, ()>((b"no code".to_vec(), String::new()));
        assert!(cache.component(&Engine::default(), b"", garbage).unwrap().is_none());
    }

    #[test]
    fn a_flipped_entry_is_removed_and_compiled_anew() {
        let (dir, cache, engine, bytes) = filled();
        let path = entry(dir.path());
        let mut code = fs::read(&path).unwrap();
        let middle = code.len() / 2;
        code[middle] ^= 1;
        fs::write(&path, &code).unwrap();
        assert!(load(&engine, dir.path(), &key(&engine, &bytes)).is_none());
        assert!(!path.exists());
        fill(&cache, &engine, &bytes);
        assert!(path.exists());
    }

    #[test]
    fn an_entry_replaced_by_a_link_is_not_followed() {
        let (dir, _cache, engine, bytes) = filled();
        let path = entry(dir.path());
        let elsewhere = dir.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(load(&engine, dir.path(), &key(&engine, &bytes)).is_none());
    }

    #[test]
    fn an_entry_that_others_may_write_is_not_loaded() {
        let (dir, _cache, engine, bytes) = filled();
        fs::set_permissions(entry(dir.path()), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(load(&engine, dir.path(), &key(&engine, &bytes)).is_none());
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Cache::open(Some(dir.path().to_owned())).is_err());
    }

    #[test]
    fn another_configuration_does_not_find_the_entry() {
        let (_dir, cache, _engine, bytes) = filled();
        #[expect(clippy::disallowed_methods, reason = "another configuration than ours")]
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        assert!(!cache.holds(&Engine::new(&config).unwrap(), &bytes));
    }
}
