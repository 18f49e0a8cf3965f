//! Whether a resolved world of an author's is one that can be called: it imports no more than the
//! toolkit's capabilities open, and its types are those that engine and lanes have.

use std::{collections::BTreeMap, ops::Range};

use wit_parser::{
    Function, FunctionKind, InterfaceId, PackageId, Resolve, Span, Type, TypeDefKind, TypeId,
    WorldId, WorldItem,
};
use workbooks_host::world::{CAPABILITIES, base_name};

use crate::{
    declared::placed,
    declared_error::DeclaredError,
    diagnostics::{MAX_DIAGNOSTICS, SourceDiagnostic, Texts},
};

/// Types within types.
const MAX_DEPTH: usize = 64;
/// Parts of all parameters and results together, with each type written out wherever it is used:
/// what bindings write out for a function. And of all named types together, for bindings have those
/// too that no function uses.
const MAX_PARTS: u64 = 50_000;

/// Checks `world` of `resolve`, whose author wrote the packages `theirs`.
///
/// # Errors
/// [`DeclaredError::NotOpened`] and [`DeclaredError::Unsupported`].
pub(crate) fn check(
    resolve: &Resolve,
    world: WorldId,
    theirs: &[PackageId],
    offered: &(Resolve, WorldId),
    texts: &Texts<'_>,
) -> Result<(), DeclaredError> {
    let mut found = Found { resolve, texts, diagnostics: Vec::new() };
    imports(&mut found, world, offered);
    if !found.diagnostics.is_empty() {
        return Err(DeclaredError::NotOpened { diagnostics: found.diagnostics });
    }
    let mut measure = Measure { resolve, known: BTreeMap::new() };
    let (mut parts, mut of_types) = (0_u64, 0_u64);
    let interfaces = theirs.iter().flat_map(|id| resolve.packages[*id].interfaces.values());
    let anonymous = resolve.worlds[world].exports.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } if resolve.interfaces[*id].name.is_none() => Some(id),
        _ => None,
    });
    for interface in interfaces.chain(anonymous) {
        let interface = &resolve.interfaces[*interface];
        for id in interface.types.values() {
            of_types = of_types.saturating_add(named(&mut found, &mut measure, *id));
        }
        for function in interface.functions.values() {
            parts = parts.saturating_add(callable(&mut found, &mut measure, function));
        }
    }
    let items =
        resolve.worlds[world].imports.values().chain(resolve.worlds[world].exports.values());
    for item in items {
        match item {
            WorldItem::Function(function) => {
                parts = parts.saturating_add(callable(&mut found, &mut measure, function));
            }
            WorldItem::Type { id, .. } => {
                of_types = of_types.saturating_add(named(&mut found, &mut measure, *id));
            }
            WorldItem::Interface { .. } => {}
        }
    }
    // Where both are too many, smaller types mend both.
    let over =
        [("functions", parts), ("types", of_types)].into_iter().find(|all| all.1 > MAX_PARTS);
    if let Some((what, parts)) = over {
        let message = format!("the {what} of this world have {parts} parts, more than {MAX_PARTS}");
        found.push(resolve.worlds[world].span, &message, "use smaller types, or lists of them");
    }
    if found.diagnostics.is_empty() {
        return Ok(());
    }
    Err(DeclaredError::Unsupported { diagnostics: found.diagnostics })
}

struct Found<'a> {
    resolve: &'a Resolve,
    texts: &'a Texts<'a>,
    diagnostics: Vec<SourceDiagnostic>,
}

impl Found<'_> {
    fn push(&mut self, span: Span, message: &str, help: &str) {
        let (path, range) = placed(&self.resolve.source_map, span).unwrap_or(("wit", 0..0));
        self.push_at(path, range, message, help);
    }

    fn is_theirs(&self, span: Span) -> bool {
        let place = placed(&self.resolve.source_map, span);
        place.is_some_and(|(path, _)| self.texts.has(path))
    }

    fn push_at(&mut self, path: &str, range: Range<usize>, message: &str, help: &str) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            let help = vec![help.to_owned()];
            self.diagnostics.push(SourceDiagnostic::at(path, range, message, help, self.texts));
        }
    }
}

