//! Every keyword a manifest may have: one row each. Parsing, nearest matches and the documents
//! come from this table. The rows are those of the original system, and ours after them.

/// One keyword.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    /// Its name, in upper case, without `#+`.
    pub name: &'static str,
    /// What its value looks like.
    pub form: &'static str,
    /// What it says.
    pub about: &'static str,
    /// Whether it may stand on more than one line.
    pub repeatable: bool,
    /// The property of the `:toolkit:` headline's drawer that must equal it.
    pub property: Option<&'static str>,
    /// Whether this host only keeps it, as text (`Manifest::text`).
    pub kept: bool,
}

/// A keyword that the host reads.
const fn read(name: &'static str, form: &'static str, about: &'static str) -> Keyword {
    Keyword { name, form, about, repeatable: false, property: None, kept: false }
}

/// One that may stand on several lines.
const fn lines(name: &'static str, form: &'static str, about: &'static str) -> Keyword {
    Keyword { repeatable: true, ..read(name, form, about) }
}

/// One that is kept as text.
const fn kept(name: &'static str, form: &'static str, about: &'static str) -> Keyword {
    Keyword { kept: true, ..read(name, form, about) }
}

impl Keyword {
    const fn with_property(self, property: &'static str) -> Self {
        Self { property: Some(property), ..self }
    }
}

/// All keywords.
pub const KEYWORDS: &[Keyword] = &[
    read("TOOLKIT", "slug", "its id; the name of its folder").with_property("ID"),
    read("TITLE", "text", "its name for people"),
    read("VERSION", "semantic version", "the toolkit's own version"),
    read("STATUS", "stable, beta, experimental, deprecated or imported", "how finished it is")
        .with_property("STATUS"),
    read("TAGLINE", "one sentence", "what it does, for lists"),
    read(
        "EXEC",
        "command, component, kernel, task, federation or posix",
        "its shape; command if absent",
    ),
    read(
        "TRUST",
        "first-party or third-party",
        "where it says it comes from; first-party if absent",
    ),
    read("CAPS", "words", "the capabilities it asks for"),
    lines(
        "NET",
        "hosts",
        "where it may connect: `host`, `host:port`, `*.domain`; port 443 if none",
    ),
    lines("ENV", "NAME=value", "a constant of the guest's environment"),
    lines("ENV_KEYS", "names", "the secrets it uses; never passed to the guest"),
    read("ENV_NOTE", "text", "how to get those secrets"),
    read("BUILD_LANG", "c, c++, rust, zig, go, js, ts or py", "the language of its source"),
    read("BUILD_SRC", "path: wasm: crate: npm:", "where its source or artifact comes from"),
    read(
        "SHA256",
        "64 hexadecimal digits",
        "digest of what BUILD_SRC names; required but for path:",
    ),
    lines("BUILD_FILES", "paths with `*`", "the files to compile, within the source"),
    lines("BUILD_INCLUDE", "paths", "folders of headers, within the source"),
    lines("BUILD_FLAGS", "flags", "compiler flags, of a fixed list"),
    read("BUILD_LIMITS", "memory=SIZE time=TIME output=SIZE", "limits of each step of the build"),
    read(
        "WIT",
        "world",
        "what a component exports: a world of its wit/, handler-http or handler-tcp",
    ),
    read("ENTRY", "export", "the export that is called; run or process if absent"),
    read("IN_OFF", "bytes", "where a kernel's input arena begins"),
    read("OUT_OFF", "bytes", "where a kernel's output arena begins"),
    read("ARG_MODE", "argv or stdin1", "how a command gets its arguments"),
    read("CLI_BIN", "name", "the command name it registers under").with_property("CLI_BIN"),
    read("CLI_VERSION_RANGE", "range of versions", "the upstream versions its skills are about"),
    read("PREOPEN", "folder::guest", "a folder of the toolkit that its guest sees"),
    lines("REQUIRES", "text", "other commands it needs, with versions"),
    read("AUTHOR_DID", "did:", "who signed it"),
    read("SIGNATURE", "base64", "their Ed25519 signature"),
    kept("KIND", "word", "the original's older classification"),
    kept("WASM_PATH", "path", "where the artifact is inside an archive"),
    kept("FLOW", "text", "the usual order of its commands"),
    kept("CAPABILITY", "name", "the indirect capability it stands for"),
    kept("IMPL", "name", "what implements it"),
    kept("SKILL_DIR", "path", "where its skills are; skills/ if absent").with_property("SKILL_DIR"),
    kept("SOURCES", "paths", "what its skills were written from"),
    kept("IMPORTED_FROM", "kind and path", "what an import made it from"),
    kept("SLOT", "data-source", "plugin: the slot it fills"),
    kept("ENTITIES", "names", "plugin: what it lists"),
    kept("AUTH", "pat", "plugin: how it signs in"),
    kept("CAPABILITIES", "read", "plugin: what it may do there"),
    kept("SCOPE", "tenant", "plugin: whose data it is"),
    kept("URL", "address", "plugin: where the data is"),
    kept("ROWS_PATH", "path", "plugin: where the rows are in an answer"),
    kept("COMPILER", "name", "compiler: its name"),
    kept("BUILD", "text", "compiler: how it is built"),
    kept("LIB_ROOT", "path", "compiler: its libraries"),
    kept("ZIG_LIB", "path", "compiler: Zig's library"),
    kept("TARGET", "name", "compiler: its target"),
    kept("SYSROOT", "path", "compiler: its headers and libraries"),
    kept("SOURCE", "address", "compiler: where it comes from"),
];

