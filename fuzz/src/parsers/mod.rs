//! The targets: what each reads, and what it starts from. A body fails by panicking: it parses, holds
//! an error to what every error keeps, and what was accepted to reading back as it was written.

mod archive;
mod guest;
mod identity;
mod registry;
mod text;

use miette::Diagnostic;

/// Something that reads bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Its name: that of a file in `fuzz_targets/` too.
    pub(crate) name: &'static str,
    /// What it accepts, to begin with.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Reads, and says whether that was accepted.
    pub(crate) read: fn(&[u8]) -> bool,
}

const fn target(
    name: &'static str,
    seeds: fn() -> Vec<Vec<u8>>,
    read: fn(&[u8]) -> bool,
) -> Target {
    Target { name, seeds, read }
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    target("manifest", text::manifests, text::manifest),
    target("policy", text::policies, text::policy),
    target("workspace", text::workspaces, text::workspace),
    target("skill", text::skills, text::skill),
    target("words", text::words, text::word),
    target("tar", archive::tars, archive::tar),
    target("tar_gz", archive::tar_gzs, archive::tar_gz),
    target("zip", archive::zips, archive::zip),
    target("bundle", archive::bundles, archive::bundle),
    target("envelope", identity::envelopes, identity::envelope),
    target("statement", identity::statements, identity::statement),
    target("key_statements", identity::key_statements, identity::key_statement),
    target("did", identity::dids, identity::did),
    target("did_web", identity::did_webs, identity::did_web),
    target("trust_store", identity::trust_stores, identity::trust_store),
    target("page", identity::pages, identity::page),
    target("page_block", identity::blocks, identity::block),
    target("lock", registry::locks, registry::lock),
    target("index", registry::indexes, registry::index),
    target("oci_manifest", registry::manifests, registry::manifest),
    target("wire", guest::messages, guest::message),
    target("wasm", guest::artifacts, guest::artifact),
    target("wave", guest::calls, guest::call),
];

/// Whether it was accepted; what was refused is held to what every error keeps.
fn accepted<T, E: Diagnostic>(read: Result<T, E>) -> Option<T> {
    read.map_err(|error| refused(&error)).ok()
}

/// Holds an error to what every error keeps: a code, a help, and no text that a terminal obeys.
fn refused(error: &dyn Diagnostic) {
    let help = error.help().map(|help| help.to_string()).unwrap_or_default();
    for text in [error.to_string(), help] {
        let hazard = |c: &char| {
            let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}');
            let isolates = ('\u{2066}'..='\u{2069}').contains(c);
            c.is_control() && !matches!(c, '\n' | '\t') || turns || isolates
        };
        assert_eq!(text.chars().find(hazard), None, "a terminal would obey {text:?}");
        assert!(text.len() < 64 << 10, "an error says {} bytes", text.len());
    }
    assert!(error.code().is_some() || error.related().is_some(), "{error} has no code");
    error.related().into_iter().flatten().for_each(refused);
    error.diagnostic_source().into_iter().for_each(refused);
}
