//! The package `workbooks` for an editor that knows Python: one stub for each interface of a world,
//! with the names that componentize-py gives. What a world of its author's has stands in
//! `workbooks.world`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use wit_parser::{
    Docs, Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId,
    TypeOwner, WorldId, WorldItem, WorldKey,
};
use workbooks_host::world;

use super::{front, names::pascal};
use crate::bindings::Generated;

/// What componentize-py's own module has of types.
const TYPES: &str = "from typing import Generic, TypeVar

_T = TypeVar(\"_T\")

class Some(Generic[_T]):
    value: _T
    def __init__(self, value: _T) -> None: ...

class Ok(Generic[_T]):
    value: _T
    def __init__(self, value: _T) -> None: ...

class Err(Exception, Generic[_T]):
    value: _T
    def __init__(self, value: _T) -> None: ...
";

/// The package itself, before the capabilities.
const PACKAGE: &str = "from collections.abc import Callable
from typing import Any, TypeVar

import componentize_py_types

_F = TypeVar(\"_F\", bound=Callable[..., Any])

class Error(componentize_py_types.Err[Any]):
    \"\"\"What a capability refuses.\"\"\"

    @property
    def code(self) -> str | None:
        \"\"\"The case of the contract's `error`: `not-found`, `denied`, ...\"\"\"

def tool(function: _F) -> _F:
    \"\"\"Makes a function a tool of the component.\"\"\"

def refusal(code: str, detail: object = None) -> Error:
    \"\"\"An error to raise to whoever calls the program.\"\"\"
";

/// Words that a name gets an underscore after (`keyword.kwlist` of Python 3.14).
const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// The files, by their paths; interfaces that are not `known` are the author's.
pub(super) fn generate(
    resolve: &Resolve,
    world: WorldId,
    is_known: impl Fn(InterfaceId) -> bool,
) -> Vec<Generated> {
    let mut files = vec![("componentize_py_types.pyi".to_owned(), TYPES.as_bytes().to_vec())];
    let mut own = front::table::modules(resolve, world);
    own.retain(|id, _| !is_known(*id));
    let stub = |here| Stub { resolve, own: &own, here, uses: BTreeSet::new() };
    let mut package = PACKAGE.to_owned();
    for item in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = item else { continue };
        if own.contains_key(id) {
            continue;
        }
        let name = module(resolve, *id);
        if !name.starts_with('_') {
            package.insert_str(0, &format!("from . import {name} as {name}\n"));
        }
        files.push((format!("workbooks/{name}.pyi"), stub(Some(*id)).text().into_bytes()));
    }
    if !own.is_empty() || resolve.worlds[world].exports.keys().any(is_name) {
        package.insert_str(0, "from . import world as world\n");
        for (id, module) in &own {
            let text = stub(Some(*id)).text();
            files.push((format!("workbooks/world/{module}.pyi"), text.into_bytes()));
        }
        let text = stub(None).world(world);
        files.push(("workbooks/world/__init__.pyi".to_owned(), text.into_bytes()));
    }
    files.push(("workbooks/__init__.pyi".to_owned(), package.into_bytes()));
    files
}

fn is_name(key: &WorldKey) -> bool {
    matches!(key, WorldKey::Name(_))
}

/// The module of an interface; private, unless programs import it.
fn module(resolve: &Resolve, id: InterfaceId) -> String {
    let full = resolve.id_of(id).unwrap_or_default();
    let full = full.split('@').next().unwrap_or_default();
    let ours = world::PACKAGE.split('@').next().and_then(|package| full.strip_prefix(package));
    let public =
        |name: &&str| *name == "types" || world::CAPABILITIES.iter().any(|c| c.name == *name);
    match ours.and_then(|rest| rest.strip_prefix('/')).filter(public) {
        Some(name) => snake(name),
        None => format!("_{}", full.replace([':', '/', '-'], "_")),
    }
}

pub(super) fn snake(name: &str) -> String {
    let name = name.to_lowercase().replace('-', "_");
    if KEYWORDS.contains(&name.as_str()) { name + "_" } else { name }
}

fn doc(indent: &str, docs: &Docs) -> Option<String> {
    let text = docs.contents.as_deref()?.trim().replace('\\', "\\\\").replace("\"\"\"", "'''");
    let text = text.replace('\n', &format!("\n{indent}"));
    Some(format!("{indent}\"\"\"{text}\"\"\"\n"))
}

/// The stub of one interface, or of the author's world.
struct Stub<'a> {
    resolve: &'a Resolve,
    /// The modules of the author's interfaces.
    own: &'a BTreeMap<InterfaceId, String>,
    here: Option<InterfaceId>,
    /// The lines that import what it names.
    uses: BTreeSet<String>,
}

