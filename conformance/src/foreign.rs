//! What others built: files of published packages, and components that the tools of others make of
//! our own constant sources under `conformance/foreign/`. The archives are pinned, and fetched by
//! the package clients into the cache of `wbx`; what was made of them is kept beside.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use workbooks_compilers::provision::{
    ClientError, PackageClient as _, Silent, SystemClients, Tool, fetch_source,
};
use workbooks_compilers::{Digest, Package};

use crate::root;

/// The version of WASI in our copy of its WIT.
const WASI: &str = "0.2.12";
/// What a tool makes.
const MADE: &str = "app.wasm";

/// A file of a published package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Its path in the package.
    pub file: String,
    /// The package.
    pub package: Package,
}

/// Who makes a component of the sources in the folder of `conformance/foreign` of that name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Maker {
    /// componentize-js: a component that is called and serves HTTP.
    Javascript,
    /// componentize-py: a component that is called, and a command.
    Python,
}

/// What a maker is made of: the file `packages.toml` beside the sources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    /// The version of WASI that it speaks, one that ours is compatible with.
    wasi: String,
    /// Modules that it imports and does not use.
    #[serde(default)]
    empty: Vec<String>,
    part: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Where it stands in the folder that the maker runs in.
    at: String,
    /// A program of it, which is run.
    #[serde(default)]
    program: Option<String>,
    package: Package,
}

/// Packages as they are fetched into a cache.
#[derive(Debug)]
pub struct Shelf {
    cache: PathBuf,
    clients: SystemClients,
}

impl Shelf {
    /// Under `cache`, which is laid out as that of `wbx`.
    pub fn new(cache: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the clients are those of whoever tests")]
        let clients = SystemClients::new(std::env::vars_os());
        Self { cache: cache.to_owned(), clients }
    }

    /// A published file, as it is.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, in words.
    pub fn published(&self, published: &Published) -> Result<Vec<u8>, String> {
        let folder = self.fetched(&published.package)?;
        fs::read(folder.join(&published.file)).map_err(|why| format!("{}: {why}", published.file))
    }

    /// What `maker` makes.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched or made, in words.
    pub fn made(&self, maker: Maker) -> Result<Vec<u8>, String> {
        // One at a time: several cases want the same, and all but the first find it made.
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let sources = root().join("conformance/foreign").join(maker.folder());
        let shelf = self.cache.join("foreign");
        let io = |why: std::io::Error| format!("what {} makes: {why}", maker.tool());
        let kept = shelf.join(format!("{}.wasm", digest(&sources).map_err(io)?));
        if let Ok(made) = fs::read(&kept) {
            return Ok(made);
        }
        let text = fs::read_to_string(sources.join("packages.toml")).map_err(io)?;
        let parts: Parts = toml::from_str(&text).map_err(|why| why.to_string())?;
        let place = tempfile::tempdir().map_err(io)?;
        self.furnish(place.path(), &parts)?;
        copy(&sources, place.path()).map_err(io)?;
        wasi(&place.path().join("wit/deps"), &parts.wasi).map_err(io)?;
        let tool = maker.tool_in(place.path());
        self.clients.run_tool(&tool).map_err(|why| why.to_string())?;
        let made = fs::read(place.path().join(MADE)).map_err(io)?;
        fs::create_dir_all(&shelf).map_err(io)?;
        let mut file = tempfile::NamedTempFile::new_in(&shelf).map_err(io)?;
        std::io::Write::write_all(&mut file, &made).map_err(io)?;
        file.persist(&kept).map_err(|why| io(why.error))?;
        Ok(made)
    }

    /// Whether this machine has what `maker` runs on.
    pub fn has(&self, maker: Maker) -> bool {
        let tool = Tool { args: vec!["--version".into()], ..maker.tool_in(Path::new("/")) };
        !matches!(self.clients.run_tool(&tool), Err(ClientError::NotInstalled { .. }))
    }

    /// Puts the parts of a maker where it looks for them.
    fn furnish(&self, place: &Path, parts: &Parts) -> Result<(), String> {
        for part in &parts.part {
            let folder = self.fetched(&part.package)?;
            let at = place.join(&part.at);
            let furnished = match &part.program {
                None => parent(&at).and_then(|()| symlink(&folder, &at)),
                Some(program) => parent(&at)
                    .and_then(|()| fs::copy(folder.join(program), &at))
                    .and_then(|_| fs::set_permissions(&at, Permissions::from_mode(0o700))),
            };
            furnished.map_err(|why| format!("{}: {why}", part.at))?;
        }
        for module in &parts.empty {
            let at = place.join("node_modules").join(module);
            let manifest = r#"{ "type": "module", "exports": "./index.js" }"#;
            let nothing = "export default null;\nexport const minify = null, minifySync = null;\n";
            fs::create_dir_all(&at)
                .and_then(|()| fs::write(at.join("package.json"), manifest))
                .and_then(|()| fs::write(at.join("index.js"), nothing))
                .map_err(|why| format!("{module}: {why}"))?;
        }
        Ok(())
    }

    fn fetched(&self, package: &Package) -> Result<PathBuf, String> {
        fetch_source(package, &self.cache.join("lanes"), &self.clients, &Silent)
            .map_err(|why| format!("{package}: {why}"))
    }
}

impl Maker {
    fn folder(self) -> &'static str {
        match self {
            Self::Javascript => "javascript",
            Self::Python => "python",
        }
    }

    /// The program that it runs on.
    pub fn tool(self) -> &'static str {
        match self {
            Self::Javascript => "node",
            Self::Python => "python3",
        }
    }

    fn tool_in(self, place: &Path) -> Tool {
        let (args, env) = match self {
            Self::Javascript => {
                let links = ["--preserve-symlinks", "--preserve-symlinks-main", "make.mjs"];
                (links.map(Into::into).to_vec(), Vec::new())
            }
            Self::Python => {
                let path = ("PYTHONPATH".into(), place.join("packages").into());
                (vec!["make.py".into()], vec![path])
            }
        };
        let name = self.tool();
        Tool { name, program: name.into(), args, folder: place.to_owned(), env }
    }
}

/// Over all that a component is made of: our sources and the pins among them.
fn digest(sources: &Path) -> std::io::Result<Digest> {
    let mut all = Vec::new();
    for (path, bytes) in files(sources)? {
        all.extend(format!("{path} {}\n", Digest::of(&bytes)).bytes());
    }
    Ok(Digest::of(&all))
}

/// Every file under `folder`, by path, sorted.
fn files(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                found.push((name, fs::read(path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for (path, bytes) in files(from)? {
        let at = to.join(path);
        parent(&at)?;
        fs::write(at, bytes)?;
    }
    Ok(())
}

/// The WIT of WASI, at a compatible version.
fn wasi(into: &Path, version: &str) -> std::io::Result<()> {
    fs::create_dir_all(into)?;
    for (path, text) in workbooks_host::world::WIT {
        if let Some(name) = path.strip_prefix("deps/") {
            fs::write(into.join(name), text.replace(WASI, version))?;
        }
    }
    Ok(())
}

fn parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}
