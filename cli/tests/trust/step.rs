//! What is done to a toolkit, an archive, a registry or a page.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use workbooks_host::provenance::{Envelope, KeyStatement};
use workbooks_host::registry::{Directory, Registry as _, SIGNATURE, read_folder};

use crate::archive::{Entry, Item, Kind, packed};
use crate::case::Step;
use crate::layer;
use crate::place::{Place, key};

impl Step {
    pub(crate) fn perform(&self, place: &Place) {
        let at = |path: &str| place.path(&place.placed(path));
        match self {
            Self::Wbx(words) => place.keep(&place.said(words, None)),
            Self::As([name, words]) => {
                let said = place.said(words, Some(name));
                assert!(said.ends_with("status 0\n\n"), "{said}");
            }
            Self::AtOnce(all) => at_once(place, all),
            Self::Flip { file, after } => {
                let (file, mut bytes, found) = find(&at(file), after);
                bytes[found + after.len()] ^= 1;
                fs::write(file, bytes).unwrap();
            }
            Self::Replace { file, from, to } => {
                let from = place.placed(from);
                let (file, bytes, _) = find(&at(file), &from);
                let text = String::from_utf8(bytes).unwrap().replace(&from, &place.placed(to));
                fs::write(file, text).unwrap();
            }
            Self::Write { file, text } => place.write(file, place.placed(text).as_bytes()),
            Self::Move([from, to]) => fs::rename(at(from), at(to)).unwrap(),
            Self::Copy([from, to]) => {
                for (path, bytes) in files(&at(from)) {
                    place.write(&format!("{to}{path}"), &bytes);
                }
            }
            Self::Append([from, to]) => {
                let both = [fs::read(at(to)).unwrap(), fs::read(at(from)).unwrap()].concat();
                fs::write(at(to), both).unwrap();
            }
            Self::Cut { file, at: bytes } => {
                fs::write(at(file), &fs::read(at(file)).unwrap()[..*bytes]).unwrap();
            }
            Self::Remove(path) if at(path).is_dir() => fs::remove_dir_all(at(path)).unwrap(),
            Self::Remove(path) => fs::remove_file(at(path)).unwrap(),
            Self::Link([path, to]) => symlink(place.placed(to), at(path)).unwrap(),
            Self::Pipe(path) => mknodat(CWD, at(path), FileType::Fifo, Mode::RWXU, 0).unwrap(),
            Self::Make(toolkit) => toolkit.make(place),
            Self::Publish([folder, registry]) => {
                fs::create_dir_all(at(registry)).unwrap();
                let registry = Directory::open(&at(registry)).unwrap();
                registry.publish(&read_folder(&at(folder)).unwrap()).unwrap();
            }
            Self::Rotate { file, key: name, to } => {
                // Before anything is signed.
                let when = "2026-01-01T00:00:00Z".parse().unwrap();
                let said = match to {
                    Some(to) => KeyStatement::rotate(&key(name), &key(to), when),
                    None => KeyStatement::revoke(&key(name), when),
                };
                place.write(file, said.to_json().as_bytes());
            }
            Self::Restate { at: folder, from, to, by } => {
                let (from, to) = (place.placed(from), place.placed(to));
                restate(&at(folder).join(SIGNATURE), &from, &to, by.as_deref());
            }
            Self::Pack { file, of, with } => {
                let all = of.iter().flat_map(|folder| files(&at(folder)));
                let all = all.map(|(path, bytes)| (path[1..].to_owned(), Kind::File, bytes));
                let items: Vec<_> = all.chain(items(place, with)).collect();
                place.write(file, &packed(file, &items));
            }
            Self::Layer { registry, id, with } => {
                let bytes = packed("layer.tar.gz", &items(place, with));
                layer::replace(&at(registry), id, &bytes);
            }
        }
    }
}

fn at_once<'a>(place: &'a Place, all: &'a [String]) {
    std::thread::scope(|scope| {
        let start = |words: &'a String| scope.spawn(move || place.said(words, None));
        let running: Vec<_> = all.iter().map(start).collect();
        running.into_iter().for_each(|one| place.keep(&one.join().unwrap()));
    });
}

/// The file that has these words, its bytes, and where the words are.
fn find(path: &Path, words: &str) -> (PathBuf, Vec<u8>, usize) {
    let found = files(path).into_iter().find_map(|(below, bytes)| {
        let at = bytes.windows(words.len()).position(|window| window == words.as_bytes())?;
        Some((PathBuf::from(format!("{}{below}", path.display())), bytes, at))
    });
    found.unwrap_or_else(|| panic!("nothing in {} has {words:?}", path.display()))
}

/// The file, or every file of the folder: its path below, with `/` ahead, and its bytes.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    if path.is_file() {
        return vec![(String::new(), fs::read(path).unwrap())];
    }
    let mut names: Vec<_> = fs::read_dir(path)
        .unwrap_or_else(|why| panic!("{}: {why}", path.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let below = |name: &String| {
        let name = name.clone();
        let below = files(&path.join(&name)).into_iter();
        below.map(move |(path, bytes)| (format!("/{name}{path}"), bytes))
    };
    names.iter().flat_map(below).collect()
}

fn items(place: &Place, entries: &[Entry]) -> Vec<Item> {
    let content = |entry: &Entry| match &entry.file {
        Some(file) => fs::read(place.case.join(file)).unwrap(),
        None => [place.placed(&entry.text).into_bytes(), vec![0; entry.zeros]].concat(),
    };
    let each = |entry: &Entry| {
        let (bytes, kind, name) = (content(entry), entry.kind, place.placed(&entry.name));
        (0..entry.times).map(move |n| (name.replace("{n}", &n.to_string()), kind, bytes.clone()))
    };
    entries.iter().flat_map(each).collect()
}

/// What was signed is other than it was.
fn restate(file: &Path, from: &str, to: &str, by: Option<&str>) {
    let mut envelope = Envelope::parse(&fs::read(file).unwrap()).unwrap();
    let text = String::from_utf8(envelope.payload.clone()).unwrap();
    assert!(text.contains(from), "{text} has no {from}");
    envelope.payload = text.replace(from, to).into_bytes();
    if let Some(name) = by {
        envelope = Envelope::sign(&envelope.payload_type, envelope.payload, &key(name));
    }
    fs::write(file, envelope.to_json()).unwrap();
}
