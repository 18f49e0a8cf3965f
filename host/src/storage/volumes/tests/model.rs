//! Random sequences of operations on names and open files, against a model in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

type Content = Rc<RefCell<Vec<u8>>>;
type Answer<T> = Result<T, StorageError>;

const PATHS: [&str; 8] = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/f", "a/x"];

#[derive(Debug, Clone)]
enum Step {
    Open {
        path: usize,
        create: bool,
        exclusive: bool,
        truncate: bool,
    },
    Close(usize),
    Write {
        file: usize,
        at: Option<u32>,
        byte: u8,
        len: usize,
    },
    Read {
        file: usize,
        at: u32,
        len: usize,
    },
    Resize {
        file: usize,
        size: u32,
    },
    Unlink(usize),
    Rename(usize, usize),
    MakeFolder(usize),
    RemoveFolder(usize),
    Children(usize),
    /// Through the capability's own interface.
    Get(usize),
    Put {
        path: usize,
        byte: u8,
        len: usize,
    },
    Settle,
    Sync(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let path = || 0..PATHS.len();
    let file = || 0..4usize;
    let place = || prop_oneof![0..300u32, 60_000..70_000u32, 0..600_000u32];
    let len = || prop_oneof![1..100usize, 4090..4100usize, 1..200_000usize];
    prop_oneof![
        6 => (path(), any::<(bool, bool, bool)>()).prop_map(|(path, (create, exclusive, truncate))| {
            Step::Open { path, create: create || exclusive, exclusive, truncate }
        }),
        2 => file().prop_map(Step::Close),
        8 => (file(), proptest::option::of(place()), 1..=u8::MAX, len())
            .prop_map(|(file, at, byte, len)| Step::Write { file, at, byte, len }),
        4 => (file(), place(), len()).prop_map(|(file, at, len)| Step::Read { file, at, len }),
        2 => (file(), place()).prop_map(|(file, size)| Step::Resize { file, size }),
        2 => path().prop_map(Step::Unlink),
        2 => (path(), path()).prop_map(|(old, new)| Step::Rename(old, new)),
        2 => path().prop_map(Step::MakeFolder),
        1 => path().prop_map(Step::RemoveFolder),
        1 => path().prop_map(Step::Children),
        1 => path().prop_map(Step::Get),
        1 => (path(), 1..=u8::MAX, len()).prop_map(|(path, byte, len)| Step::Put { path, byte, len }),
        1 => Just(Step::Settle),
        1 => file().prop_map(Step::Sync),
    ]
}

/// What is at a path: a directory has no content.
#[derive(Default)]
struct Model(BTreeMap<String, Option<Content>>);

impl Model {
    #[expect(clippy::option_option, reason = "nothing, a directory, or a file")]
    fn look(&self, path: &str) -> Answer<Option<Option<Content>>> {
        for (end, _) in path.match_indices('/') {
            match self.0.get(&path[..end]) {
                Some(Some(_)) => return Err(StorageError::NotDirectory),
                Some(None) => {}
                None => return Ok(None),
            }
        }
        Ok(self.0.get(path).cloned())
    }

    fn parent(&self, path: &str) -> Answer<()> {
        match path.rsplit_once('/') {
            Some((parent, _)) if !self.0.contains_key(parent) => Err(StorageError::NotFound),
            _ => Ok(()),
        }
    }

    fn has_below(&self, path: &str) -> bool {
        self.0.keys().any(|other| other.starts_with(&format!("{path}/")))
    }

    fn open(&mut self, path: &str, how: Opening) -> Answer<Content> {
        match self.look(path)? {
            Some(_) if how.exclusive => Err(StorageError::Exists),
            Some(None) => Err(StorageError::IsDirectory),
            Some(Some(content)) => {
                if how.truncate {
                    content.borrow_mut().clear();
                }
                Ok(content)
            }
            None if !how.create => Err(StorageError::NotFound),
            None => {
                self.parent(path)?;
                let content = Content::default();
                self.0.insert(path.to_owned(), Some(content.clone()));
                Ok(content)
            }
        }
    }

