//! A program in the file of the engine that interprets it: one custom section, the last.

use wasm_encoder::{CustomSection, Encode as _};
use wasmparser::BinaryReader;

/// The section's name.
const NAME: &str = "workbooks:program";
/// The bytes before the first section of a module or a component.
const HEADER: usize = 8;

/// The file of `engine`, a module or a component in binary form, with `program` in it.
pub fn attach_program(engine: &[u8], program: &[u8]) -> Vec<u8> {
    let (engine, _) = detach_program(engine);
    let mut file = engine.to_vec();
    file.push(0);
    CustomSection { name: NAME.into(), data: program.into() }.encode(&mut file);
    file
}

/// The engine and its program, which is empty if there is none.
pub(crate) fn detach_program(file: &[u8]) -> (&[u8], &[u8]) {
    split(file).unwrap_or((file, &[]))
}

fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = BinaryReader::new(file.get(HEADER..)?, HEADER);
    while !reader.eof() {
        let start = reader.original_position();
        let id = reader.read_u8().ok()?;
        let size = usize::try_from(reader.read_var_u32().ok()?).ok()?;
        let content = reader.read_bytes(size).ok()?;
        if id == 0 && reader.eof() {
            let mut content = BinaryReader::new(content, 0);
            let named = content.read_string().ok()? == NAME;
            let rest = content.read_bytes(content.bytes_remaining()).ok()?;
            return named.then_some((&file[..start], rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn module() -> Vec<u8> {
        wat::parse_str("(module (memory (export \"memory\") 1) (@custom \"other\" \"data\"))")
            .unwrap()
    }

    #[test]
    fn what_was_attached_is_detached_and_the_engine_is_as_before() {
        let engine = module();
        let file = attach_program(&engine, b"print(1)");
        assert_eq!(detach_program(&file), (engine.as_slice(), b"print(1)".as_slice()));
        let again = attach_program(&file, b"2");
        assert_eq!(detach_program(&again), (engine.as_slice(), b"2".as_slice()));
        wasmparser::validate(&again).unwrap();
    }

    #[test]
    fn a_file_without_a_program_is_whole() {
        let engine = module();
        assert_eq!(detach_program(&engine), (engine.as_slice(), b"".as_slice()));
        for text in ["(component)", "(module)"] {
            let bytes = wat::parse_str(text).unwrap();
            assert_eq!(detach_program(&bytes).0, bytes);
            assert_eq!(detach_program(&attach_program(&bytes, b"x")).1, b"x");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let (engine, program) = detach_program(&bytes);
            prop_assert!(engine.len() + program.len() <= bytes.len());
        }
    }
}