/// Keywords of Org itself that mean nothing to us and are not worth a warning.
/// From the Org manual, "In-buffer Settings" and "Export Settings".
const ORG: &[&str] = &[
    "ARCHIVE",
    "AUTHOR",
    "BIND",
    "CAPTION",
    "CATEGORY",
    "COLUMNS",
    "CREATOR",
    "DATE",
    "DESCRIPTION",
    "EMAIL",
    "EXPORT_FILE_NAME",
    "FILETAGS",
    "HEADER",
    "HTML_HEAD",
    "KEYWORDS",
    "LANGUAGE",
    "LINK",
    "MACRO",
    "NAME",
    "OPTIONS",
    "PRIORITIES",
    "PROPERTY",
    "RESULTS",
    "SELECT_TAGS",
    "STARTUP",
    "SUBTITLE",
    "TAGS",
    "TODO",
];

/// The row of this keyword, whatever its case.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.name.eq_ignore_ascii_case(name))
}

/// Whether Org knows it, so that it needs no warning.
pub(super) fn is_of_org(name: &str) -> bool {
    ORG.iter().any(|k| k.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_keyword_has_one_row_in_upper_case() {
        let names: BTreeSet<_> = KEYWORDS.iter().map(|k| k.name).collect();
        assert_eq!(names.len(), KEYWORDS.len());
        for row in KEYWORDS {
            assert_eq!(row.name, row.name.to_ascii_uppercase());
            assert!(!row.form.is_empty() && !row.about.is_empty(), "{}", row.name);
            assert!(!is_of_org(row.name), "{}", row.name);
            assert!(!(row.repeatable && row.property.is_some()), "{}", row.name);
        }
    }

    #[test]
    fn every_keyword_of_the_original_has_a_row() {
        let original = "TITLE TOOLKIT VERSION STATUS TAGLINE EXEC TRUST CAPS BUILD_LANG BUILD_SRC CLI_BIN \
            CLI_VERSION_RANGE ARG_MODE WIT ENTRY SHA256 WASM_PATH PREOPEN REQUIRES AUTHOR_DID SIGNATURE KIND \
            ENV_KEYS ENV_NOTE FLOW CAPABILITY IMPL SKILL_DIR SOURCES IMPORTED_FROM SLOT ENTITIES AUTH \
            CAPABILITIES SCOPE URL ROWS_PATH COMPILER BUILD LIB_ROOT ZIG_LIB TARGET SYSROOT SOURCE";
        for name in original.split_whitespace() {
            assert!(find(name).is_some(), "{name}");
            assert!(find(&name.to_lowercase()).is_some(), "{name}");
        }
    }
}
