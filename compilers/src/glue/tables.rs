//! The tables of a world's types and resources, as rows of C.

use std::collections::HashMap;

use wit_parser::{
    Function, Handle, Resolve, Type, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use super::{
    GlueError,
    abi::{self, Layout},
    names::{aliased, camel, nullable},
};

/// Who has the functions of an interface, which may be in a world twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Import,
    Export,
}

/// A resource of the world. Its handles are the host's if it is imported, and stand for objects of
/// the program if it is exported.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) id: TypeId,
    /// None of a resource that the world itself declares.
    pub(super) interface: Option<WorldKey>,
    pub(super) side: Side,
}

/// All resources of a world, those of one interface in a row.
pub(super) fn resources(resolve: &Resolve, world: WorldId) -> Vec<Resource> {
    let world = &resolve.worlds[world];
    let sides = [(&world.imports, Side::Import), (&world.exports, Side::Export)];
    let mut all = Vec::new();
    for (items, side) in sides {
        for (key, item) in items {
            let (ids, interface): (Vec<TypeId>, _) = match item {
                WorldItem::Interface { id, .. } => {
                    (resolve.interfaces[*id].types.values().copied().collect(), Some(key.clone()))
                }
                WorldItem::Type { id, .. } => (vec![*id], None),
                WorldItem::Function(_) => continue,
            };
            let own = ids.into_iter().filter(|id| resolve.types[*id].kind == TypeDefKind::Resource);
            all.extend(own.map(|id| Resource { id, interface: interface.clone(), side }));
        }
    }
    all
}

/// Rows of C for the types in use, each once.
pub(super) struct Tables<'a> {
    pub(super) resolve: &'a Resolve,
    pub(super) resources: &'a [Resource],
    /// Rows of `T`.
    pub(super) types: Vec<String>,
    /// The contents of `F0`, `F1` and so on.
    pub(super) fields: Vec<String>,
    known: HashMap<String, usize>,
    done: HashMap<(Type, Side), usize>,
    /// What is read, for messages.
    at: String,
}

impl<'a> Tables<'a> {
    pub(super) fn new(resolve: &'a Resolve, resources: &'a [Resource]) -> Self {
        Self {
            resolve,
            resources,
            types: Vec::new(),
            fields: Vec::new(),
            known: HashMap::new(),
            done: HashMap::new(),
            at: String::new(),
        }
    }

    /// A function's parameters, as a tuple whose fields have their names; and its result.
    pub(super) fn signature(
        &mut self,
        label: &str,
        function: &Function,
        side: Side,
    ) -> Result<(usize, Option<usize>), GlueError> {
        label.clone_into(&mut self.at);
        if function.kind.is_async() {
            return Err(self.unsupported("an asynchronous function"));
        }
        let params = function.params.iter().map(|param| (param.name.as_str(), param.ty));
        let params = self.fields("WBX_TUPLE", &params.collect::<Vec<_>>(), side)?;
        let result = function.result.map(|ty| self.ty(ty, side)).transpose()?;
        Ok((params, result))
    }

    fn unsupported(&self, what: &'static str) -> GlueError {
        GlueError::Unsupported { what, at: self.at.clone(), language: "JavaScript" }
    }

    /// The number of a type's row.
    fn ty(&mut self, ty: Type, side: Side) -> Result<usize, GlueError> {
        let ty = aliased(self.resolve, ty);
        if let Some(&row) = self.done.get(&(ty, side)) {
            return Ok(row);
        }
        let resolve = self.resolve;
        let row = match ty {
            Type::ErrorContext => return Err(self.unsupported("an error context")),
            Type::Id(id) => match &resolve.types[id].kind {
                TypeDefKind::Record(record) => {
                    let fields = record.fields.iter().map(|field| (field.name.as_str(), field.ty));
                    self.fields("WBX_RECORD", &fields.collect::<Vec<_>>(), side)?
                }
                TypeDefKind::Tuple(tuple) => {
                    let fields: Vec<_> = tuple.types.iter().map(|&ty| ("", ty)).collect();
                    self.fields("WBX_TUPLE", &fields, side)?
                }
                TypeDefKind::List(element) => {
                    let element = self.ty(*element, side)?;
                    self.row("WBX_LIST", ty, &format!(".element = &T[{element}]"))
                }
                TypeDefKind::Flags(flags) => {
                    let names = flags.flags.iter().map(|flag| (camel(&flag.name), None));
                    let more = self.cases(names.collect());
                    let tag = abi::flag_bytes(flags.flags.len());
                    self.row("WBX_FLAGS", ty, &format!(".tag = {tag}, {more}"))
                }
                TypeDefKind::Variant(variant) => {
                    let names = variant.cases.iter().map(|case| case.name.as_str());
                    self.variant("WBX_VARIANT", ty, names, side)?
                }
                TypeDefKind::Enum(cases) => {
                    let names = cases.cases.iter().map(|case| case.name.as_str());
                    self.variant("WBX_ENUM", ty, names, side)?
                }
                TypeDefKind::Option(_) => {
                    self.variant("WBX_OPTION", ty, ["none", "some"].into_iter(), side)?
                }
                TypeDefKind::Result(_) => {
                    self.variant("WBX_RESULT", ty, ["ok", "err"].into_iter(), side)?
                }
                TypeDefKind::Handle(Handle::Own(id)) => self.handle("WBX_OWN", ty, *id, side)?,
                TypeDefKind::Handle(Handle::Borrow(id)) => {
                    self.handle("WBX_BORROW", ty, *id, side)?
                }
                kind => return Err(self.unsupported(kind.as_str())),
            },
            scalar => self.row(scalar_kind(scalar), ty, ""),
        };
        self.done.insert((ty, side), row);
        Ok(row)
    }

