//! What a lane made, as an entry of the build cache.

use std::path::PathBuf;

use crate::{lane::Code, provision::derives, sandbox::Module};
use workbooks_host::provenance::Digest;

/// What an entry begins with whose code is wasm.
const WASM: u8 = 0;
/// Of a program: then follow the digest of its engine, the length of the engine's path in four
/// bytes (little-endian), the path, and the program.
const INTERPRETED: u8 = 1;

/// The entry for `code`.
pub(crate) fn write(code: &Code) -> Vec<u8> {
    match code {
        Code::Wasm(wasm) => [&[WASM], wasm.as_slice()].concat(),
        Code::Interpreted { engine, program } => {
            let path = engine.path.as_os_str().as_encoded_bytes();
            let length = u32::try_from(path.len()).unwrap_or(u32::MAX).to_le_bytes();
            [&[INTERPRETED], engine.sha256.as_ref(), &length, path, program].concat()
        }
    }
}

/// The code of an entry; none if the engine is not where it was, or the entry is of another form.
pub(crate) fn read(entry: &[u8]) -> Option<Code> {
    let (&form, rest) = entry.split_first()?;
    match form {
        WASM => Some(Code::Wasm(rest.to_vec())),
        INTERPRETED => {
            let (sha256, rest) = rest.split_first_chunk::<32>()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (path, program) = rest.split_at_checked(length)?;
            let path = PathBuf::from(std::str::from_utf8(path).ok()?);
            let engine = Module { path, sha256: Digest::from(*sha256) };
            let code = Code::Interpreted { engine, program: program.to_vec() };
            matches!(&code, Code::Interpreted { engine, .. } if is_there(engine)).then_some(code)
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
        let code = Code::Interpreted { engine: engine.clone(), program: b"print(1)".to_vec() };
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

    #[test]
    fn a_broken_entry_is_none() {
        for entry in [&[][..], &[2], &[1], &[1; 36], &[1; 80]] {
            assert_eq!(read(entry), None);
        }
    }
}
