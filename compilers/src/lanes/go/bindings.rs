//! The packages `guest/…` of a Go program: bindings to its own world by wit-bindgen, and our
//! packages that they lean on.

use std::path::Path;

use wit_bindgen_core::Files;
use wit_bindgen_go::{Format, Opts};
use wit_component::{StringEncoding, embed_component_metadata};

use crate::{
    bindings::{Generated, guarded},
    compile_error::CompileError,
    world::{Contract, WorldError},
};
use workbooks_host::provenance::{Digest, Hasher};

/// What the import paths of all these packages begin with.
const GUEST: &str = "guest";
/// Where the generator believes its packages to be.
const THEIRS: &str = "go.bytecodealliance.org/pkg/wit/";
/// The file that carries the world, in the binary format, for the link.
const WORLD: &str = "world.wit";

/// Our packages, by path.
const OURS: [(&str, &str); 3] = [
    ("wit/runtime/runtime.go", include_str!("../../../engines/go/wit/runtime/runtime.go")),
    ("wit/types/types.go", include_str!("../../../engines/go/wit/types/types.go")),
    ("wit/types/tuple.go", include_str!("../../../engines/go/wit/types/tuple.go")),
];

/// Makes the contract's error an error of Go.
const ERRORS: (&str, &str) =
    ("workbooks_engine_types/errors.go", include_str!("../../../engines/go/wit/errors.go"));

/// The door of a component, without the canonical names.
const TOOL: (&str, &str) = ("tool/tool.go", include_str!("../../../engines/go/wit/tool/tool.go"));

/// The streams of the host as those of Go, where the world has any.
const STREAM: (&str, &str) =
    ("stream/stream.go", include_str!("../../../engines/go/wit/stream/stream.go"));

/// Joins the main package, so that whatever the program imports, what it exports is linked.
const START: (&str, &str) = ("start.go", "package main\n\nimport _ \"guest/wit_exports\"\n");

/// Over our own files.
pub(super) fn ours_digest() -> Digest {
    let mut hasher = Hasher::default();
    for (name, text) in OURS.iter().chain([&START, &ERRORS, &TOOL, &STREAM]) {
        hasher.field(name).field(text);
    }
    hasher.finish()
}

/// All files for a world.
///
/// # Errors
/// [`CompileError::World`].
pub(super) fn of(world: &str) -> Result<Vec<Generated>, CompileError> {
    let (mut resolve, id) = Contract::OURS.resolved(world)?;
    let mut files = Files::default();
    let options = Opts {
        format: Format::False,
        generate_stubs: true,
        pkg_name: Some(GUEST.to_owned()),
        ..Opts::default()
    };
    guarded("Go", || options.build().generate(&mut resolve, id, &mut files))?;
    let mut all: Vec<Generated> = files
        .iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "go"))
        .map(|(name, bytes)| (name.to_owned(), ours(&String::from_utf8_lossy(bytes)).into_bytes()))
        .collect();
    let has = |package: &str| all.iter().any(|(name, _)| name.starts_with(package));
    let door = has("export_workbooks_engine_tool/").then_some(&TOOL);
    let streams = has("wasi_io_streams/").then_some(&STREAM);
    let ours = OURS.iter().chain([&START, &ERRORS]).chain(door).chain(streams);
    all.extend(ours.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())));
    all.push((WORLD.to_owned(), world.as_bytes().to_vec()));
    Ok(all)
}

/// The module with the types of what it imports and exports, which tell the host how to lift it.
///
/// # Errors
/// [`CompileError::World`].
pub(super) fn typed(bindings: &[Generated], mut module: Vec<u8>) -> Result<Vec<u8>, CompileError> {
    let Some((_, world)) = bindings.iter().find(|(name, _)| name == WORLD) else {
        return Ok(module);
    };
    let (resolve, id) = Contract::OURS.resolved(&String::from_utf8_lossy(world))?;
    embed_component_metadata(&mut module, &resolve, id, StringEncoding::UTF8)
        .map_err(|error| WorldError::Contract(error.to_string()))?;
    Ok(module)
}

/// A generated file in our terms: on our packages instead of the generator's, and with variables
/// instead of stubs.
fn ours(text: &str) -> String {
    let text = text.replace(THEIRS, &format!("{GUEST}/wit/"));
    // Our `Pinner` knows when a call ends.
    let text = text.replace("\"runtime\"", &format!("runtime \"{GUEST}/wit/runtime\""));
    let text = text
        .replace("staticPinner = runtime.Pinner{}", "staticPinner = runtime.Pinner{Static: true}");
    let mut lines = Vec::new();
    let mut rest = text.lines().peekable();
    while let Some(line) = rest.next() {
        let stub = rest.peek().is_some_and(|next| next.trim() == "panic(\"not implemented\")");
        match line.strip_prefix("func ").filter(|_| stub).and_then(variable) {
            Some(variable) => {
                lines.push(variable);
                // The stub's body and its brace.
                rest.next();
                rest.next();
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Instead of `Name(a A, b B) C {`, a function that calls the variable `OnName`, which the program
/// sets. A method of a resource stays a stub.
fn variable(signature: &str) -> Option<String> {
    let (name, rest) = signature.split_once('(').filter(|(name, _)| !name.is_empty())?;
    let signature = format!("({}", rest.trim_end().strip_suffix('{')?.trim_end());
    let end = closing(&signature)?;
    let names: Vec<_> = split(&signature[1..end])
        .filter_map(|parameter| parameter.split_whitespace().next())
        .collect();
    let returns = if signature[end + 1..].trim().is_empty() { "" } else { "return " };
    Some(format!(
        "// On{name} is what {name} does; the program sets it before it is called, in an init function.\n\
         var On{name} func{signature}\n\n\
         func {name}{signature} {{\n\tif On{name} == nil {{\n\t\tpanic(\"the program has not set On{name}\")\n\t}}\n\
         \t{returns}On{name}({})\n}}",
        names.join(", ")
    ))
}

/// Where the first parenthesis is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (depth == 0).then_some(at)
    })
}

/// The parameters of a list, each `name type`.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    list.split(move |c| {
        depth += i32::from(matches!(c, '[' | '(' | '{')) - i32::from(matches!(c, ']' | ')' | '}'));
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|parameter| !parameter.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_calls_a_variable() {
        let text = ours(
            "func Call(name string, all map[string]A[B, C]) Result[string, E] {\n        panic(\"not implemented\")\n}\n",
        );
        assert!(
            text.contains(
                "var OnCall func(name string, all map[string]A[B, C]) Result[string, E]\n"
            ),
            "{text}"
        );
        assert!(text.contains("\treturn OnCall(name, all)\n"), "{text}");
        assert!(!text.contains("not implemented"));
    }

    #[test]
    fn what_is_no_stub_stays() {
        let method = "func (self *X) Go() {\n\tpanic(\"not implemented\")\n}";
        assert_eq!(ours(method), format!("{method}\n"));
        assert_eq!(ours("func F() {\n\tg()\n}"), "func F() {\n\tg()\n}\n");
    }

    #[test]
    fn the_files_of_a_world_lean_on_our_packages_alone() {
        let caps = ["kv", "queue", "vfs"].map(str::to_owned);
        let world = Contract::OURS.world(&caps, crate::world::Door::Tool).unwrap();
        let files = of(&world).unwrap();
        for (name, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(THEIRS) && !text.contains("\"runtime\"\n"), "{name}");
        }
        let has = |wanted: &str| files.iter().any(|(name, _)| name == wanted);
        assert!(has("workbooks_engine_kv/wit_bindings.go") && has("wit_exports/wit_exports.go"));
    }
}
