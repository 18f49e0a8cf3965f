//! How deep types are declared within types. The parsers of the ecosystem recurse here without
//! a bound, and a stack that overflows ends the process, so that this comes before them.

use wasmparser::{BinaryReader, ComponentType, ComponentTypeDeclaration, Result};

/// A component type or an instance type in the binary format: the types that declare others.
const OUTER: std::ops::RangeInclusive<u8> = 0x41..=0x42;
/// A declaration of a type, within one of these.
const DECLARED: u8 = 0x01;

/// The depth of a section of component types: 0 where none declares another. Stops at `limit`
/// and answers one more. Never recurses.
pub(crate) fn of_types(mut section: BinaryReader<'_>, limit: u64) -> Result<u64> {
    let mut deepest = 0;
    // How many declarations are still to be read, of each type that is open.
    let mut open = Vec::new();
    let mut types = section.read_var_u32()?;
    loop {
        let declared = match open.last_mut() {
            Some(0) => {
                open.pop();
                continue;
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None if types == 0 => return Ok(deepest),
            None => {
                types -= 1;
                false
            }
        };
        let mut ahead = section.clone();
        let outer =
            (!declared || ahead.read_u8()? == DECLARED) && OUTER.contains(&ahead.read_u8()?);
        if outer {
            section = ahead;
            open.push(section.read_var_u32()?);
            deepest = deepest.max(open.len() as u64);
            if deepest > limit {
                return Ok(deepest);
            }
        } else if declared {
            section.read::<ComponentTypeDeclaration<'_>>()?;
        } else {
            section.read::<ComponentType<'_>>()?;
        }
    }
}
