//! What the engine is told of a world: its exports and their types, with the layout of each, as
//! JSON. `engines/python/workbooks/_world.py` reads it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use wit_parser::{
    Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
    WorldKey,
};
use workbooks_host::world;

use super::super::{
    GlueError,
    abi::{self, Layout},
    names::{self, aliased, pascal},
    pyi::snake,
};

/// Who cannot have what is refused.
const LANGUAGE: &str = "Python";

/// The table of a world: `types`, which refer to each other by their places; `names`, those of the
/// types in each of its author's modules (the empty one is the world's own); and `exports`.
pub(super) fn describe(
    resolve: &Resolve,
    world: WorldId,
    is_known: impl Fn(InterfaceId) -> bool,
) -> Result<Value, GlueError> {
    let mut table = Table {
        resolve,
        world,
        modules: modules(resolve, world),
        types: Vec::new(),
        done: HashMap::new(),
        at: String::new(),
    };
    let mut exports = Vec::new();
    for (interface, function) in super::exports(resolve, &resolve.worlds[world]) {
        exports.push(table.export(interface, function)?);
    }
    let mut names: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut name = |module: &str, name: &str, id| {
        let row = table.named(module, id)?;
        let names = names.entry(module.to_owned()).or_default();
        names.extend(row.map(|row| (pascal(name), row)));
        Ok::<_, GlueError>(())
    };
    let modules = modules(resolve, world);
    for (&interface, module) in modules.iter().filter(|(id, _)| !is_known(**id)) {
        for (own, &id) in &resolve.interfaces[interface].types {
            name(module, own, id)?;
        }
    }
    for (key, item) in &resolve.worlds[world].imports {
        if let (WorldKey::Name(own), WorldItem::Type { id, .. }) = (key, item) {
            name("", own, *id)?;
        }
    }
    Ok(json!({ "types": table.types, "names": names, "exports": exports }))
}

/// What the module of each interface is called: by its own name, or, where two have that, by its
/// whole name.
pub(in crate::glue) fn modules(resolve: &Resolve, world: WorldId) -> BTreeMap<InterfaceId, String> {
    let world = &resolve.worlds[world];
    let keys = world.imports.iter().chain(&world.exports);
    let named: BTreeMap<_, _> = keys
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => Some((*id, names::module(resolve, key).0)),
            _ => None,
        })
        .collect();
    let twice = |short: &str| named.values().filter(|name| names::short(name) == short).count() > 1;
    let name = |full: &str| match names::short(full) {
        short if twice(short) => snake(&full.replace([':', '/'], "-")),
        short => snake(short),
    };
    named.iter().map(|(id, full)| (*id, name(full))).collect()
}

/// The class that a program may write what a module's interface has in.
pub(in crate::glue) fn class(module: &str) -> String {
    pascal(&module.replace('_', "-"))
}

struct Table<'a> {
    resolve: &'a Resolve,
    world: WorldId,
    modules: BTreeMap<InterfaceId, String>,
    types: Vec<Value>,
    done: HashMap<Type, usize>,
    /// What is read, for messages.
    at: String,
}

