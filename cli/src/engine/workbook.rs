//! The workbook around the current folder: what was added to it, and what the operator lets that do
//! here. The grants are never in the workbook's own tree, which others write.

use std::path::{Path, PathBuf};

use miette::Report;
use workbooks_host::Policy;
use workbooks_host::provenance::Digest;
use workbooks_host::registry::Lock;

use super::operator;
use crate::io::{IoError, files};
use crate::project::{self, LOCK};
use crate::session::Session;

/// Letters of the folder's own name in the name of its policy's folder, for those who look there.
const NAME: usize = 32;
/// Hexadecimal digits that tell workbooks of one name apart.
const DIGITS: usize = 16;

/// A workbook: its folder, and where its policy is.
#[derive(Clone, Debug)]
pub(crate) struct Workbook {
    top: PathBuf,
    policy: PathBuf,
}

impl Workbook {
    /// The one around the current folder.
    pub(crate) fn of(session: &Session) -> Self {
        let top = project::top(session);
        let policy = session.home.workbooks().join(key(&top)).join("policy.toml");
        Self { top, policy }
    }

    /// The file that names what was added.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.top.join(LOCK)
    }

    /// What was added; nothing if there is no such file. Refused where the project is another
    /// user's.
    pub(crate) fn lock(&self, session: &Session) -> Result<Lock, Report> {
        project::check(session)?;
        match files::read_text(&self.lock_file()) {
            Ok(bytes) => Ok(Lock::parse(&String::from_utf8_lossy(&bytes))?),
            Err(IoError::NotFound { .. }) => Ok(Lock::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// What the operator lets added toolkits do here.
    pub(crate) fn policy(&self, session: &Session) -> Result<Policy, Report> {
        operator::read(session, &self.policy)
    }

    /// Changes that, as [`operator::change`] does.
    pub(crate) fn change(
        &self,
        session: &Session,
        change: impl FnOnce(&mut Policy),
    ) -> Result<Policy, Report> {
        session.home.make()?;
        if let Some(folder) = self.policy.parent() {
            files::private_folder(folder)?;
        }
        operator::change_in(session, &self.policy, change)
    }
}

/// The name of a folder, and a digest of where it is.
fn key(top: &Path) -> String {
    let real = files::real(top);
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(NAME).map(plain).collect();
    let digest = Digest::of(real.as_os_str().as_encoded_bytes()).to_string();
    format!("{name}-{}", &digest[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workbooks_of_one_name_have_policies_of_their_own() {
        let [one, other] = ["/nowhere/a/My Notes", "/nowhere/b/My Notes"].map(Path::new).map(key);
        assert_ne!(one, other);
        assert!(one.starts_with("my-notes-") && one.len() == "my-notes-".len() + DIGITS, "{one}");
        assert!(!key(Path::new("/nowhere/../..")).contains(['/', '.']));
    }
}