    fn rename(&mut self, old: &str, new: &str) -> Answer<()> {
        let moved = self.look(old)?.ok_or(StorageError::NotFound)?;
        if old == new {
            return Ok(());
        }
        let into_itself = moved.is_none() && new.starts_with(&format!("{old}/"));
        match (self.look(new)?, moved.is_some()) {
            (Some(None), true) => return Err(StorageError::IsDirectory),
            (Some(Some(_)), false) => return Err(StorageError::NotDirectory),
            (Some(_), _) if into_itself => return Err(StorageError::invalid("")),
            (Some(None), false) if self.has_below(new) => return Err(StorageError::NotEmpty),
            (Some(_), _) => {}
            (None, _) => self.parent(new)?,
        }
        if into_itself {
            return Err(StorageError::invalid(""));
        }
        let all = std::mem::take(&mut self.0);
        for (path, content) in all {
            let below =
                path.strip_prefix(old).filter(|rest| rest.is_empty() || rest.starts_with('/'));
            match below {
                Some(rest) => drop(self.0.insert(format!("{new}{rest}"), content)),
                None => drop(self.0.entry(path).or_insert(content)),
            }
        }
        Ok(())
    }

    fn children(&self, path: &str) -> Vec<String> {
        let below = self.0.keys().filter_map(|other| other.strip_prefix(&format!("{path}/")));
        below.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

/// Errors are compared without their texts.
fn plain<T>(answer: Answer<T>) -> Answer<T> {
    answer.map_err(|error| match error {
        StorageError::Invalid(_) => StorageError::invalid(""),
        other => other,
    })
}

struct Pair {
    volumes: Volumes,
    model: Model,
    files: Vec<(OpenFile, Content)>,
}

impl Pair {
    #[expect(clippy::too_many_lines, reason = "one arm for each operation")]
    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let (v, root, stop) = (&self.volumes, Folder::root(Volume::Workspace), &soon());
        match *step {
            Step::Open { path, create, exclusive, truncate } => {
                let how =
                    Opening { create, exclusive, truncate, write: true, ..Opening::default() };
                let ours = v.open_at(root, PATHS[path], how, stop);
                match (ours, self.model.open(PATHS[path], how)) {
                    (Ok(Opened::File(file)), Ok(content)) => self.files.push((file, content)),
                    (Err(ours), Err(theirs)) => prop_assert_eq!(ours, theirs),
                    (ours, theirs) => prop_assert!(false, "{:?} {:?}", ours, theirs.is_ok()),
                }
            }
            Step::Close(file) => {
                if file < self.files.len() {
                    self.files.remove(file);
                }
            }
            Step::Write { file, at, byte, len } => {
                let Some((open, content)) = self.files.get(file) else { return Ok(()) };
                let data = vec![byte; len];
                let place = at.map_or(At::End, |at| At::Offset(at.into()));
                let mut content = content.borrow_mut();
                let from = at.map_or(content.len(), |at| at as usize);
                let filled = content.len().max(from + len);
                content.resize(filled, 0);
                content[from..from + len].copy_from_slice(&data);
                let end = match v.try_write(open, place, &data) {
                    Some(done) => done,
                    None => v.write_open(open, place, &data, stop),
                };
                prop_assert_eq!(end, Ok((from + len) as u64));
            }
            Step::Read { file, at, len } => {
                let Some((open, content)) = self.files.get(file) else { return Ok(()) };
                let content = content.borrow();
                let from = content.len().min(at as usize);
                let expected = &content[from..content.len().min(from + len)];
                let bytes = match v.try_read(open, at.into(), len) {
                    Some(bytes) => bytes,
                    None => v.read_open(open, at.into(), len, stop).unwrap(),
                };
                prop_assert!(bytes == expected, "{} bytes, {}", bytes.len(), expected.len());
                prop_assert_eq!(v.stat_open(open, stop).unwrap().size, content.len() as u64);
            }
            Step::Resize { file, size } => {
                let Some((open, content)) = self.files.get(file) else { return Ok(()) };
                content.borrow_mut().resize(size as usize, 0);
                prop_assert_eq!(v.resize(open, size.into(), stop), Ok(()));
            }
            Step::Unlink(path) => {
                let theirs = self.model.look(PATHS[path]).and_then(|there| match there {
                    None => Err(StorageError::NotFound),
                    Some(None) => Err(StorageError::IsDirectory),
                    Some(Some(_)) => Ok(()),
                });
                if theirs.is_ok() {
                    self.model.0.remove(PATHS[path]);
                }
                prop_assert_eq!(v.unlink_at(root, PATHS[path], stop), theirs);
            }
            Step::Rename(old, new) => {
                let theirs = self.model.rename(PATHS[old], PATHS[new]);
                let ours = v.rename_at((root, PATHS[old]), (root, PATHS[new]), stop);
                prop_assert_eq!(plain(ours), theirs);
            }
            Step::MakeFolder(path) => {
                let path = PATHS[path];
                let theirs = match self.model.look(path) {
                    Ok(Some(_)) => Err(StorageError::Exists),
                    Ok(None) => self.model.parent(path),
                    Err(error) => Err(error),
                };
                if theirs.is_ok() {
                    self.model.0.insert(path.to_owned(), None);
                }
                prop_assert_eq!(v.make_folder_at(root, path, stop), theirs);
            }
            Step::RemoveFolder(path) => {
                let path = PATHS[path];
                let theirs = self.model.look(path).and_then(|there| match there {
                    None => Err(StorageError::NotFound),
                    Some(Some(_)) => Err(StorageError::NotDirectory),
                    Some(None) if self.model.has_below(path) => Err(StorageError::NotEmpty),
                    Some(None) => Ok(()),
                });
                if theirs.is_ok() {
                    self.model.0.remove(path);
                }
                prop_assert_eq!(v.remove_folder_at(root, path, stop), theirs);
            }
            Step::Children(path) => {
                let how = Opening { directory: true, ..Opening::default() };
                if let Ok(Opened::Folder(folder)) = v.open_at(root, PATHS[path], how, stop) {
                    let mut names: Vec<String> = Vec::new();
                    loop {
                        let page = v.children(folder, names.last().map(String::as_str), 1, stop);
                        let Some((name, _)) = page.unwrap().pop() else { break };
                        names.push(name);
                    }
                    prop_assert_eq!(names, self.model.children(PATHS[path]));
                }
            }
            Step::Get(path) => {
                let ours = v.get(PATHS[path]).ok();
                let theirs = self.model.look(PATHS[path]).ok().flatten().flatten();
                prop_assert!(ours == theirs.map(|content| content.borrow().clone()));
            }
            Step::Put { path, byte, len } => {
                // It makes what is above; here only what is there is written to.
                if let Ok(Some(Some(content))) = self.model.look(PATHS[path]) {
                    *content.borrow_mut() = vec![byte; len];
                    v.put(PATHS[path], &vec![byte; len]);
                }
            }
            Step::Settle => prop_assert_eq!(v.settle(stop), Ok(())),
            Step::Sync(file) => {
                let open = self.files.get(file).map(|(open, _)| open);
                prop_assert_eq!(v.sync(open, stop), Ok(()));
            }
        }
        Ok(())
    }

    /// Through the capability's own interface, which knows nothing of open files.
    fn is_all_there(&self, volumes: &Volumes) -> Result<(), TestCaseError> {
        prop_assert_eq!(volumes.list(), self.model.0.keys().cloned().collect::<Vec<_>>());
        for (path, content) in &self.model.0 {
            let Some(content) = content else { continue };
            prop_assert!(volumes.get(path).unwrap() == *content.borrow(), "{}", path);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn open_files_behave_as_in_memory(
        steps in proptest::collection::vec(step(), 1..80),
        durable in any::<bool>(),
    ) {
        let (folder, [file, memory]) = both(VolumesQuota::default());
        let volumes = if durable { file } else { memory };
        let mut pair = Pair { volumes, model: Model::default(), files: Vec::new() };
        for step in &steps {
            pair.take(step)?;
        }
        pair.is_all_there(&pair.volumes)?;
        pair.files.clear();
        pair.volumes.settle(&soon()).unwrap();
        let held = pair.volumes.cache.take(&soon()).unwrap().files().count();
        prop_assert_eq!(held, 0, "what nobody has open is let go of");
        let sizes: u64 = pair.model.0.values().flatten().map(|c| c.borrow().len() as u64).sum();
        let conn = pair.volumes.writer.take(&soon()).unwrap();
        prop_assert_eq!(Volumes::totals(&conn).unwrap(), (sizes, pair.model.0.len() as u64));
        drop(conn);
        if durable {
            let again = folder.path().join("volumes.db");
            let Pair { volumes, model, files } = pair;
            drop(volumes);
            let volumes = Volumes::open(&again, VolumesQuota::default()).unwrap();
            let pair = Pair { volumes, model, files };
            pair.is_all_there(&pair.volumes)?;
        }
    }
}
