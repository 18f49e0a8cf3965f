//! `guest.d.ts`: a module for each imported interface, and what the program must export.

use std::fmt::Write as _;

use wit_parser::{
    Docs, Function, FunctionKind, InterfaceId, Resolve, TypeId, WorldId, WorldItem, WorldKey,
};

use super::{
    names::{self, camel, pascal},
    tables::Side,
    ts::{Place, doc, is_reserved},
};

const SHARED: &str = "  /** What a program may return at once or later. */
  export type Awaitable<T> = T | Promise<T>;
  /** An option whose value may be `undefined` itself. */
  export type Option<T> = { tag: 'none' } | { tag: 'some'; val: T };
  /** A result that is not what a function returns. */
  export type Result<T, E> = { tag: 'ok'; val: T } | { tag: 'err'; val: E };
  /**
   * What is thrown where an interface says an error. A program that throws an error with a
   * `payload` answers with it.
   */
  export interface ComponentError<E> extends Error {
    payload: E;
  }
";

/// The text of `guest.d.ts`.
pub(super) fn generate(resolve: &Resolve, world: WorldId) -> String {
    let guest = resolve.worlds[world].package.map_or("guest".to_owned(), |package| {
        let name = &resolve.packages[package].name;
        format!("{}:{}", name.namespace, name.name)
    });
    let mut file = File { resolve, guest, text: String::new() };
    file.text += "// Generated from the world of the guest.\n";
    file.text += "/// <reference lib=\"esnext.disposable\" />\n";
    let world = &resolve.worlds[world];
    for (key, item) in &world.imports {
        match item {
            WorldItem::Interface { id, .. } => file.module(key, *id, true),
            WorldItem::Function(function) if function.kind.resource().is_none() => {
                file.bare(function);
            }
            _ => {}
        }
    }
    for (key, item) in &world.exports {
        if let WorldItem::Interface { id, .. } = item
            && !world.imports.contains_key(key)
        {
            file.module(key, *id, false);
        }
    }
    let types = world.imports.values().filter_map(|item| match item {
        WorldItem::Type { id, .. } => Some(*id),
        _ => None,
    });
    file.guest(&types.collect::<Vec<_>>(), world.exports.iter());
    file.text
}

struct File<'a> {
    resolve: &'a Resolve,
    /// The module with what all modules share, and with what the program exports.
    guest: String,
    text: String,
}

