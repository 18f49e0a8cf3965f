//! The record in a file: one JSON object a line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::OFlags;

use super::{Audit, Record};

/// Bytes of a file, after which another is begun.
const FILE_MAX: u64 = 16 << 20;

/// Appends one JSON object a line to a file of mode 0600. Several processes may write to it.
///
/// Before it would be longer than 16 MiB, it becomes the file [`JsonLines::before`], in place of
/// the one that was there, and another is begun: so the record has 32 MiB at most.
///
/// A line that a crash or a full disk has cut is left as it is, and the next begins on its own.
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    most: u64,
    file: Mutex<File>,
}

impl JsonLines {
    /// Writes to the file `path`, which is made if it is not there; its folder must be.
    ///
    /// # Errors
    ///
    /// What opening says; a link is not followed.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let file = Mutex::new(open(&path)?);
        Ok(Self { path, most: FILE_MAX, file })
    }

    /// Where the records before those of `path` are, if there are any.
    pub fn before(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".1");
        name.into()
    }

    /// Reads the records of such a file. A line that is not a record (one cut off by a crash,
    /// say) is counted in the second value.
    ///
    /// # Errors
    ///
    /// What reading says.
    pub fn read(file: impl io::BufRead) -> io::Result<(Vec<Record>, usize)> {
        let (mut records, mut damaged) = (Vec::new(), 0);
        // Bytes, since a line may be cut within a character.
        for line in file.split(b'\n') {
            match serde_json::from_slice(&line?) {
                Ok(record) => records.push(record),
                Err(_) => damaged += 1,
            }
        }
        Ok((records, damaged))
    }

    fn append(&self, file: &mut File, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        let mut size = file.metadata()?.len();
        if size > 0 && size + line.len() as u64 > self.most {
            // A record that cannot be put aside grows: better than to lose what comes.
            drop(self.put_aside(file));
            size = file.metadata()?.len();
        }
        let mut last = [b'\n'];
        if size > 0 {
            file.read_exact_at(&mut last, size - 1)?;
        }
        if last != *b"\n" {
            line.insert(0, b'\n');
        }
        file.write_all(&line)
    }

    /// Begins another file, unless another process has done so, which the file's lock tells.
    fn put_aside(&self, file: &mut File) -> io::Result<()> {
        file.try_lock()?;
        let (ours, there) = (file.metadata()?, std::fs::symlink_metadata(&self.path));
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
            std::fs::rename(&self.path, Self::before(&self.path))?;
        }
        *file = open(&self.path)?;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
}

impl Audit for JsonLines {
    fn record(&self, record: &Record) {
        let Ok(line) = serde_json::to_vec(record) else { return };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop the guest's typed refusal, which is what protects the host.
        drop(self.append(&mut file, line));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::super::denied;
    use super::*;

    fn read(path: &Path) -> (Vec<Record>, usize) {
        JsonLines::read(fs::read(path).unwrap().as_slice()).unwrap()
    }

    #[test]
    fn a_link_is_not_followed_and_the_file_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        JsonLines::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(JsonLines::open(&link).is_err());
    }

    #[test]
    fn a_line_that_was_cut_within_a_character_does_not_spoil_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        let record = denied("kv", "get", "revoked", 2);
        let audit = JsonLines::open(&path).unwrap();
        audit.record(&record);
        // As a crash of another process would, while this one has the file open.
        let mut other = OpenOptions::new().append(true).open(&path).unwrap();
        other.write_all(b"{\"at\":17,\"tenant\":\"\xc3").unwrap();
        audit.record(&record);
        other.write_all(b"{").unwrap();
        JsonLines::open(&path).unwrap().record(&record);
        assert_eq!(read(&path), (vec![record.clone(), record.clone(), record], 2));
    }

    #[test]
    fn a_long_record_is_put_aside_once_whoever_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        let open = || JsonLines { most: 1_000, ..JsonLines::open(&path).unwrap() };
        let (one, two) = (open(), open());
        let record = |n: u64| denied("kv", "get", "revoked", n);
        let line = serde_json::to_vec(&record(1)).unwrap().len() as u64 + 1;
        let fit = 1_000 / line;
        // Each writes as much as fits, so that both find the first file full.
        (0..fit).for_each(|n| one.record(&record(n % 10)));
        one.record(&record(1));
        two.record(&record(2));
        assert_eq!(read(&JsonLines::before(&path)).0.len() as u64, fit);
        assert_eq!(read(&path).0, [record(1), record(2)]);
        (0..50).for_each(|n| [&one, &two][n % 2].record(&record(3)));
        for file in [path.clone(), JsonLines::before(&path)] {
            assert!(fs::metadata(&file).unwrap().len() <= 1_000);
            assert_eq!(read(&file).1, 0);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    proptest! {
        #[test]
        fn whatever_is_recorded_comes_back_on_a_line_of_its_own(
            words in proptest::collection::vec(".*", 6),
            count: u64,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("audit");
            let record = Record {
                tenant: words[0].clone(),
                toolkit: words[1].clone(),
                instance: words[2].clone(),
                ..denied(&words[3], &words[4], &words[5], count)
            };
            let audit = JsonLines::open(&path).unwrap();
            audit.record(&record);
            audit.record(&record);
            prop_assert_eq!(read(&path), (vec![record.clone(), record], 0));
        }
    }
}
