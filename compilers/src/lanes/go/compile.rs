//! Packages to objects, several at a time and each only if it changed, and objects to a program.
//!
//! What a package offers to others (its export data) is a file apart from its code, so that a
//! change within a function compiles no other package again.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
};

use workbooks_host::Shape;

use super::{
    COMPILE, Go, LINK, STD,
    assembly::Assembly,
    plan::{Embed, Package},
    step::{Call, MADE, OUT, Sight, Steps, read},
};
use crate::{compile_error::CompileError, lane::Lane as _, provision::Stage};
use workbooks_host::provenance::{Digest, Hasher};

/// No paths of the sandbox in the code.
pub(super) const TRIM: &str = "-trimpath=/build=>";
/// Of every compilation: one thread, no imports by folder.
pub(super) const FLAGS: &[&str] = &["-c=1", "-nolocalimports", "-pack", "-buildid=", TRIM];
/// Of every link: no symbols.
pub(super) const LINK_FLAGS: &[&str] = &["-s", "-w", "-buildid="];

/// Steps at once: each may use the whole memory of a step.
const MAX_STEPS: usize = 4;

/// Compiles and links a program, its main package last.
///
/// # Errors
/// See [`CompileError`].
pub(super) fn program(steps: &Steps<'_>, packages: &[Package]) -> Result<Vec<u8>, CompileError> {
    let std = fs::read_to_string(steps.job.toolchain.path(STD).join("importcfg"))?;
    let building = Building { steps, packages, std, exports: Mutex::default() };
    building.compile()?;
    building.link()
}

struct Building<'a> {
    steps: &'a Steps<'a>,
    packages: &'a [Package],
    /// Where the compiler finds the standard library.
    std: String,
    /// The digest of what each compiled package offers; by import path, with its number.
    exports: Mutex<BTreeMap<&'a str, (usize, Digest)>>,
}

