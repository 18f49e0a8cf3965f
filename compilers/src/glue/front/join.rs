//! An engine and its front as one component, which any host of the contract runs.

use std::convert::Infallible;

use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentSectionId, ComponentTypeSection,
    RawSection,
    reencode::{Error, Reencode, ReencodeComponent},
};
use wasmparser::{
    BinaryReader, ComponentAlias, ComponentAliasSectionReader, ComponentExportSectionReader,
    ComponentExternalKind, ComponentImportSectionReader, ComponentTypeRef,
    ComponentTypeSectionReader,
};

use super::DOOR;

/// The bytes before the first section.
const HEADER: usize = 8;

/// The component of `engine` with `front` before it: it imports what they do, and exports what the
/// front does.
///
/// # Errors
/// In words: one of them is not as wit-component writes them.
pub(crate) fn join(engine: &[u8], front: &[u8]) -> Result<Vec<u8>, String> {
    try_join(engine, front).map_err(|why| format!("the engine and its front do not fit: {why}"))
}

type Joined<T> = Result<T, Error<Infallible>>;

fn try_join(engine: &[u8], front: &[u8]) -> Joined<Vec<u8>> {
    let mut joined = Component::new();
    let (behind, before) = (Head::of(engine)?, Head::of(front)?);
    for section in &behind.sections {
        joined.section(section);
    }
    for data in [engine, front] {
        joined.section(&RawSection { id: ComponentSectionId::Component.into(), data });
    }
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate(0, behind.imports.iter().copied());
    joined.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    aliases.alias(exported(behind.instances, ComponentExportKind::Instance, DOOR));
    joined.section(&aliases);
    let door = behind.instances + 1;
    let mut moved = Moved { types: behind.types, instances: Vec::new(), next: door + 1, depth: 0 };
    for section in &before.sections {
        moved.section(section, &mut joined, |name| {
            let imported = || behind.imports.iter().find(|(import, ..)| *import == name);
            if name == DOOR { Some(door) } else { imported().map(|(.., at)| *at) }
        })?;
    }
    let mut instances = ComponentInstanceSection::new();
    let passed = before.imports.iter().map(|&(name, kind, at)| match kind {
        ComponentExportKind::Instance => (name, kind, moved.instances[at as usize]),
        _ => (name, kind, behind.types + at),
    });
    instances.instantiate(1, passed);
    joined.section(&instances);
    let front_at = moved.next;
    let mut aliases = ComponentAliasSection::new();
    let mut section = ComponentExportSection::new();
    let (mut functions, mut interfaces) = (0.., front_at + 1..);
    for (name, kind) in exports(front)? {
        // An export is a function or an instance of its own, too.
        let at = match kind {
            ComponentExternalKind::Func => functions.next(),
            _ => interfaces.next(),
        };
        aliases.alias(exported(front_at, kind.into(), name));
        section.export(name, kind.into(), at.unwrap_or_default(), None);
    }
    joined.section(&aliases).section(&section);
    Ok(joined.finish())
}

fn exported(instance: u32, kind: ComponentExportKind, name: &str) -> Alias<'_> {
    Alias::InstanceExport { instance, kind, name }
}

/// What a component that wit-component wrote begins with: all that it imports, with the types.
#[derive(Default)]
struct Head<'a> {
    sections: Vec<RawSection<'a>>,
    /// What is imported, with its index: instances and types.
    imports: Vec<(&'a str, ComponentExportKind, u32)>,
    /// How many types and instances there are, imports and aliases too.
    types: u32,
    instances: u32,
}

impl<'a> Head<'a> {
    fn of(component: &'a [u8]) -> Joined<Self> {
        let mut head = Self::default();
        for section in sections(component) {
            let section = section?;
            let reader = BinaryReader::new(section.data, 0);
            if is(&section, ComponentSectionId::Import) {
                for import in ComponentImportSectionReader::new(reader)? {
                    let import = import?;
                    let kind = import.ty.kind().into();
                    let at = head.count(import.ty.kind());
                    head.imports.push((import.name.name, kind, at));
                }
            } else if is(&section, ComponentSectionId::Alias) {
                for alias in ComponentAliasSectionReader::new(reader)? {
                    if let ComponentAlias::InstanceExport { kind, .. } = alias? {
                        head.count(kind);
                    }
                }
            } else if is(&section, ComponentSectionId::Type) {
                head.types += ComponentTypeSectionReader::new(reader)?.count();
            } else {
                break;
            }
            head.sections.push(section);
        }
        Ok(head)
    }

