//! What a lane made, as an entry of the build cache.

use std::path::PathBuf;

use crate::{lane::Code, provision::derives, sandbox::Module};
use workbooks_host::provenance::Digest;

/// What an entry begins with whose code is wasm.
const WASM: u8 = 0;
/// Of a program: then follow the digest of its engine, the engine's path, and the program.
const INTERPRETED: u8 = 1;
/// Of a program whose engine has a front, which stands after the engine's path.
const FRONTED: u8 = 2;

/// The entry for `code`.
pub(crate) fn write(code: &Code) -> Vec<u8> {
    match code {
        Code::Wasm(wasm) => [&[WASM], wasm.as_slice()].concat(),
        Code::Interpreted { engine, program, front } => {
            let path = measured(engine.path.as_os_str().as_encoded_bytes());
            let (form, front) = match front {
                Some(front) => (FRONTED, measured(front)),
                None => (INTERPRETED, Vec::new()),
            };
            [&[form], engine.sha256.as_ref(), &path, &front, program].concat()
        }
    }
}

/// Bytes after their length, of four bytes (little-endian).
fn measured(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&length, bytes].concat()
}

/// Such bytes, and the rest.
fn split(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = entry.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

/// The code of an entry; none if the engine is not where it was, or the entry is of another form.
pub(crate) fn read(entry: &[u8]) -> Option<Code> {
    let (&form, rest) = entry.split_first()?;
    match form {
        WASM => Some(Code::Wasm(rest.to_vec())),
        INTERPRETED | FRONTED => {
            let (sha256, rest) = rest.split_first_chunk::<32>()?;
            let (path, rest) = split(rest)?;
            let path = PathBuf::from(std::str::from_utf8(path).ok()?);
            let engine = Module { path, sha256: Digest::from(*sha256) };
            let (front, program) = match form {
                FRONTED => split(rest).map(|(front, program)| (Some(front.to_vec()), program))?,
                _ => (None, rest),
            };
            let there = is_there(&engine);
            there.then(|| Code::Interpreted { engine, program: program.to_vec(), front })
        }
        _ => None,
    }
}

/// Whether the engine is where it was, and no other was made in its place since: a lane that was
/// repaired, or fetched by another client, need not have the same bytes.
fn is_there(engine: &Module) -> bool {
    let of_lane = || engine.path.parent().and_then(|folder| derives(folder, engine.sha256));
    engine.path.is_file() && of_lane().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_written_is_read_while_its_engine_is_there() {
        let wasm = Code::Wasm(b"wasm".to_vec());
        assert_eq!(read(&write(&wasm)), Some(wasm));

        let folder = tempfile::tempdir().unwrap();
        let engine = Module { path: folder.path().join("e.wasm"), sha256: Digest::of(b"e") };
        fs::write(&engine.path, b"e").unwrap();
        for front in [None, Some(b"front".to_vec())] {
            fs::write(&engine.path, b"e").unwrap();
            let program = b"print(1)".to_vec();
            let code = Code::Interpreted { engine: engine.clone(), program, front };
            let entry = write(&code);
            assert_eq!(read(&entry), Some(code));
            let recorded = |digest: Digest| {
                let text = format!("{}\n{digest}  e.wasm\n", Digest::of(b"pins"));
                fs::write(folder.path().join("installed"), text).unwrap();
                read(&entry).is_some()
            };
            assert!(recorded(engine.sha256) && !recorded(Digest::of(b"another")));
            assert!(recorded(engine.sha256));
            fs::remove_file(&engine.path).unwrap();
            assert_eq!(read(&entry), None);
        }
    }

    #[test]
    fn a_broken_entry_is_none() {
        for entry in [&[][..], &[3], &[1], &[1; 36], &[1; 80], &[2; 36], &[2; 80]] {
            assert_eq!(read(entry), None);
        }
    }
}
