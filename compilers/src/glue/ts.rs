//! Types of WIT as expressions and declarations of TypeScript.

use wit_parser::{
    Docs, Function, FunctionKind, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId,
    TypeOwner,
};

use super::{
    names::{self, aliased, camel, key, nullable, pascal},
    tables::Side,
};

/// Words that no parameter and no function of a module can be called by.
const RESERVED: &[&str] = &[
    "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally",
    "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "new",
    "null", "package", "private", "protected", "public", "return", "static", "super", "switch",
    "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield",
];

pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Where types are written: in the module of an interface, or in that of the guest.
pub(super) struct Place<'a> {
    pub(super) resolve: &'a Resolve,
    pub(super) here: Option<InterfaceId>,
    /// Whether the module is another than the guest's.
    pub(super) outside: bool,
    /// The module of the guest.
    pub(super) guest: &'a str,
}

impl Place<'_> {
    /// A type that all modules share.
    fn shared(&self, name: &str) -> String {
        match self.outside {
            true => format!("import('{}').{name}", self.guest),
            false => name.to_owned(),
        }
    }

    /// A type as an expression: by its name if it has one.
    pub(super) fn ty(&self, ty: Type) -> String {
        let id = match ty {
            Type::Bool => return "boolean".to_owned(),
            Type::U64 | Type::S64 => return "bigint".to_owned(),
            Type::Char | Type::String => return "string".to_owned(),
            Type::ErrorContext => return "unknown".to_owned(),
            Type::Id(id) => id,
            _ => return "number".to_owned(),
        };
        let def = &self.resolve.types[id];
        let Some(name) = &def.name else { return self.shape(def) };
        match def.owner {
            TypeOwner::Interface(owner) if Some(owner) != self.here => {
                let (module, _) = names::module(self.resolve, &key(owner));
                format!("import('{module}').{}", pascal(name))
            }
            TypeOwner::World(_) => match def.kind {
                TypeDefKind::Type(other) => self.ty(other),
                _ => self.shared(&pascal(name)),
            },
            _ => pascal(name),
        }
    }

    /// What a type is made of.
    pub(super) fn shape(&self, def: &TypeDef) -> String {
        match &def.kind {
            TypeDefKind::Type(ty) => self.ty(*ty),
            TypeDefKind::List(element) => self.list(*element),
            TypeDefKind::Tuple(tuple) => {
                let items: Vec<_> = tuple.types.iter().map(|&ty| self.ty(ty)).collect();
                format!("[{}]", items.join(", "))
            }
            TypeDefKind::Option(payload) if nullable(self.resolve, *payload).is_none() => {
                format!("{} | undefined", self.ty(*payload))
            }
            TypeDefKind::Option(payload) => {
                format!("{}<{}>", self.shared("Option"), self.ty(*payload))
            }
            TypeDefKind::Result(result) => {
                let of = |ty: Option<Type>| ty.map_or("undefined".to_owned(), |ty| self.ty(ty));
                format!("{}<{}, {}>", self.shared("Result"), of(result.ok), of(result.err))
            }
            TypeDefKind::Handle(wit_parser::Handle::Own(id) | wit_parser::Handle::Borrow(id)) => {
                self.ty(Type::Id(*id))
            }
            _ => "unknown".to_owned(),
        }
    }

    fn list(&self, element: Type) -> String {
        let array = match aliased(self.resolve, element) {
            Type::U8 => "Uint8Array",
            Type::S8 => "Int8Array",
            Type::U16 => "Uint16Array",
            Type::S16 => "Int16Array",
            Type::U32 => "Uint32Array",
            Type::S32 => "Int32Array",
            Type::U64 => "BigUint64Array",
            Type::S64 => "BigInt64Array",
            Type::F32 => "Float32Array",
            Type::F64 => "Float64Array",
            _ => {
                let item = self.ty(element);
                let union = item.contains(" | ") && !item.starts_with('[') || item.ends_with("undefined");
                return if union { format!("({item})[]") } else { format!("{item}[]") };
            }
        };
        array.to_owned()
    }

    /// The declaration of a named type; none of a resource, which is a class.
    pub(super) fn declaration(&self, name: &str, def: &TypeDef) -> Option<String> {
        let (name, mut text) = (pascal(name), doc("  ", &def.docs, None));
        let member = |docs: &Docs, text: String| format!("{}    {text}\n", doc("    ", docs, None));
        let body: String = match &def.kind {
            TypeDefKind::Resource => return None,
            TypeDefKind::Record(record) => record
                .fields
                .iter()
                .map(|field| member(&field.docs, format!("{};", self.named(&field.name, field.ty, true))))
                .collect(),
            TypeDefKind::Flags(flags) => flags
                .flags
                .iter()
                .map(|flag| member(&flag.docs, format!("{}?: boolean;", camel(&flag.name))))
                .collect(),
            TypeDefKind::Variant(variant) => variant
                .cases
                .iter()
                .map(|case| {
                    let val = case.ty.map(|ty| format!("; val: {}", self.ty(ty)));
                    let text = format!("| {{ tag: '{}'{} }}", case.name, val.unwrap_or_default());
                    member(&case.docs, text)
                })
                .collect(),
            TypeDefKind::Enum(cases) => cases
                .cases
                .iter()
                .map(|case| member(&case.docs, format!("| '{}'", case.name)))
                .collect(),
            _ => {
                text += &format!("  export type {name} = {};\n", self.shape(def));
                return Some(text);
            }
        };
        let interface = matches!(def.kind, TypeDefKind::Record(_) | TypeDefKind::Flags(_));
        text += &match interface {
            true => format!("  export interface {name} {{\n{body}  }}\n"),
            false => format!("  export type {name} =\n{};\n", body.trim_end_matches('\n')),
        };
        Some(text)
    }

    /// `name: type`, or `name?: type` of what may be left out.
    fn named(&self, name: &str, ty: Type, optional: bool) -> String {
        let (name, ty) = match nullable(self.resolve, ty) {
            Some(payload) if optional => (format!("{}?", camel(name)), self.ty(payload)),
            _ => (camel(name), self.ty(ty)),
        };
        format!("{name}: {ty}")
    }

    /// Parameters and result of a function, and what it throws.
    pub(super) fn signature(&self, function: &Function, side: Side) -> (String, Option<String>) {
        let method = matches!(function.kind, FunctionKind::Method(_));
        let params: Vec<_> = function.params.iter().skip(usize::from(method)).collect();
        let required = params.iter().rposition(|p| nullable(self.resolve, p.ty).is_none());
        let params = params.iter().enumerate().map(|(at, param)| {
            let reserved = if is_reserved(&camel(&param.name)) { "-_" } else { "" };
            let name = format!("{}{reserved}", param.name);
            self.named(&name, param.ty, required.is_none_or(|last| at > last))
        });
        let params = params.collect::<Vec<_>>().join(", ");
        let (result, throws) = self.result(function.result);
        if matches!(function.kind, FunctionKind::Constructor(_)) {
            let result = if side == Side::Export { format!(": {result}") } else { String::new() };
            return (format!("({params}){result}"), throws);
        }
        let result = match side {
            Side::Import => result,
            Side::Export => format!("{}<{result}>", self.shared("Awaitable")),
        };
        (format!("({params}): {result}"), throws)
    }

    fn result(&self, result: Option<Type>) -> (String, Option<String>) {
        let of = |ty: Option<Type>| ty.map_or("void".to_owned(), |ty| self.ty(ty));
        if let Some(Type::Id(id)) = result.map(|ty| aliased(self.resolve, ty))
            && let TypeDefKind::Result(result) = &self.resolve.types[id].kind
        {
            let error = result.err.map_or("undefined".to_owned(), |ty| self.ty(ty));
            let error = format!("@throws {{{}<{error}>}}", self.shared("ComponentError"));
            return (of(result.ok), Some(error));
        }
        (of(result), None)
    }

    /// A resource of the host as a class.
    pub(super) fn class(&self, name: &str, id: TypeId, functions: &[&Function]) -> String {
        let docs = &self.resolve.types[id].docs;
        let mut text = format!("{}  export class {} {{\n", doc("  ", docs, None), pascal(name));
        if !functions.iter().any(|f| matches!(f.kind, FunctionKind::Constructor(_))) {
            text += "    private constructor();\n";
        }
        for function in functions {
            let (signature, throws) = self.signature(function, Side::Import);
            text += &doc("    ", &function.docs, throws);
            let fixed = if matches!(function.kind, FunctionKind::Static(_)) { "static " } else { "" };
            text += &format!("    {fixed}{}{signature};\n", names::function(function));
        }
        text + "    /** Gives the resource back now, and not when the object is collected. */\n    \
                [Symbol.dispose](): void;\n  }\n"
    }
}

/// A comment, if there is something to say.
pub(super) fn doc(indent: &str, docs: &Docs, more: Option<String>) -> String {
    let text = docs.contents.as_deref().unwrap_or_default().replace("*/", "* /");
    let lines: Vec<_> = text.lines().map(str::trim_end).chain(more.as_deref()).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines: String = lines.iter().map(|line| format!("{indent} * {line}\n")).collect();
            format!("{indent}/**\n{lines}{indent} */\n").replace(" * \n", " *\n")
        }
    }
}