    /// Counts one more of a kind, and gives its index.
    fn count(&mut self, kind: ComponentExternalKind) -> u32 {
        let counter = match kind {
            ComponentExternalKind::Type => &mut self.types,
            _ => &mut self.instances,
        };
        *counter += 1;
        *counter - 1
    }
}

/// The head of the front on its way behind that of the engine, where indices are others.
struct Moved {
    /// How many types there were before.
    types: u32,
    /// The new index of each instance.
    instances: Vec<u32>,
    /// Of the next instance.
    next: u32,
    /// How many scopes the types are in that are being moved.
    depth: u32,
}

impl Reencode for Moved {
    type Error = Infallible;
}

impl ReencodeComponent for Moved {
    fn component_type_index(&mut self, ty: u32) -> u32 {
        if self.depth == 0 { ty + self.types } else { ty }
    }

    fn outer_component_type_index(&mut self, count: u32, ty: u32) -> u32 {
        if self.depth == count { ty + self.types } else { ty }
    }

    fn component_instance_index(&mut self, instance: u32) -> u32 {
        let moved = self.instances.get(instance as usize).filter(|_| self.depth == 0);
        moved.copied().unwrap_or(instance)
    }

    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }
}

impl Moved {
    /// Appends a section. An import that is `known` is no import any more.
    fn section(
        &mut self,
        section: &RawSection<'_>,
        joined: &mut Component,
        known: impl Fn(&str) -> Option<u32>,
    ) -> Joined<()> {
        let reader = BinaryReader::new(section.data, 0);
        if is(section, ComponentSectionId::Type) {
            let mut types = ComponentTypeSection::new();
            self.parse_component_type_section(
                &mut types,
                ComponentTypeSectionReader::new(reader)?,
            )?;
            joined.section(&types);
        } else if is(section, ComponentSectionId::Alias) {
            let mut aliases = ComponentAliasSection::new();
            let reader = ComponentAliasSectionReader::new(reader)?;
            self.parse_component_alias_section(&mut aliases, reader)?;
            joined.section(&aliases);
        } else {
            let mut imports = ComponentImportSection::new();
            for import in ComponentImportSectionReader::new(reader)? {
                let import = import?;
                let instance = matches!(import.ty, ComponentTypeRef::Instance(_));
                if let Some(at) = known(import.name.name).filter(|_| instance) {
                    self.instances.push(at);
                    continue;
                }
                imports.import(import.name, self.component_type_ref(import.ty)?);
                if instance {
                    self.instances.push(self.next);
                    self.next += 1;
                }
            }
            joined.section(&imports);
        }
        Ok(())
    }
}

fn is(section: &RawSection<'_>, id: ComponentSectionId) -> bool {
    section.id == u8::from(id)
}

fn exports(component: &[u8]) -> Joined<Vec<(&str, ComponentExternalKind)>> {
    let mut found = Vec::new();
    for section in sections(component) {
        let section = section?;
        if is(&section, ComponentSectionId::Export) {
            for export in ComponentExportSectionReader::new(BinaryReader::new(section.data, 0))? {
                let export = export?;
                found.push((export.name.name, export.kind));
            }
        }
    }
    Ok(found)
}

fn sections(component: &[u8]) -> impl Iterator<Item = wasmparser::Result<RawSection<'_>>> {
    let mut reader = BinaryReader::new(component.get(HEADER..).unwrap_or_default(), HEADER);
    let mut section = move || {
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()?;
        Ok((RawSection { id, data: reader.read_bytes(size as usize)? }, reader.eof()))
    };
    let mut over = component.len() <= HEADER;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        let next = section();
        over = next.as_ref().map_or(true, |(_, last)| *last);
        Some(next.map(|(section, _)| section))
    })
}