    fn fields(
        &mut self,
        kind: &str,
        fields: &[(&str, Type)],
        side: Side,
    ) -> Result<usize, GlueError> {
        let types = fields.iter().map(|(_, ty)| *ty);
        let (layout, offsets) = Layout::fields(self.resolve, types);
        let mut text = Vec::new();
        for ((name, ty), offset) in fields.iter().zip(offsets) {
            let ty = self.ty(*ty, side)?;
            text.push(format!("{{ \"{}\", &T[{ty}], {offset} }}", camel(name)));
        }
        let more = self.named(&text);
        Ok(self.insert(kind, layout, &more))
    }

    fn variant<'n>(
        &mut self,
        kind: &str,
        ty: Type,
        names: impl Iterator<Item = &'n str>,
        side: Side,
    ) -> Result<usize, GlueError> {
        let Type::Id(id) = ty else { return Ok(self.row(kind, ty, "")) };
        let payloads = abi::cases(&self.resolve.types[id].kind).unwrap_or_default();
        let (_, offset) = Layout::variant(self.resolve, &payloads);
        let tag = abi::tag_bytes(payloads.len());
        let mut cases = Vec::new();
        for (name, payload) in names.zip(payloads) {
            let payload = payload.map(|ty| self.ty(ty, side)).transpose()?;
            cases.push((name.to_owned(), payload));
        }
        let tagged = kind == "WBX_OPTION" && nullable(self.resolve, ty).is_none();
        let tagged = if tagged { ".tagged = true, " } else { "" };
        let more = self.cases(cases);
        Ok(self.row(kind, ty, &format!(".tag = {tag}, .payload = {offset}, {tagged}{more}")))
    }

    fn handle(
        &mut self,
        kind: &str,
        ty: Type,
        resource: TypeId,
        side: Side,
    ) -> Result<usize, GlueError> {
        let Type::Id(resource) = aliased(self.resolve, Type::Id(resource)) else {
            return Err(self.unsupported("a handle of no resource"));
        };
        let at = self.resource(resource, side);
        let at = at.ok_or_else(|| self.unsupported("a resource from outside of the world"))?;
        Ok(self.row(kind, ty, &format!(".resource = &R[{at}]")))
    }

    /// The resource that a type is on this side: what is exported uses what is imported, too.
    pub(super) fn resource(&self, id: TypeId, side: Side) -> Option<usize> {
        let find = |side| self.resources.iter().position(|r| r.id == id && r.side == side);
        match side {
            Side::Import => find(Side::Import),
            Side::Export => find(Side::Export).or_else(|| find(Side::Import)),
        }
    }

    fn cases(&mut self, cases: Vec<(String, Option<usize>)>) -> String {
        let case = |(name, payload): (String, Option<usize>)| match payload {
            Some(payload) => format!("{{ \"{name}\", &T[{payload}] }}"),
            None => format!("{{ \"{name}\" }}"),
        };
        self.named(&cases.into_iter().map(case).collect::<Vec<_>>())
    }

    fn named(&mut self, fields: &[String]) -> String {
        let (count, text) = (fields.len(), fields.join(", "));
        if count == 0 {
            return ".count = 0".to_owned();
        }
        let at = self.fields.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.fields.push(text);
            self.fields.len() - 1
        });
        format!(".count = {count}, .fields = F{at}")
    }

    fn row(&mut self, kind: &str, ty: Type, more: &str) -> usize {
        self.insert(kind, Layout::new(self.resolve, ty), more)
    }

    fn insert(&mut self, kind: &str, layout: Layout, more: &str) -> usize {
        let Layout { size, align, flat } = layout;
        let comma = if more.is_empty() { "" } else { ", " };
        let row =
            format!("{{ {kind}, .align = {align}, .size = {size}, .flat = {flat}{comma}{more} }}");
        *self.known.entry(row).or_insert_with_key(|row| {
            self.types.push(row.clone());
            self.types.len() - 1
        })
    }
}

fn scalar_kind(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "WBX_BOOL",
        Type::U8 => "WBX_U8",
        Type::U16 => "WBX_U16",
        Type::U32 => "WBX_U32",
        Type::U64 => "WBX_U64",
        Type::S8 => "WBX_S8",
        Type::S16 => "WBX_S16",
        Type::S32 => "WBX_S32",
        Type::S64 => "WBX_S64",
        Type::F32 => "WBX_F32",
        Type::F64 => "WBX_F64",
        Type::Char => "WBX_CHAR",
        Type::String | Type::ErrorContext | Type::Id(_) => "WBX_STRING",
    }
}
