//! What to build: a manifest's `#+BUILD_*` lines in the words of this crate.

use workbooks_host::{
    Manifest, Shape,
    toolkit::{BuildSrc, BuildStep, SourceGlob},
};

use crate::{
    compile_error::CompileError,
    lanes::lane_of,
    origin::Origin,
    sandbox::StepLimits,
    source::Source,
    toolchain::{Package, Registry},
};
use workbooks_host::provenance::Digest;

/// What a kernel is called by unless its manifest says otherwise.
const ENTRY: &str = "process";

/// One program to build.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// The toolkit's id.
    pub id: String,
    /// Its files.
    pub origin: Origin,
    /// The lane's word.
    pub lane: String,
    /// What the program is called as: command, component or kernel.
    pub shape: Shape,
    /// The words of `#+CAPS`; a component gets bindings for them.
    pub caps: Vec<String>,
    /// The world in `#+WIT`: which handler a component exports, or a world of the toolkit's `wit/`.
    pub wit: Option<String>,
    /// Where the source is.
    pub source: Source,
    /// The files to compile, by their paths from the source's folder. Empty: all of the lane's
    /// files in a folder of the toolkit. The toolkit's own `src/` beside a package is always
    /// compiled.
    pub files: Vec<SourceGlob>,
    /// Folders of headers, from the source's folder or else from the toolkit's.
    pub include: Vec<String>,
    /// Flags for each compilation; the manifest's reader has checked them against its list.
    pub compile_flags: Vec<String>,
    /// Flags for the link, checked likewise.
    pub link_flags: Vec<String>,
    /// The export that a kernel is called by; `process` if none is named.
    pub entry: Option<String>,
    /// What each step may use.
    pub limits: StepLimits,
    /// Whether it is to be tried at once, not to be given away: a lane may then leave the source
    /// to an engine which it would make part of the artifact otherwise.
    pub dev: bool,
}

/// How a toolkit comes to its wasm.
#[derive(Clone, Debug)]
pub enum Plan {
    /// A lane builds it.
    Build(Box<BuildRequest>),
    /// It is a file of the toolkit.
    Wasm {
        /// Its path in the toolkit.
        path: String,
        /// The digest that it must have.
        sha256: Digest,
    },
}

impl BuildRequest {
    /// The export that a kernel is called by.
    pub(crate) fn entry(&self) -> &str {
        self.entry.as_deref().unwrap_or(ENTRY)
    }
}

impl Plan {
    /// What the manifest of the toolkit `origin` says.
    ///
    /// # Errors
    /// [`CompileError::Incomplete`] if it does not say what it is built from.
    pub fn of(manifest: &Manifest, origin: &Origin) -> Result<Self, CompileError> {
        let lacks = |keyword, example| {
            let id = manifest.id.clone();
            CompileError::Incomplete { id, keyword, example }
        };
        let pinned = || {
            let digest = manifest.sha256.as_deref().and_then(|hex| hex.parse::<Digest>().ok());
            digest.ok_or_else(|| lacks("#+SHA256", "64 hexadecimal digits"))
        };
        let package = |registry, name: &str, version: &dyn ToString| {
            let (name, version) = (name.to_owned(), version.to_string());
            Ok::<_, CompileError>(Source::Package(Package {
                registry,
                name,
                version,
                sha256: pinned()?,
                bytes: None,
                platform: None,
            }))
        };
        let source =
            match manifest.build_src.as_ref().ok_or_else(|| lacks("#+BUILD_SRC", "path:src"))? {
                BuildSrc::Wasm(path) => {
                    return Ok(Self::Wasm { path: path.as_str().to_owned(), sha256: pinned()? });
                }
                BuildSrc::Path(path) => Source::Folder(path.as_str().to_owned()),
                BuildSrc::Crate { name, version } => package(Registry::Cargo, name, version)?,
                BuildSrc::Npm { name, version } => package(Registry::Npm, name, version)?,
            };
        let flags = |step: BuildStep| {
            let flags = manifest.build_flags.iter().filter(|flag| flag.step == step);
            flags.flat_map(|flag| flag.words.iter().cloned()).collect()
        };
        let (asked, lane) = (&manifest.build_limits, StepLimits::default());
        Ok(Self::Build(Box::new(BuildRequest {
            id: manifest.id.clone(),
            origin: origin.clone(),
            lane: lane_of(manifest.build_lang.ok_or_else(|| lacks("#+BUILD_LANG", "c"))?)
                .to_owned(),
            shape: manifest.exec,
            caps: manifest.caps.iter().map(|word| word.value.clone()).collect(),
            wit: manifest.wit.clone(),
            source,
            files: manifest.build_files.clone(),
            include: manifest.build_include.iter().map(|path| path.as_str().to_owned()).collect(),
            compile_flags: flags(BuildStep::Compile),
            link_flags: flags(BuildStep::Link),
            entry: manifest.entry.clone(),
            limits: StepLimits {
                memory: asked.memory.unwrap_or(lane.memory),
                cpu: asked.time.unwrap_or(lane.cpu),
                output: asked.output.unwrap_or(lane.output),
                wall: None,
            },
            dev: false,
        })))
    }
}
