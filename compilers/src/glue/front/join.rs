//! An engine and its front as one component, which any host of the contract runs.

use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentInstanceSection, ComponentSectionId, RawSection,
};
use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentAlias, ComponentAliasSectionReader,
    ComponentExportSectionReader, ComponentExternalKind, ComponentImportSectionReader,
    ComponentTypeRef,
};

use super::DOOR;

/// The bytes before the first section.
const HEADER: usize = 8;

/// The component of `engine` with `front` before it: it imports what the engine does, and exports
/// what the front does.
///
/// # Errors
/// In words: the front imports what the engine neither exports nor imports, or one of them is not
/// as wit-component writes them.
pub(crate) fn join(engine: &[u8], front: &[u8]) -> Result<Vec<u8>, String> {
    let unread = |why: BinaryReaderError| format!("it cannot be read: {why}");
    let head = Head::of(engine).map_err(unread)?;
    let (imports, exports) = (imports(front).map_err(unread)?, exports(front).map_err(unread)?);
    let mut joined = Component::new();
    for section in &head.sections {
        joined.section(section);
    }
    for data in [engine, front] {
        joined.section(&RawSection { id: ComponentSectionId::Component.into(), data });
    }
    let (engine, door, front) = (head.instances, head.instances + 1, head.instances + 2);
    let mut instances = ComponentInstanceSection::new();
    let passed = head.imports.iter().map(|(name, at)| (*name, ComponentExportKind::Instance, *at));
    instances.instantiate(0, passed);
    joined.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    aliases.alias(exported(engine, ComponentExportKind::Instance, DOOR));
    joined.section(&aliases);
    let mut passed = vec![(DOOR, ComponentExportKind::Instance, door)];
    for name in imports.into_iter().filter(|name| *name != DOOR) {
        let found = head.imports.iter().find(|(import, _)| *import == name);
        let (_, at) = found.ok_or_else(|| format!("the engine does not import `{name}`"))?;
        passed.push((name, ComponentExportKind::Instance, *at));
    }
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate(1, passed);
    joined.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    let mut section = ComponentExportSection::new();
    let (mut functions, mut interfaces) = (0.., front + 1..);
    for (name, kind) in exports {
        let (kind, at) = match kind {
            ComponentExternalKind::Func => (ComponentExportKind::Func, functions.next()),
            ComponentExternalKind::Instance => (ComponentExportKind::Instance, interfaces.next()),
            _ => return Err(format!("`{name}` is neither an interface nor a function")),
        };
        aliases.alias(exported(front, kind, name));
        // An export is an instance or a function of its own, too.
        section.export(name, kind, at.unwrap_or_default(), None);
    }
    joined.section(&aliases).section(&section);
    Ok(joined.finish())
}

fn exported(instance: u32, kind: ComponentExportKind, name: &str) -> Alias<'_> {
    Alias::InstanceExport { instance, kind, name }
}

/// What a component that wit-component wrote begins with: all that it imports, with the types.
struct Head<'a> {
    sections: Vec<RawSection<'a>>,
    /// The imported instances, with their indices.
    imports: Vec<(&'a str, u32)>,
    /// How many instances there are, aliases too.
    instances: u32,
}

impl<'a> Head<'a> {
    fn of(component: &'a [u8]) -> wasmparser::Result<Self> {
        let mut head = Self { sections: Vec::new(), imports: Vec::new(), instances: 0 };
        for section in sections(component) {
            let section = section?;
            let reader = BinaryReader::new(section.data, 0);
            if is(&section, ComponentSectionId::Import) {
                for import in ComponentImportSectionReader::new(reader)? {
                    let import = import?;
                    if let ComponentTypeRef::Instance(_) = import.ty {
                        head.imports.push((import.name.name, head.instances));
                        head.instances += 1;
                    }
                }
            } else if is(&section, ComponentSectionId::Alias) {
                for alias in ComponentAliasSectionReader::new(reader)? {
                    let kind = ComponentExternalKind::Instance;
                    if matches!(alias?, ComponentAlias::InstanceExport { kind: of, .. } if of == kind)
                    {
                        head.instances += 1;
                    }
                }
            } else if !is(&section, ComponentSectionId::Type) {
                break;
            }
            head.sections.push(section);
        }
        Ok(head)
    }
}

fn is(section: &RawSection<'_>, id: ComponentSectionId) -> bool {
    section.id == u8::from(id)
}

fn imports(component: &[u8]) -> wasmparser::Result<Vec<&str>> {
    let mut names = Vec::new();
    for section in sections(component) {
        let section = section?;
        if is(&section, ComponentSectionId::Import) {
            for import in ComponentImportSectionReader::new(BinaryReader::new(section.data, 0))? {
                names.push(import?.name.name);
            }
        }
    }
    Ok(names)
}

fn exports(component: &[u8]) -> wasmparser::Result<Vec<(&str, ComponentExternalKind)>> {
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
