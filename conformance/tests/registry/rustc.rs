//! What Rust's own compiler makes for its target `wasm32-wasip2`: Debian's `rustc`, the sources of the
//! standard library beside it, the linker that Rust has for that target, and the C lane's wasi-libc.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use workbooks_compilers::provision::{State, state};
use workbooks_conformance::case::Lanes;
use workbooks_conformance::root;
use workbooks_host::provenance::Digest;

use crate::docker::{client, command};

/// Packages of Debian: 140 MB, unpacked some 850 MB.
const PACKAGES: [(&str, &str); 5] = [
    (
        "libllvm22=1:22.1.8-1~deb12u1",
        "729ec3e943d320515c2bbdc96acfffd7ce34861e62bd5c42726bf586d644dfe2",
    ),
    (
        "libstd-rust-web-1.96=1.96.0+dfsg1-1~deb12u2",
        "3755f30434ae29574c91b0beb86632bee401607b0ac35c3e52810f9a53fae0d1",
    ),
    (
        "libstd-rust-web-dev=1.96.0+dfsg1-1~deb12u2",
        "e38dbeaaad673fc63fb47c5140cf34da271ac71c3ecafc828b762c2fb01fe77a",
    ),
    (
        "rust-web-src=1.96.0+dfsg1-1~deb12u2",
        "9de8597c464d0a9283672973ed7e50092b49a92b95861429043fe8b57468a208",
    ),
    (
        "rustc-web=1.96.0+dfsg1-1~deb12u2",
        "8fefe1d6377fe4082f5a9d2a47e095e2d20319eaab9754bd2f0275155c9adf90",
    ),
];
/// Where the linker lies in a distribution of Rust (`rustc --print sysroot`).
const LINKERS: &str = "lib/rustlib/x86_64-unknown-linux-gnu/bin";

/// The component of `conformance/foreign/rust`, made once and kept beside what else is built: that takes
/// a minute of CPU, most of it for the standard library. Nothing where a part is out of reach.
pub(crate) fn component() -> Option<Vec<u8>> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let sources = root().join("conformance/foreign/rust");
    let main = fs::read_to_string(sources.join("src/main.rs")).unwrap();
    let made_of = Digest::of(format!("{PACKAGES:?}{main}").as_bytes());
    let kept = built.join(format!("wasip2-{made_of}.wasm"));
    if let Ok(bytes) = fs::read(&kept) {
        return Some(bytes);
    }
    let (linkers, libc) = (linkers()?, libc()?);
    let folder = tempfile::tempdir_in(built).unwrap();
    let folder = folder.path();
    let rustc = compiler(folder)?;
    let flags = format!(
        "-Clink-self-contained=no -L{0} -Clink-arg={0}/crt1-command.o -Clink-arg=--wasm-ld-path={1}",
        libc.display(),
        linkers.join("gcc-ld/wasm-ld").display()
    );
    // Cargo writes a lock beside what it builds.
    let app = folder.join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    for file in ["Cargo.toml", "src/main.rs"] {
        fs::copy(sources.join(file), app.join(file)).unwrap();
    }
    let done = command(Path::new("cargo"))
        .args(["build", "--quiet", "-Zbuild-std=std,panic_abort", "--target", "wasm32-wasip2"])
        .current_dir(&app)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTC", rustc)
        // Else a released compiler does not build the standard library.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env("CARGO_TARGET_WASM32_WASIP2_LINKER", linkers.join("wasm-component-ld"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::copy(folder.join("target/wasm32-wasip2/debug/app.wasm"), &kept).unwrap();
    fs::read(kept).ok()
}

/// The folder of `wasm-component-ld`, which comes with Rust but not with Debian's.
fn linkers() -> Option<PathBuf> {
    let said = command(Path::new("rustc")).args(["--print", "sysroot"]).output().unwrap();
    let folder = Path::new(String::from_utf8(said.stdout).unwrap().trim()).join(LINKERS);
    client(folder.join("wasm-component-ld").to_str().unwrap(), &["--version"], root())?;
    Some(folder)
}

/// The folder of wasi-libc, where the C lane is installed.
fn libc() -> Option<PathBuf> {
    let lanes = Lanes::of_whoever_tests(Path::new(env!("CARGO_TARGET_TMPDIR")), None);
    let lane = workbooks_compilers::find("c")?;
    if let State::Installed(toolchain) = state(lane.pinned(), &lanes.cache.join("lanes")) {
        return Some(toolchain.path("sysroot").join("lib/wasm32-wasip1"));
    }
    #[expect(clippy::print_stderr, reason = "what is not tested is said")]
    {
        eprintln!("skipped: the C lane is not installed");
    }
    None
}

/// Unpacks the packages in `folder`, and gives the compiler among them, which finds its libraries.
fn compiler(folder: &Path) -> Option<PathBuf> {
    for (package, sha256) in PACKAGES {
        let fetched = tempfile::tempdir_in(folder).unwrap();
        client("apt-get", &["download", "--quiet", package], fetched.path())?;
        let file = fs::read_dir(fetched.path()).unwrap().next().unwrap().unwrap().path();
        assert_eq!(Digest::of(&fs::read(&file).unwrap()).to_string(), sha256, "{package}");
        client("dpkg-deb", &["-x", file.to_str().unwrap(), "."], folder)?;
    }
    let (program, usr) = (folder.join("rustc.sh"), folder.join("usr"));
    let text = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{0}/lib/x86_64-linux-gnu:{0}/lib/llvm-22/lib' exec '{0}/bin/rustc' \"$@\"\n",
        usr.display()
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    Some(program)
}