impl Stub<'_> {
    fn text(mut self) -> String {
        let Some(here) = self.here else { return String::new() };
        let interface = &self.resolve.interfaces[here];
        let mut body = String::new();
        for (name, &id) in &interface.types {
            body += &self.declaration(name, id);
        }
        let functions = interface.functions.values().filter(|f| f.kind.resource().is_none());
        // What the author's interface has, the program defines.
        for function in functions.filter(|_| !self.own.contains_key(&here)) {
            body += &self.function("", "", function);
        }
        doc("", &interface.docs).unwrap_or_default() + &self.head() + "\n" + &body
    }

    fn head(&self) -> String {
        let mut text = "from dataclasses import dataclass\nfrom enum import Enum, Flag\n\
             from typing import Protocol, Self\n\n\
             from componentize_py_types import Err, Ok, Some\n"
            .to_owned();
        for line in &self.uses {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The author's world: its own types, its modules, and what a program may define as a class.
    fn world(mut self, world: WorldId) -> String {
        let world = &self.resolve.worlds[world];
        let mut body = String::new();
        for (key, item) in &world.imports {
            if let (WorldKey::Name(name), WorldItem::Type { id, .. }) = (key, item) {
                body += &self.declaration(name, *id);
            }
        }
        let mut classes: BTreeMap<String, String> = BTreeMap::new();
        for (key, function) in front::exports(self.resolve, world) {
            let own = key.and_then(|key| match &world.exports[key] {
                WorldItem::Interface { id, .. } => self.own.get(id),
                _ => None,
            });
            let class = own.map_or("WitWorld".to_owned(), |module| front::table::class(module));
            *classes.entry(class).or_default() += &self.function("    ", "self", function);
        }
        for (class, functions) in classes {
            let _ = write!(body, "class {class}(Protocol):\n{functions}\n");
        }
        let mut modules = String::new();
        for name in self.own.values() {
            let _ = writeln!(modules, "from . import {name} as {name}");
        }
        self.head() + &modules + "\n" + &body
    }

    /// A type by its name, where componentize-py gives it one.
    fn ty(&mut self, ty: Type) -> String {
        let id = match ty {
            Type::Bool => return "bool".to_owned(),
            Type::F32 | Type::F64 => return "float".to_owned(),
            Type::Char | Type::String => return "str".to_owned(),
            Type::ErrorContext => return "object".to_owned(),
            Type::Id(id) => id,
            _ => return "int".to_owned(),
        };
        let def = &self.resolve.types[id];
        match &def.kind {
            TypeDefKind::Type(other) => self.ty(*other),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.ty(Type::Id(*id)),
            TypeDefKind::List(Type::U8) => "bytes".to_owned(),
            TypeDefKind::List(element) => format!("list[{}]", self.ty(*element)),
            TypeDefKind::Option(some) => match self.ty(*some) {
                nested if nested.ends_with("| None") => format!("Some[{nested}] | None"),
                plain => format!("{plain} | None"),
            },
            TypeDefKind::Result(result) => {
                let (ok, err) = (self.or_none(result.ok), self.or_none(result.err));
                format!("Ok[{ok}] | Err[{err}]")
            }
            TypeDefKind::Tuple(tuple) if tuple.types.is_empty() => "tuple[()]".to_owned(),
            TypeDefKind::Tuple(tuple) => {
                let all: Vec<_> = tuple.types.iter().map(|ty| self.ty(*ty)).collect();
                format!("tuple[{}]", all.join(", "))
            }
            _ => self.name(def),
        }
    }

    fn or_none(&mut self, ty: Option<Type>) -> String {
        ty.map_or("None".to_owned(), |ty| self.ty(ty))
    }

    fn name(&mut self, def: &TypeDef) -> String {
        let Some(name) = &def.name else { return "object".to_owned() };
        match def.owner {
            TypeOwner::Interface(owner) if Some(owner) != self.here => {
                let (module, from) = self.module(owner);
                let name = format!("{module}.{}", pascal(name));
                // The world imports all of its modules.
                if self.here.is_some() || from != "." {
                    self.uses.insert(format!("from {from} import {module}"));
                }
                name
            }
            _ => pascal(name),
        }
    }

    /// The module of an interface, and the package that has it, as seen from here.
    fn module(&self, interface: InterfaceId) -> (String, &'static str) {
        let own = |id: &InterfaceId| self.own.contains_key(id);
        let from = match (self.own.get(&interface), self.here) {
            (Some(name), here) if here.as_ref().is_none_or(own) => return (name.clone(), "."),
            (Some(name), _) => return (name.clone(), ".world"),
            (None, Some(here)) if !own(&here) => ".",
            (None, _) => "..",
        };
        (module(self.resolve, interface), from)
    }

    fn declaration(&mut self, name: &str, id: TypeId) -> String {
        let def = &self.resolve.types[id];
        let name = pascal(name);
        let about = doc("    ", &def.docs).unwrap_or_default();
        match &def.kind {
            TypeDefKind::Record(record) => {
                let mut fields = String::new();
                for field in &record.fields {
                    let _ = writeln!(fields, "    {}: {}", snake(&field.name), self.ty(field.ty));
                }
                format!("@dataclass\nclass {name}:\n{about}{}\n", or_pass(fields))
            }
            TypeDefKind::Variant(variant) => {
                let (mut text, mut cases) = (String::new(), Vec::new());
                for case in &variant.cases {
                    let class = format!("{name}_{}", pascal(&case.name));
                    let value = case.ty.map(|ty| format!("    value: {}\n", self.ty(ty)));
                    let body = or_pass(value.unwrap_or_default());
                    let _ = writeln!(text, "@dataclass\nclass {class}:\n{body}");
                    cases.push(class);
                }
                format!("{text}{name} = {}\n\n", cases.join(" | "))
            }
            TypeDefKind::Enum(cases) => {
                let names = cases.cases.iter().map(|case| case.name.as_str());
                format!("class {name}(Enum):\n{about}{}\n", numbered(names, |at| at))
            }
            TypeDefKind::Flags(flags) => {
                let names = flags.flags.iter().map(|flag| flag.name.as_str());
                format!("class {name}(Flag):\n{about}{}\n", numbered(names, |at| 1 << at.min(63)))
            }
            TypeDefKind::Resource => {
                let Some(here) = self.here else { return String::new() };
                let interface = &self.resolve.interfaces[here];
                let mut text = format!("class {name}:\n{about}");
                for function in interface.functions.values() {
                    if function.kind.resource() == Some(id) {
                        text += &self.method(function);
                    }
                }
                text + "    def __enter__(self) -> Self: ...\n    def __exit__(self, *args: object) -> None: ...\n\n"
            }
            TypeDefKind::Type(Type::Id(_))
                if self.here.is_none_or(|id| self.own.contains_key(&id)) =>
            {
                format!("{name} = {}\n\n", self.ty(Type::Id(id)))
            }
            _ => String::new(),
        }
    }

    fn method(&mut self, function: &Function) -> String {
        match function.kind {
            FunctionKind::Static(_) => {
                format!("    @classmethod\n{}", self.function("    ", "cls", function))
            }
            _ => self.function("    ", "self", function),
        }
    }

    /// A function whose first parameter is called `receiver`, if it has one.
    fn function(&mut self, indent: &str, receiver: &str, function: &Function) -> String {
        let made = matches!(function.kind, FunctionKind::Constructor(_));
        let name = if made { "__init__".to_owned() } else { snake(function.item_name()) };
        let mut parameters: Vec<_> =
            Some(receiver.to_owned()).filter(|word| !word.is_empty()).into_iter().collect();
        // A method's own parameter is its object.
        let method = matches!(function.kind, FunctionKind::Method(_));
        let own = usize::from(receiver == "self" && method);
        for parameter in function.params.iter().skip(own) {
            parameters.push(format!("{}: {}", snake(&parameter.name), self.ty(parameter.ty)));
        }
        let answer = match function.result {
            None => "None".to_owned(),
            Some(_) if made => "None".to_owned(),
            Some(ty) => self.answer(ty),
        };
        let head = format!("{indent}def {name}({}) -> {answer}:", parameters.join(", "));
        match doc(&format!("{indent}    "), &function.docs) {
            Some(about) => format!("{head}\n{about}\n"),
            None => format!("{head} ...\n"),
        }
    }

    /// What a function gives: of a result, what is no error, which is raised.
    fn answer(&mut self, ty: Type) -> String {
        if let Type::Id(id) = ty
            && let TypeDefKind::Result(result) = &self.resolve.types[id].kind
        {
            return self.or_none(result.ok);
        }
        self.ty(ty)
    }
}

fn or_pass(body: String) -> String {
    if body.is_empty() { "    pass\n".to_owned() } else { body }
}

fn numbered<'n>(names: impl Iterator<Item = &'n str>, value: impl Fn(usize) -> usize) -> String {
    let mut text = String::new();
    for (at, name) in names.enumerate() {
        let _ = writeln!(text, "    {} = {}", name.to_uppercase().replace('-', "_"), value(at));
    }
    or_pass(text)
}
