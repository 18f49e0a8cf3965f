//! The folders that a case runs in: a new one for each run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::{Case, Repeated};

/// A folder with the files of the case, and one for the host's state.
#[derive(Debug)]
pub(super) struct Fixture(TempDir);

impl Fixture {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let fixture = Self(tempfile::tempdir().map_err(|why| why.to_string())?);
        fixture.fill(case).map_err(|why| format!("the fixture: {why}"))?;
        Ok(fixture)
    }

    fn fill(&self, case: &Case) -> std::io::Result<()> {
        fs::create_dir(self.state())?;
        fs::create_dir(self.files())?;
        for (name, text) in &case.files {
            // A name that ends in `/` is an empty folder.
            if name.ends_with('/') {
                fs::create_dir_all(self.files().join(name))?;
            } else {
                fs::write(self.parent(name)?, text)?;
            }
        }
        for (name, target) in &case.links {
            std::os::unix::fs::symlink(self.placed(target), self.parent(name)?)?;
        }
        for name in &case.pipes {
            mknodat(CWD, self.parent(name)?, FileType::Fifo, Mode::RWXU, 0)?;
        }
        Ok(())
    }

    /// The toolkit in `from`, with the files that are too dull to be written by hand.
    pub(super) fn toolkit(
        &self,
        from: &Path,
        repeated: &BTreeMap<String, Repeated>,
    ) -> std::io::Result<PathBuf> {
        if repeated.is_empty() {
            return Ok(from.to_owned());
        }
        let folder = self.root().join("toolkit");
        fs::create_dir(&folder)?;
        fs::copy(from.join("manifest.org"), folder.join("manifest.org"))?;
        for (name, text) in repeated {
            let path = folder.join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text.whole())?;
        }
        Ok(folder)
    }

    fn parent(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.files().join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(path)
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn state(&self) -> PathBuf {
        self.root().join("state")
    }

    pub(super) fn files(&self) -> PathBuf {
        self.root().join("files")
    }

    /// `text` with the placeholders `{state}` and `{files}` put in.
    pub(super) fn placed(&self, text: &str) -> String {
        let shown = |path: PathBuf| path.display().to_string();
        text.replace("{state}", &shown(self.state())).replace("{files}", &shown(self.files()))
    }

    /// A mount whose host part is absolute.
    pub(super) fn mount(&self, text: &str) -> String {
        let placed = self.placed(text);
        if placed.starts_with('/') {
            placed
        } else {
            format!("{}/{placed}", self.files().display())
        }
    }
}