/// Each import of the author's world must be one of `offered`, or confer nothing.
fn imports(found: &mut Found<'_>, world: WorldId, offered: &(Resolve, WorldId)) {
    let resolve = found.resolve;
    let open: Vec<_> = offered.0.worlds[offered.1]
        .imports
        .keys()
        .map(|key| offered.0.name_world_key(key))
        .collect();
    for (key, item) in &resolve.worlds[world].imports {
        let name = resolve.name_world_key(key);
        let closed = match item {
            WorldItem::Interface { id, .. } => confers(resolve, *id) && !open.contains(&name),
            WorldItem::Function(_) => true,
            WorldItem::Type { id, .. } => matches!(resolve.types[*id].kind, TypeDefKind::Resource),
        };
        if closed {
            let row = CAPABILITIES.iter().find(|row| row.interfaces.contains(&name.as_str()));
            let help = row.map_or_else(
                || "no capability opens it: export it, or leave it out".to_owned(),
                |row| format!("add `{}` to the line `#+CAPS:` of the manifest", row.name),
            );
            let span = match item {
                // The resolver keeps the place of the interface alone.
                WorldItem::Interface { id, .. } => resolve.interfaces[*id].span,
                item => item.span(),
            };
            let message = format!("`{name}` is imported and not opened");
            match found.texts.find(base_name(&name)) {
                Some((path, range)) => found.push_at(path, range, &message, &help),
                None if found.is_theirs(span) => found.push(span, &message, &help),
                // What an interface of the contract brings with it.
                None => found.push(resolve.worlds[world].span, &message, &help),
            }
        }
    }
}

/// An interface of nothing but types opens nothing.
fn confers(resolve: &Resolve, id: InterfaceId) -> bool {
    let interface = &resolve.interfaces[id];
    let resource = |id: &TypeId| matches!(resolve.types[*id].kind, TypeDefKind::Resource);
    !interface.functions.is_empty() || interface.types.values().any(resource)
}

/// A named type, which no function need use: how many parts it has.
fn named(found: &mut Found<'_>, measure: &mut Measure<'_>, id: TypeId) -> u64 {
    match measure.type_id(id, MAX_DEPTH) {
        Ok(size) => size.parts,
        Err(what) => {
            found.push(found.resolve.types[id].span, &what, HELP);
            0
        }
    }
}

/// A function: how many parts its types have.
fn callable(found: &mut Found<'_>, measure: &mut Measure<'_>, function: &Function) -> u64 {
    if matches!(
        function.kind,
        FunctionKind::AsyncFreestanding
            | FunctionKind::AsyncMethod(_)
            | FunctionKind::AsyncStatic(_)
    ) {
        found.push(function.span, "an `async` function", HELP);
        return 0;
    }
    let types = function.params.iter().map(|param| param.ty).chain(function.result);
    let mut parts = 0_u64;
    for ty in types {
        match measure.ty(ty, MAX_DEPTH) {
            Ok(more) => parts = parts.saturating_add(more.parts),
            Err(what) => {
                found.push(function.span, &what, HELP);
                return 0;
            }
        }
    }
    parts
}

const HELP: &str = "the host has the types of WASI 0.2: records, variants, enums, flags, tuples, lists, options, \
                    results, resources, strings, numbers; no async";

/// How large a type is when each type in it is written out.
#[derive(Clone, Copy)]
struct Size {
    depth: usize,
    parts: u64,
}

struct Measure<'a> {
    resolve: &'a Resolve,
    known: BTreeMap<TypeId, Size>,
}

impl Measure<'_> {
    fn ty(&mut self, ty: Type, left: usize) -> Result<Size, String> {
        match ty {
            Type::Id(id) => self.type_id(id, left),
            Type::ErrorContext => Err(unsupported("error-context")),
            _ => Ok(Size { depth: 1, parts: 1 }),
        }
    }

    /// Of a type that may have `left` levels.
    fn type_id(&mut self, id: TypeId, left: usize) -> Result<Size, String> {
        let deep = || format!("a type of more than {MAX_DEPTH} levels");
        if let Some(size) = self.known.get(&id) {
            return if size.depth > left { Err(deep()) } else { Ok(*size) };
        }
        let left = left.checked_sub(1).ok_or_else(deep)?;
        let kind = &self.resolve.types[id].kind;
        let inner: Vec<Type> = match kind {
            TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty).collect()
            }
            TypeDefKind::Tuple(tuple) => tuple.types.clone(),
            TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
            TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => vec![*ty],
            TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_) => Vec::new(),
            TypeDefKind::Map(..)
            | TypeDefKind::FixedLengthList(..)
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_)
            | TypeDefKind::Unknown => return Err(unsupported(kind.as_str())),
        };
        let mut size = Size { depth: 0, parts: 1 };
        for ty in inner {
            let part = self.ty(ty, left)?;
            size.depth = size.depth.max(part.depth);
            size.parts = size.parts.saturating_add(part.parts);
        }
        size.depth += 1;
        self.known.insert(id, size);
        Ok(size)
    }
}

fn unsupported(kind: &str) -> String {
    format!("a type `{kind}`")
}