impl Table<'_> {
    fn export(&mut self, key: Option<&WorldKey>, function: &Function) -> Result<Value, GlueError> {
        let interface = key.map(|key| self.resolve.name_world_key(key));
        let module = key.and_then(|key| match &self.resolve.worlds[self.world].exports[key] {
            WorldItem::Interface { id, .. } => Some(self.modules[id].clone()),
            _ => None,
        });
        let name = snake(function.item_name());
        self.at = module.iter().chain([&name]).cloned().collect::<Vec<_>>().join(".");
        if function.kind.is_async() {
            return Err(self.unsupported("an asynchronous function"));
        }
        if function.kind.resource().is_some() {
            self.at = interface.unwrap_or_default();
            return Err(self.unsupported("a resource"));
        }
        let params: Vec<_> =
            function.params.iter().map(|param| (snake(&param.name), param.ty)).collect();
        let params = self.fields("params", &params, json!({}))?;
        let result = function.result.map(|ty| self.ty(ty)).transpose()?;
        let object = module.as_deref().map(class);
        Ok(json!({
            "interface": interface, "module": module, "object": object, "name": name,
            "label": self.at, "params": params, "result": result,
        }))
    }

    fn unsupported(&self, what: &'static str) -> GlueError {
        GlueError::Unsupported { what, at: self.at.clone(), language: LANGUAGE }
    }

    /// The row of a type that programs have a class for.
    fn named(&mut self, module: &str, id: TypeId) -> Result<Option<usize>, GlueError> {
        let Type::Id(id) = aliased(self.resolve, Type::Id(id)) else { return Ok(None) };
        let classes = matches!(
            self.resolve.types[id].kind,
            TypeDefKind::Record(_)
                | TypeDefKind::Variant(_)
                | TypeDefKind::Enum(_)
                | TypeDefKind::Flags(_)
                | TypeDefKind::Resource
        );
        module.clone_into(&mut self.at);
        classes.then(|| self.ty(Type::Id(id))).transpose()
    }

    /// The place of a type's row.
    fn ty(&mut self, ty: Type) -> Result<usize, GlueError> {
        let ty = aliased(self.resolve, ty);
        if let Some(&row) = self.done.get(&ty) {
            return Ok(row);
        }
        let resolve = self.resolve;
        let row = match ty {
            Type::ErrorContext => return Err(self.unsupported("an error context")),
            Type::Id(id) => {
                let more = self.class(id);
                match &resolve.types[id].kind {
                    TypeDefKind::Record(record) => {
                        let fields = record.fields.iter().map(|f| (snake(&f.name), f.ty));
                        self.fields("record", &fields.collect::<Vec<_>>(), more)?
                    }
                    TypeDefKind::Tuple(tuple) => {
                        let fields = tuple.types.iter().map(|&ty| (String::new(), ty));
                        self.fields("tuple", &fields.collect::<Vec<_>>(), json!({}))?
                    }
                    TypeDefKind::List(element) => {
                        let element = self.ty(*element)?;
                        self.row("list", Layout::new(resolve, ty), json!({ "element": element }))
                    }
                    TypeDefKind::Flags(flags) => {
                        let names = flags.flags.iter().map(|flag| upper(&flag.name));
                        let more = joined(more, json!({ "names": names.collect::<Vec<_>>() }));
                        self.row("flags", Layout::new(resolve, ty), more)
                    }
                    TypeDefKind::Enum(cases) => {
                        let names = cases.cases.iter().map(|case| upper(&case.name));
                        let names: Vec<_> = names.collect();
                        let tag = abi::tag_bytes(names.len());
                        let more = joined(more, json!({ "names": names, "tag": tag }));
                        self.row("enum", Layout::new(resolve, ty), more)
                    }
                    TypeDefKind::Variant(variant) => {
                        let names = variant.cases.iter().map(|case| pascal(&case.name));
                        let more = joined(more, json!({ "names": names.collect::<Vec<_>>() }));
                        self.variant("variant", id, more)?
                    }
                    TypeDefKind::Option(_) => self.variant("option", id, json!({}))?,
                    TypeDefKind::Result(_) => self.variant("result", id, json!({}))?,
                    TypeDefKind::Handle(_) | TypeDefKind::Resource => {
                        return Err(self.unsupported("a resource"));
                    }
                    kind => return Err(self.unsupported(kind.as_str())),
                }
            }
            scalar => self.row(scalar_kind(scalar), Layout::new(resolve, ty), json!({})),
        };
        self.done.insert(ty, row);
        Ok(row)
    }

    /// What says which class a type is.
    fn class(&self, id: TypeId) -> Value {
        let def = &self.resolve.types[id];
        let TypeOwner::Interface(owner) = def.owner else {
            return json!({
                "module": "", "class": def.name.as_deref().map(pascal), "ours": false,
            });
        };
        let package = self.resolve.interfaces[owner].package;
        let ours =
            package.is_some_and(|id| self.resolve.packages[id].name.to_string() == world::PACKAGE);
        let module = self.modules.get(&owner);
        json!({ "module": module, "class": def.name.as_deref().map(pascal), "ours": ours })
    }

    fn fields(
        &mut self,
        kind: &str,
        fields: &[(String, Type)],
        more: Value,
    ) -> Result<usize, GlueError> {
        let (layout, offsets) = Layout::fields(self.resolve, fields.iter().map(|(_, ty)| *ty));
        let mut rows = Vec::new();
        for ((name, ty), offset) in fields.iter().zip(offsets) {
            rows.push(json!([name, self.ty(*ty)?, offset]));
        }
        Ok(self.row(kind, layout, joined(more, json!({ "fields": rows }))))
    }

    fn variant(&mut self, kind: &str, id: TypeId, more: Value) -> Result<usize, GlueError> {
        let payloads = abi::cases(&self.resolve.types[id].kind).unwrap_or_default();
        let (layout, offset) = Layout::variant(self.resolve, &payloads);
        let tag = abi::tag_bytes(payloads.len());
        let mut cases = Vec::new();
        for payload in payloads {
            cases.push(payload.map(|ty| self.ty(ty)).transpose()?);
        }
        let own = json!({ "tag": tag, "payload": offset, "cases": cases });
        Ok(self.row(kind, layout, joined(more, own)))
    }

    fn row(&mut self, kind: &str, layout: Layout, more: Value) -> usize {
        let Layout { size, align, flat } = layout;
        let row = json!({ "kind": kind, "size": size, "align": align, "flat": flat });
        self.types.push(joined(row, more));
        self.types.len() - 1
    }
}

/// An object with the members of both.
fn joined(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

/// The name of a flag or of an enum's case.
fn upper(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

fn scalar_kind(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String | Type::ErrorContext | Type::Id(_) => "string",
    }
}
