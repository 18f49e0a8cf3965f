//! A core module of WASI preview 1, or one typed by WIT, becomes a component.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_component::ComponentEncoder;

use super::{
    AdaptError,
    adapter::{self, FileSystem},
    artifact::{Import, Kind, PREVIEW1, Scan},
    broker,
    error::{listed, one_line},
    golang,
};

/// Encodes a command or a reactor. `core` is what `scan` looked at.
pub(crate) fn encode(core: &[u8], scan: &Scan, files: FileSystem) -> Result<Vec<u8>, AdaptError> {
    let unknown: Vec<String> = scan
        .imports
        .iter()
        .filter(|import| !known(import, scan.typed))
        .map(Import::full_name)
        .collect();
    if !unknown.is_empty() {
        return Err(AdaptError::UnknownImport { imports: listed(unknown) });
    }
    let adapter = adapter::preview1(scan.kind == Kind::Command, files);
    let brokered = scan.imports.iter().any(|import| broker::provides(&import.module, &import.name));
    let core = &*golang::with_room(core)?;
    // The encoder asserts where it trusts its tools; a guest may be made by any tool.
    let encoded = catch_unwind(AssertUnwindSafe(|| {
        let mut encoder = ComponentEncoder::default().module(core)?.adapter(PREVIEW1, adapter)?;
        if brokered {
            encoder = encoder.adapter(broker::MODULE, broker::adapter())?;
        }
        encoder.encode()
    }));
    match encoded {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(refused(&error.chain().map(ToString::to_string).collect::<Vec<_>>())),
        Err(_) => {
            Err(AdaptError::Encode { message: "its component types contradict it".to_owned() })
        }
    }
}

/// Whether the encoder may see an import: `__main_module__` and `env.memory` mean something to
/// it that only an adapter may say.
fn known(import: &Import, typed: bool) -> bool {
    import.module == PREVIEW1
        || broker::provides(&import.module, &import.name)
        || typed && !import.module.starts_with("__") && import.module != "env"
}

/// What the encoder said, from the outermost context inwards.
fn refused(chain: &[String]) -> AdaptError {
    let named = chain.iter().find_map(|said| {
        said.strip_prefix("failed to resolve import `")
            .and_then(|rest| rest.strip_suffix('`'))
            .or_else(|| said.strip_prefix("adapter module did not export `")?.strip_suffix('`'))
    });
    match named {
        Some(import) => AdaptError::UnknownImport { imports: listed([import.to_owned()]) },
        None => AdaptError::Encode { message: one_line(&chain.join(": ")) },
    }
}
