//! What things of a world are called in JavaScript: as jco calls them.

use wit_parser::{
    Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldKey,
};

/// `compare-and-set` → `compareAndSet`.
pub(super) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// `input-stream` → `InputStream`.
pub(super) fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let word = word.to_lowercase();
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}

/// What an interface is called by: its module's name, and its version.
pub(super) fn module(resolve: &Resolve, key: &WorldKey) -> (String, Option<String>) {
    let full = resolve.name_world_key(key);
    match full.split_once('@') {
        Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
        None => (full, None),
    }
}

/// An interface's own name: `kv` of `workbooks:engine/kv`.
pub(super) fn short(module: &str) -> &str {
    module.rsplit('/').next().unwrap_or(module)
}

/// The key by which interfaces without a name of the world's own are known.
pub(super) fn key(interface: InterfaceId) -> WorldKey {
    WorldKey::Interface(interface)
}

/// What a function is called, alone or in its class.
pub(super) fn function(function: &Function) -> String {
    camel(function.item_name())
}

/// How messages call a function: `kv.compareAndSet`, `exec.Process.spawn`.
pub(super) fn label(resolve: &Resolve, module: &str, function: &Function) -> String {
    let mut words = Vec::new();
    if !module.is_empty() {
        words.push(short(module).to_owned());
    }
    words.extend(function.kind.resource().map(|id| class(resolve, id)));
    if !matches!(function.kind, FunctionKind::Constructor(_)) {
        words.push(self::function(function));
    }
    words.join(".")
}

/// The class of a resource.
pub(super) fn class(resolve: &Resolve, resource: TypeId) -> String {
    pascal(resolve.types[resource].name.as_deref().unwrap_or_default())
}

/// The type that an alias stands for in the end.
pub(super) fn aliased(resolve: &Resolve, ty: Type) -> Type {
    match ty {
        Type::Id(id) => match resolve.types[id].kind {
            TypeDefKind::Type(ty) => aliased(resolve, ty),
            _ => ty,
        },
        other => other,
    }
}

/// The payload of an option that `undefined` stands for none of: any but one that may be
/// `undefined` itself.
pub(super) fn nullable(resolve: &Resolve, ty: Type) -> Option<Type> {
    let Type::Id(id) = aliased(resolve, ty) else { return None };
    match resolve.types[id].kind {
        TypeDefKind::Option(payload) if nullable(resolve, payload).is_none() => Some(payload),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_javascript() {
        assert_eq!(camel("compare-and-set"), "compareAndSet");
        assert_eq!(camel("HTTP-status"), "httpStatus");
        assert_eq!(pascal("ip-v4-address"), "IpV4Address");
        assert_eq!(pascal("s3"), "S3");
        assert_eq!(short("workbooks:engine/kv"), "kv");
    }
}
