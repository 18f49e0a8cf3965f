//! A world as one self-contained WIT text, with all that it reaches and nothing else.

use std::collections::HashSet;

use wit_component::{OutputToString, WitPrinter};
use wit_parser::{Resolve, WorldId, WorldItem};

use super::CheckError;

/// The WIT text of `world`: its package, and the parts of other packages that it reaches, nested.
///
/// # Errors
///
/// [`CheckError::NotWit`] if the world is in no package.
pub fn print_world(resolve: &Resolve, world: WorldId) -> Result<String, CheckError> {
    let not_wit = |why: String| CheckError::NotWit { why };
    let package = resolve.worlds[world]
        .package
        .ok_or_else(|| not_wit("the world is in no package".into()))?;
    let reached: HashSet<_> = {
        let world = &resolve.worlds[world];
        let interface = |item: &WorldItem| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            _ => None,
        };
        world.imports.values().chain(world.exports.values()).filter_map(interface).collect()
    };
    let mut subset = resolve.clone();
    let order = subset.topological_packages();
    for (_, package) in &mut subset.packages {
        package.interfaces.retain(|_, id| reached.contains(id));
        package.worlds.retain(|_, id| *id == world);
    }
    let used =
        |id: &wit_parser::PackageId| *id != package && !subset.packages[*id].interfaces.is_empty();
    let nested: Vec<_> = order.into_iter().filter(used).collect();
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.print(&subset, package, &nested).map_err(|why| not_wit(format!("{why:#}")))?;
    Ok(printer.output.to_string())
}
