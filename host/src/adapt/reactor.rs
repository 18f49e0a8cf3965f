//! A reactor of WASI preview 1 that nobody typed: its functions of numbers become the functions of
//! a component, under names that the component model takes.

use std::collections::BTreeSet;

use wasm_encoder::{
    ExportKind, ExportSection, Module, RawSection,
    reencode::{RoundtripReencoder, utils},
};
use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use super::{
    AdaptError, adapter::FileSystem, artifact::Scan, command, error::one_line, scan::FEATURES,
};

/// Bytes of a name.
const MOST_NAME: usize = 128;
/// Parameters that the canonical ABI passes as such.
const MOST_PARAMETERS: usize = 16;

/// A function of numbers that the module exports.
struct Function {
    /// The component's name for it.
    name: String,
    index: u32,
    /// Its type in WIT.
    ty: String,
}

/// Encodes a reactor. `core` is what `scan` looked at.
pub(crate) fn encode(core: &[u8], scan: &Scan, files: FileSystem) -> Result<Vec<u8>, AdaptError> {
    let functions = functions(core)?;
    if functions.is_empty() {
        let (exports, imports) = (scan.list_exports(), scan.list_imports());
        return Err(AdaptError::NoShape { exports, imports });
    }
    let failed = |message: String| AdaptError::Encode { message: one_line(&message) };
    let mut world = "package workbooks:reactor;\nworld reactor {\n".to_owned();
    let lines = functions.iter().map(|found| format!("  export %{}: {};\n", found.name, found.ty));
    world.extend(lines);
    world.push_str("}\n");
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("reactor.wit", &world).map_err(|why| failed(format!("{why:#}")))?;
    let world = resolve.select_world(&[package], None).map_err(|why| failed(format!("{why:#}")))?;
    let mut module = renamed(core, &functions)?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|why| failed(format!("{why:#}")))?;
    command::encode(&module, scan, files)
}

/// Its functions of numbers, each under a name of its own.
fn functions(core: &[u8]) -> Result<Vec<Function>, AdaptError> {
    let invalid = |why: wasmparser::Error| AdaptError::parse(&why, core);
    let mut validator = Validator::new_with_features(FEATURES);
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.map_err(invalid)?;
        validator.payload(&payload).map_err(invalid)?;
        let Payload::ExportSection(exports) = payload else { continue };
        let Some(types) = validator.types(0) else { break };
        let exports = exports.into_iter().collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let exact: BTreeSet<_> = exports.iter().map(|export| export.name).collect();
        for export in &exports {
            if export.kind != ExternalKind::Func || export.name.starts_with('_') {
                continue;
            }
            let ty = types[types.core_function_at(export.index)].unwrap_func();
            if let (Some(name), Some(ty)) = (kebab(export.name), wit(ty.params(), ty.results()))
                && (name == export.name || !exact.contains(name.as_str()))
                && names.insert(name.clone())
            {
                found.push(Function { name, index: export.index, ty });
            }
        }
        break;
    }
    Ok(found)
}

/// A type of numbers, in WIT.
fn wit(params: &[ValType], results: &[ValType]) -> Option<String> {
    let number = |ty: &ValType| match ty {
        ValType::I32 => Some("s32"),
        ValType::I64 => Some("s64"),
        ValType::F32 => Some("f32"),
        ValType::F64 => Some("f64"),
        ValType::V128 | ValType::Ref(_) => None,
    };
    if params.len() > MOST_PARAMETERS {
        return None;
    }
    let named = |(at, ty)| Some(format!("p{at}: {}", number(ty)?));
    let params = params.iter().enumerate().map(named).collect::<Option<Vec<_>>>()?.join(", ");
    match results {
        [] => Some(format!("func({params})")),
        [one] => Some(format!("func({params}) -> {}", number(one)?)),
        _ => None,
    }
}

/// `qjs_get_context` and `qjsGetContext` as `qjs-get-context`; nothing for a name that has no such
/// form.
fn kebab(name: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = '_';
    for c in name.chars() {
        match c {
            '_' | '-' | '.' => {}
            'a'..='z' | 'A'..='Z' => {
                let begins = !last.is_ascii_alphanumeric()
                    || c.is_ascii_uppercase() && last.is_ascii_lowercase();
                if begins || words.is_empty() {
                    words.push(String::new());
                }
                words.last_mut()?.push(c.to_ascii_lowercase());
            }
            // A word does not begin with a digit.
            '0'..='9' => words.last_mut()?.push(c),
            _ => return None,
        }
        last = c;
    }
    (!words.is_empty() && name.len() <= MOST_NAME).then(|| words.join("-"))
}

/// The module with the functions exported under their new names too.
fn renamed(core: &[u8], functions: &[Function]) -> Result<Vec<u8>, AdaptError> {
    let invalid = |why: wasmparser::Error| AdaptError::parse(&why, core);
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.map_err(invalid)?;
        if let Payload::ExportSection(exports) = &payload {
            let mut section = ExportSection::new();
            let mut taken = BTreeSet::new();
            for export in exports.clone() {
                let export = export.map_err(invalid)?;
                taken.insert(export.name.to_owned());
                section.export(
                    export.name,
                    utils::export_kind(&mut RoundtripReencoder, export.kind),
                    export.index,
                );
            }
            for Function { name, index, .. } in functions {
                if !taken.contains(name) {
                    section.export(name, ExportKind::Func, *index);
                }
            }
            module.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &core[range] });
        }
    }
    Ok(module.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_form_of_the_component_model() {
        for (name, expected) in [
            ("add", Some("add")),
            ("qjs_get_context", Some("qjs-get-context")),
            ("qjsGetContext", Some("qjs-get-context")),
            ("JS_NewRuntime2", Some("js-new-runtime2")),
            ("foo_2", Some("foo2")),
            ("a-b", Some("a-b")),
            ("", None),
            ("2", None),
            ("--", None),
            ("caf\u{e9}", None),
        ] {
            assert_eq!(kebab(name).as_deref(), expected, "{name}");
        }
        assert_eq!(kebab(&"x".repeat(MOST_NAME + 1)), None);
    }

    #[test]
    fn only_numbers_have_a_type() {
        assert_eq!(
            wit(&[ValType::I32, ValType::F64], &[ValType::I64]).as_deref(),
            Some("func(p0: s32, p1: f64) -> s64")
        );
        assert_eq!(wit(&[ValType::V128], &[]), None);
        assert_eq!(wit(&[], &[ValType::I32, ValType::I32]), None);
        assert_eq!(wit(&[ValType::I32; 17], &[]), None);
    }
}
