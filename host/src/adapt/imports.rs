//! What a component imports, read from its bytes: so it is known before any code is generated.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::Types;
use wasmparser::{Parser, Payload, ValidPayload, Validator};

use super::{AdaptError, FEATURES};

/// Bytes of all names together. The engine's own rule is 100,000 for one; a world has some 10,000.
const NAMES: u64 = 1 << 20;

/// The names of the imports of a component that give it anything to call: an instance of nothing
/// but types does not. Function bodies are not read.
///
/// # Errors
/// [`AdaptError`], if it is not a valid component, or its names are over the limit.
pub(crate) fn imports(component: &[u8]) -> Result<Vec<String>, AdaptError> {
    let wrong = |why| AdaptError::parse(&why, component);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut validator = Validator::new_with_features(FEATURES);
    let (mut names, mut depth, mut bytes) = (Vec::new(), 0, 0);
    for payload in parser.parse_all(component) {
        let payload = payload.map_err(wrong)?;
        if let (0, Payload::ComponentImportSection(section)) = (depth, &payload) {
            for import in section.clone() {
                let name = import.map_err(wrong)?.name.name;
                bytes += name.len() as u64;
                if bytes > NAMES {
                    let what = "bytes of names of imports".into();
                    return Err(AdaptError::TooMany { what, count: bytes, limit: NAMES });
                }
                names.push(name.to_owned());
            }
        }
        match validator.payload(&payload).map_err(wrong)? {
            ValidPayload::Parser(_) => depth += 1,
            ValidPayload::End(types) if depth == 0 => names.retain(|name| gives(&types, name)),
            ValidPayload::End(_) => depth -= 1,
            ValidPayload::Ok | ValidPayload::Func(..) => {}
        }
    }
    Ok(names)
}

fn gives(types: &Types, import: &str) -> bool {
    let is_type = |ty: &ComponentEntityType| match ty {
        ComponentEntityType::Type { created, .. } => {
            !matches!(created, ComponentAnyTypeId::Resource(_))
        }
        _ => false,
    };
    match types.component_item_for_import(import).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => {
            types.as_ref()[id].exports.values().any(|export| !is_type(&export.ty))
        }
        Some(ty) => !is_type(&ty),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_imported_is_known_before_code_is_generated() {
        let text = r#"(component
            (import "a:b/types@1.0.0" (instance (type $t u32) (export "t" (type (eq $t)))))
            (import "a:b/calls@1.0.0" (instance (export "call" (func))))
            (import "a:b/handles@1.0.0" (instance (export "h" (type (sub resource)))))
            (import "flat" (func))
            (component (import "inner" (func)))
            (core module (func (export "f"))))"#;
        let component = wat::parse_str(text).unwrap();
        assert_eq!(imports(&component).unwrap(), ["a:b/calls@1.0.0", "a:b/handles@1.0.0", "flat"]);
    }

    #[test]
    fn the_engine_sees_the_same_imports() {
        let text = std::fs::read("../conformance/guests/keyvalue.wat").unwrap();
        let adapted = wat::parse_bytes(&text).unwrap();
        let options = super::super::Options::default();
        let component = super::super::adapt(&adapted, &options).unwrap().component;
        let engine = crate::engine::new(crate::engine::EngineKind::Guest).unwrap();
        let compiled = wasmtime::component::Component::new(&engine, &component).unwrap();
        assert_eq!(imports(&component).unwrap(), crate::instance::imports(&engine, &compiled));
    }

    #[test]
    fn what_is_no_component_is_an_error() {
        for bytes in [&b"garbage"[..], b"\0asm\x0d\0\x01\0\xff"] {
            assert!(imports(bytes).is_err());
        }
        let cut = wat::parse_str(r#"(component (import "flat" (func)))"#).unwrap();
        assert!(
            (9..cut.len()).all(|at| imports(&cut[..at]).map_or(true, |found| found.len() <= 1))
        );
    }
}