impl<'a> Building<'a> {
    fn exports(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'a str, (usize, Digest)>> {
        self.exports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Round by round, all packages whose imports are compiled.
    fn compile(&self) -> Result<(), CompileError> {
        let mut left: Vec<usize> = (0..self.packages.len()).collect();
        while !left.is_empty() {
            let (ready, rest): (Vec<_>, Vec<_>) = {
                let exports = self.exports();
                let imports = |at: &usize| self.packages[*at].imports.iter();
                left.iter()
                    .partition(|at| imports(at).all(|name| exports.contains_key(name.as_str())))
            };
            if ready.is_empty() {
                return Err(CompileError::Io(std::io::Error::other("the plan has no end")));
            }
            self.round(&ready)?;
            left = rest;
        }
        Ok(())
    }

    fn round(&self, ready: &[usize]) -> Result<(), CompileError> {
        let next = Mutex::new(ready.iter());
        let failures = Mutex::new(Vec::new());
        let work = || loop {
            let Some(&at) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else {
                return;
            };
            if let Err(error) = self.package(at) {
                failures.lock().unwrap_or_else(PoisonError::into_inner).push((at, error));
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 1..cores.min(MAX_STEPS).min(ready.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|(at, _)| *at);
        failures.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    fn package(&self, at: usize) -> Result<(), CompileError> {
        let package = &self.packages[at];
        let cache = self.steps.job.cache;
        let key = self.key(package)?;
        let kept = cache.get(key);
        let (export, object) = if let Some((export, object)) = kept.as_deref().and_then(split) {
            (export.to_vec(), object.to_vec())
        } else {
            let (file, of) = (package.path.clone(), self.packages.len());
            self.steps.job.progress.stage(&Stage::Compiling { file, done: at, of });
            let made = self.compiled(package)?;
            cache.put(key, &joined(&made.0, &made.1));
            made
        };
        fs::write(self.steps.made().join(format!("{at}.x")), &export)?;
        fs::write(self.steps.made().join(format!("{at}.o")), &object)?;
        self.exports().insert(&package.path, (at, Digest::of(&export)));
        Ok(())
    }

    /// Over all that the compiler sees of it.
    fn key(&self, package: &Package) -> Result<Digest, CompileError> {
        let mut hasher = Hasher::default();
        hasher.field(Go.recipe()).field(self.steps.job.toolchain.pinned.digest);
        hasher.field(&package.path).field(&package.lang);
        for files in [&package.files, &package.assembly, &package.headers] {
            for file in files {
                hasher.field(file).field(self.content(file)?);
            }
            hasher.field(files.len().to_le_bytes());
        }
        if let Some(embed) = &package.embed {
            hasher.field(json(embed));
            for file in embed.files.values() {
                hasher.field(self.content(file)?);
            }
        }
        let exports = self.exports();
        for name in &package.imports {
            if let Some((_, digest)) = exports.get(name.as_str()) {
                hasher.field(name).field(digest);
            }
        }
        Ok(hasher.finish())
    }

    /// A file of the source or of the bindings, by its path in the sandbox.
    fn content(&self, path: &str) -> Result<&[u8], CompileError> {
        let job = self.steps.job;
        let found = path.strip_prefix("/build/").and_then(|path| {
            let generated = || {
                let name = path.strip_prefix("bindings/")?;
                job.bindings.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes)
            };
            job.tree.files.get(path).or_else(generated)
        });
        found.map(Vec::as_slice).ok_or_else(|| {
            CompileError::Io(std::io::Error::other(format!("{path} is no file of the source")))
        })
    }

    /// The export data and the object of a package.
    fn compiled(&self, package: &Package) -> Result<(Vec<u8>, Vec<u8>), CompileError> {
        let out = tempfile::tempdir_in(self.steps.job.scratch)?;
        let main = self.packages.last().is_some_and(|last| last.path == package.path);
        let name = if main { "main" } else { &package.path };
        let mut args = words(["compile", "-o", "/out/x", "-linkobj", "/out/o", "-p", name]);
        args.push(format!("-lang={}", package.lang));
        args.extend(words(FLAGS.iter().copied()));
        let assembly = Assembly::of(self.steps, package, name, |file| self.content(file))?;
        match &assembly {
            Some(assembly) => args.extend(assembly.symbols(out.path())?),
            None => args.push("-complete".to_owned()),
        }
        self.config(out.path(), &package.imports, "x")?;
        args.push(format!("-importcfg={OUT}/importcfg"));
        if let Some(embed) = &package.embed {
            fs::write(out.path().join("embedcfg"), json(embed))?;
            args.push(format!("-embedcfg={OUT}/embedcfg"));
        }
        args.push("--".to_owned());
        args.extend(package.files.iter().cloned());
        let (at, out) = (&package.path, out.path());
        self.steps.run(Call { at, tool: COMPILE, args, sight: Sight::Source, out: Some(out) })?;
        let mut object = read(out, "o")?;
        if let Some(assembly) = assembly {
            assembly.add(&mut object, out)?;
        }
        Ok((read(out, "x")?, object))
    }

    fn link(&self) -> Result<Vec<u8>, CompileError> {
        let job = self.steps.job;
        job.progress.stage(&Stage::Linking);
        let out = tempfile::tempdir_in(job.scratch)?;
        let all: Vec<String> = self.packages.iter().map(|package| package.path.clone()).collect();
        self.config(out.path(), &all, "o")?;
        let mode = if job.shape == Shape::Component { "c-shared" } else { "exe" };
        let mut args = words(["link", "-o", "/out/main.wasm"]);
        args.push(format!("-importcfg={OUT}/importcfg"));
        args.push(format!("-buildmode={mode}"));
        args.extend(words(LINK_FLAGS.iter().copied()));
        args.push(format!("{MADE}/{}.o", self.packages.len().saturating_sub(1)));
        let (tool, sight, out) = (LINK, Sight::Source, out.path());
        self.steps.run(Call { at: "the link", tool, args, sight, out: Some(out) })?;
        read(out, "main.wasm")
    }

    /// Writes where the named packages are found: what they offer (`x`) or their code (`o`).
    fn config(&self, out: &Path, names: &[String], end: &str) -> Result<(), CompileError> {
        let mut text = self.std.clone();
        let exports = self.exports();
        for name in names {
            if let Some((at, _)) = exports.get(name.as_str()) {
                text += &format!("packagefile {name}={MADE}/{at}.{end}\n");
            }
        }
        Ok(fs::write(out.join("importcfg"), text)?)
    }
}

fn json(embed: &Embed) -> Vec<u8> {
    serde_json::to_vec(embed).expect("maps of text are JSON")
}

/// Two files as one entry of the cache.
fn joined(export: &[u8], object: &[u8]) -> Vec<u8> {
    let length = u64::try_from(export.len()).unwrap_or(u64::MAX);
    [&length.to_le_bytes()[..], export, object].concat()
}

fn split(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = entry.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_cut_is_absent() {
        let entry = joined(b"export", b"object");
        assert_eq!(split(&entry), Some((&b"export"[..], &b"object"[..])));
        assert_eq!(split(&entry[..9]), None);
        assert_eq!(split(&entry[..3]), None);
    }
}
