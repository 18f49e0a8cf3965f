//! The layout of types by the canonical ABI, for memories of 32 bits.

use wit_parser::{Resolve, Type, TypeDefKind};

use super::names::aliased;

/// How much place a type takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes in memory.
    pub(super) size: u32,
    pub(super) align: u32,
    /// Core values as a parameter.
    pub(super) flat: u32,
}

impl Layout {
    const fn of(size: u32, align: u32, flat: u32) -> Self {
        Self { size, align, flat }
    }

    pub(super) fn new(resolve: &Resolve, ty: Type) -> Self {
        let id = match aliased(resolve, ty) {
            Type::Id(id) => id,
            Type::Bool | Type::U8 | Type::S8 => return Self::of(1, 1, 1),
            Type::U16 | Type::S16 => return Self::of(2, 2, 1),
            Type::U64 | Type::S64 | Type::F64 => return Self::of(8, 8, 1),
            Type::String => return Self::of(8, 4, 2),
            _ => return Self::of(4, 4, 1),
        };
        match &resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                Self::fields(resolve, record.fields.iter().map(|field| field.ty)).0
            }
            TypeDefKind::Tuple(tuple) => Self::fields(resolve, tuple.types.iter().copied()).0,
            TypeDefKind::List(_) => Self::of(8, 4, 2),
            TypeDefKind::Flags(flags) => {
                let tag = flag_bytes(flags.flags.len());
                Self::of(tag, tag.clamp(1, 4), tag.div_ceil(4))
            }
            kind => match cases(kind) {
                Some(cases) => Self::variant(resolve, &cases).0,
                None => Self::of(4, 4, 1),
            },
        }
    }

    /// Fields one after the other, and where each stands.
    pub(super) fn fields(resolve: &Resolve, types: impl Iterator<Item = Type>) -> (Self, Vec<u32>) {
        let mut all = Self::of(0, 1, 0);
        let offsets = types.map(|ty| {
            let field = Self::new(resolve, ty);
            let offset = all.size.next_multiple_of(field.align);
            all.size = offset + field.size;
            all.align = all.align.max(field.align);
            all.flat += field.flat;
            offset
        });
        let offsets = offsets.collect();
        all.size = all.size.next_multiple_of(all.align);
        (all, offsets)
    }

    /// A discriminant and one of several payloads; where the payload stands.
    pub(super) fn variant(resolve: &Resolve, cases: &[Option<Type>]) -> (Self, u32) {
        let tag = tag_bytes(cases.len());
        let mut payload = Self::of(0, 1, 0);
        for case in cases.iter().flatten() {
            let case = Self::new(resolve, *case);
            payload.size = payload.size.max(case.size);
            payload.align = payload.align.max(case.align);
            payload.flat = payload.flat.max(case.flat);
        }
        let (align, offset) = (payload.align.max(tag), tag.next_multiple_of(payload.align));
        (Self::of((offset + payload.size).next_multiple_of(align), align, payload.flat + 1), offset)
    }
}

/// The payloads of whatever is a variant: enums, options and results too.
pub(super) fn cases(kind: &TypeDefKind) -> Option<Vec<Option<Type>>> {
    match kind {
        TypeDefKind::Variant(variant) => Some(variant.cases.iter().map(|case| case.ty).collect()),
        TypeDefKind::Enum(cases) => Some(vec![None; cases.cases.len()]),
        TypeDefKind::Option(payload) => Some(vec![None, Some(*payload)]),
        TypeDefKind::Result(result) => Some(vec![result.ok, result.err]),
        _ => None,
    }
}

/// Bytes of a discriminant.
pub(super) fn tag_bytes(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Bytes of that many flags.
pub(super) fn flag_bytes(flags: usize) -> u32 {
    match u32::try_from(flags).unwrap_or(u32::MAX) {
        0 => 0,
        1..=8 => 1,
        9..=16 => 2,
        more => more.div_ceil(32) * 4,
    }
}