impl File<'_> {
    fn place(&self, here: Option<InterfaceId>) -> Place<'_> {
        Place { resolve: self.resolve, here, outside: here.is_some(), guest: &self.guest }
    }

    /// The module of an interface, with functions and classes if it is imported.
    fn module(&mut self, key: &WorldKey, id: InterfaceId, imported: bool) {
        let (name, version) = names::module(self.resolve, key);
        let interface = &self.resolve.interfaces[id];
        let place = self.place(Some(id));
        let mut text = String::new();
        for (name, &id) in &interface.types {
            let def = &self.resolve.types[id];
            let functions: Vec<_> = functions_of(interface.functions.values(), id);
            text += &match place.declaration(name, def) {
                Some(declaration) => declaration,
                None if imported => place.class(name, id, &functions),
                None => object(&place, name, id, &functions),
            };
        }
        for function in interface.functions.values() {
            if imported && function.kind.resource().is_none() {
                text += &free(&place, function, "");
            }
        }
        let about = doc("", &interface.docs, None);
        let _ = write!(self.text, "\n{about}declare module '{name}' {{\n{text}}}\n");
        if let Some(version) = version {
            let alias = format!("declare module '{name}@{version}' {{\n  export * from '{name}';\n}}");
            let _ = writeln!(self.text, "{alias}");
        }
    }

    /// The module of a function that the world itself imports.
    fn bare(&mut self, function: &Function) {
        let place = Place { outside: true, ..self.place(None) };
        let more = format!("  export default {};\n", camel(&function.name));
        let text = free(&place, function, &more);
        let _ = write!(self.text, "\ndeclare module '{}' {{\n{text}}}\n", function.name);
    }

    /// The module of the guest.
    fn guest<'a>(
        &mut self,
        types: &[TypeId],
        exports: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)> + Clone,
    ) {
        let place = self.place(None);
        let (mut members, mut interfaces) = (String::new(), String::new());
        let short = |key| names::short(&names::module(self.resolve, key).0).to_owned();
        for (key, item) in exports.clone() {
            match item {
                WorldItem::Interface { id, .. } => {
                    let (module, _) = names::module(self.resolve, key);
                    let twice = exports.clone().filter(|(k, _)| short(k) == short(key)).count() > 1;
                    let (member, name) = match twice {
                        true => (format!("'{module}'"), pascal(&module.replace([':', '/'], "-"))),
                        false => (camel(&short(key)), pascal(&short(key))),
                    };
                    let _ = writeln!(members, "    {member}: {name};");
                    interfaces += &self.interface(&place, &name, &module, *id);
                }
                WorldItem::Function(function) => members += &member(&place, function),
                WorldItem::Type { .. } => {}
            }
        }
        let types = types.iter().filter_map(|&id| {
            let def = &self.resolve.types[id];
            let aliased = matches!(def.kind, wit_parser::TypeDefKind::Type(_));
            def.name.as_ref().filter(|_| !aliased).and_then(|name| place.declaration(name, def))
        });
        let types: String = types.collect();
        let text = format!(
            "\ndeclare module '{}' {{\n  /** What a program exports. */\n  export interface Guest \
             {{\n{members}  }}\n{interfaces}{types}{SHARED}}}\n",
            self.guest
        );
        self.text += &text;
    }

    /// What an exported interface asks of a program.
    fn interface(&self, place: &Place<'_>, name: &str, module: &str, id: InterfaceId) -> String {
        let interface = &self.resolve.interfaces[id];
        let mut text = format!("{}  export interface {name} {{\n", doc("  ", &interface.docs, None));
        for function in interface.functions.values().filter(|f| f.kind.resource().is_none()) {
            text += &member(place, function);
        }
        for (name, &id) in &interface.types {
            if self.resolve.types[id].kind == wit_parser::TypeDefKind::Resource {
                let class = pascal(name);
                let _ = writeln!(text, "    {class}: import('{module}').{class}Class;");
            }
        }
        text + "  }\n"
    }
}

fn functions_of<'f>(functions: impl Iterator<Item = &'f Function>, id: TypeId) -> Vec<&'f Function> {
    functions.filter(|function| function.kind.resource() == Some(id)).collect()
}

/// A function of a module. One whose name is reserved is exported under it all the same.
fn free(place: &Place<'_>, function: &Function, more: &str) -> String {
    let name = names::function(function);
    let (signature, throws) = place.signature(function, Side::Import);
    let about = doc("  ", &function.docs, throws);
    if is_reserved(&name) {
        let alias = format!("  export {{ _{name} as {name} }};\n");
        return format!("{about}  function _{name}{signature};\n{alias}");
    }
    format!("{about}  export function {name}{signature};\n{more}")
}

/// A function that a program exports.
fn member(place: &Place<'_>, function: &Function) -> String {
    let (signature, throws) = place.signature(function, Side::Export);
    let about = doc("    ", &function.docs, throws);
    format!("{about}    {}{signature};\n", names::function(function))
}

/// A resource that a program exports: what its objects are, and what makes them.
fn object(place: &Place<'_>, name: &str, id: TypeId, functions: &[&Function]) -> String {
    let docs: &Docs = &place.resolve.types[id].docs;
    let name = pascal(name);
    let (mut object, mut class) = (String::new(), String::new());
    for function in functions {
        match function.kind {
            FunctionKind::Method(_) => object += &member(place, function),
            FunctionKind::Constructor(_) => {
                let (signature, throws) = place.signature(function, Side::Export);
                let about = doc("    ", &function.docs, throws);
                class += &format!("{about}    new {signature};\n");
            }
            _ => class += &member(place, function),
        }
    }
    format!(
        "{}  export interface {name} {{\n{object}    /** Called when the host lets go of it. */\n    \
         [Symbol.dispose]?(): void;\n  }}\n  export interface {name}Class {{\n{class}  }}\n",
        doc("  ", docs, None)
    )
}
