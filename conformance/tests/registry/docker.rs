//! Debian's `docker-registry`, unpacked and started on loopback with a folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use workbooks_host::provenance::Digest;

/// The package as Debian names it.
const PACKAGE: &str = "docker-registry=2.8.2+ds1-1";
const SHA256: &str = "a9bd06c0e006854608f8469b4371743f40604ad90975532bb3b7ceeb72fe2913";

/// What makes a registry ask for the password `open sesame` of `ada`.
pub(crate) const HTPASSWD: &str =
    "ada:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n";

/// A registry that ends with its test.
pub(crate) struct Docker {
    child: Child,
    folder: TempDir,
    address: String,
}

impl Docker {
    /// Starts one, with these users if there are any; nothing where Debian is out of reach.
    pub(crate) fn start(users: &str) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("users"), users).unwrap();
        let users = match users {
            "" => String::new(),
            _ => format!("auth: {{htpasswd: {{realm: here, path: {:?}}}}}\n", path("users")),
        };
        let storage = path("kept");
        let config = format!(
            "version: 0.1\nlog: {{level: info}}\nhttp: {{addr: '127.0.0.1:0'}}\n\
             storage: {{filesystem: {{rootdirectory: {storage:?}}}}}\n{users}"
        );
        fs::write(path("config.yml"), config).unwrap();
        let mut child = command(program)
            .arg("serve")
            .arg(path("config.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("listening on ")?;
            Some(address.split('"').next().unwrap().to_owned())
        });
        // It must not wait for a reader of what it says.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, folder, address: address.expect("it says where it listens") })
    }

    /// Its host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A file or folder of what it keeps.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("kept/docker/registry/v2").join(name)
    }

    /// The names in a folder of what it keeps.
    pub(crate) fn kept(&self, name: &str) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(self.path(name)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The program, kept beside what else is built.
fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PROGRAM.get_or_init(|| {
        let built = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let kept = built.join(PACKAGE);
        if !kept.exists() {
            let folder = tempfile::tempdir_in(built).unwrap();
            client("apt-get", &["download", "--quiet", PACKAGE], folder.path())?;
            let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
            assert_eq!(Digest::of(&fs::read(&file).unwrap()).to_string(), SHA256);
            client("dpkg-deb", &["-x", file.to_str().unwrap(), "unpacked"], folder.path())?;
            // Another run may have been quicker.
            drop(fs::rename(folder.path().join("unpacked"), &kept));
        }
        Some(kept.join("usr/bin/docker-registry"))
    });
    found.as_deref()
}

/// Runs a client of the machine; says that the test is skipped if that is impossible.
pub(crate) fn client(program: &str, args: &[&str], folder: &Path) -> Option<()> {
    let done = command(Path::new(program)).args(args).current_dir(folder).output();
    if done.is_ok_and(|output| output.status.success()) {
        return Some(());
    }
    #[expect(clippy::print_stderr, reason = "what is not tested is said")]
    {
        eprintln!("skipped: `{program} {}` does not work on this machine", args.join(" "));
    }
    None
}

pub(crate) fn command(program: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the registry, and the machine's own clients")]
    Command::new(program)
}
