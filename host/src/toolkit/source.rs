//! Where a toolkit's source or artifact comes from (`#+BUILD_SRC`).

use std::{fmt, str::FromStr};

use semver::Version;

use super::{error::Invalid, path::RelativePath, text::quoted, vocabulary::did_you_mean};

/// What a toolkit is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildSrc {
    /// A folder of the toolkit.
    Path(RelativePath),
    /// A WebAssembly file of the toolkit, which needs no build.
    Wasm(RelativePath),
    /// A package of crates.io, of which only the files are used.
    Crate {
        /// Its name.
        name: String,
        /// Its exact version.
        version: Version,
    },
    /// A package of npm, of which only the files are used.
    Npm {
        /// Its name, with its scope if it has one.
        name: String,
        /// Its exact version.
        version: Version,
    },
}

/// Prefixes of the original system that have no meaning here, and what to write instead.
const GONE: &[(&str, &str)] = &[
    ("git+", "clone it into the toolkit's folder and write `path:FOLDER`"),
    ("archive:", "unpack it into the toolkit's folder and write `path:FOLDER`"),
    ("gobuild:", "put the source into the toolkit's folder and write `path:FOLDER`"),
    ("zigbuild:", "put the source into the toolkit's folder and write `path:FOLDER`"),
    (
        "script:",
        "no script runs in a build: write `path:FOLDER` and name the files in `#+BUILD_FILES`",
    ),
    ("bin:", "no native program runs: build it to WebAssembly and write `wasm:FILE`"),
];

const PREFIXES: [&str; 4] = ["path:", "wasm:", "crate:", "npm:"];

impl BuildSrc {
    /// Whether `#+SHA256` must pin it: it is an artifact, or its bytes come from elsewhere.
    pub fn needs_digest(&self) -> bool {
        !matches!(self, Self::Path(_))
    }
}

impl FromStr for BuildSrc {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some((prefix, help)) = GONE.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            let reason = format!("cannot be built: `{prefix}` is not supported");
            return Err(Invalid::new(text, reason, *help));
        }
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "path" => rest.parse().map(Self::Path),
            "wasm" => match rest.parse()? {
                path if rest != "." => Ok(Self::Wasm(path)),
                _ => Err(Invalid::new(text, "names a folder", "name a file: `wasm:tool.wasm`")),
            },
            "crate" => {
                let (name, version) = package(rest, is_crate_name, "crate:lua-src@551.1.0")?;
                Ok(Self::Crate { name, version })
            }
            "npm" => {
                let (name, version) = package(rest, is_npm_name, "npm:@scope/name@1.2.3")?;
                Ok(Self::Npm { name, version })
            }
            _ => {
                let help = did_you_mean(&format!("{kind}:"), PREFIXES.into_iter());
                Err(Invalid::quoting(quoted(text), "is not a source", help))
            }
        }
    }
}

fn package(
    text: &str,
    is_name: fn(&str) -> bool,
    example: &str,
) -> Result<(String, Version), Invalid> {
    let invalid = |reason| {
        let help = format!("write a package and its exact version, as in `{example}`");
        Invalid::new(text, reason, help)
    };
    let (name, version) = text.rsplit_once('@').ok_or_else(|| invalid("names no version"))?;
    if !is_name(name) {
        return Err(invalid("is not the name of a package"));
    }
    let version = Version::parse(version).map_err(|_| invalid("has no exact version"))?;
    Ok((name.to_owned(), version))
}

/// As crates.io has them: ASCII letters, digits, `-` and `_`, a letter first, at most 64.
fn is_crate_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// As npm has them today: lower case, digits, `-`, `_`, `.`, with an optional scope, at most 214.
fn is_npm_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')
            })
    };
    let parts = match name.strip_prefix('@') {
        None => part(name),
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, name)| part(scope) && part(name))
        }
    };
    name.len() <= 214 && parts
}

impl fmt::Display for BuildSrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "path:{path}"),
            Self::Wasm(path) => write!(f, "wasm:{path}"),
            Self::Crate { name, version } => write!(f, "crate:{name}@{version}"),
            Self::Npm { name, version } => write!(f, "npm:{name}@{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_the_original_says_what_to_write_instead() {
        for (prefix, _) in GONE {
            let error = format!("{prefix}https://example.org/x").parse::<BuildSrc>().unwrap_err();
            assert!(error.reason.contains("is not supported"), "{error}");
            assert!(error.help.contains("path:") || error.help.contains("wasm:"), "{}", error.help);
        }
    }

    #[test]
    fn what_is_not_a_source_is_refused() {
        for text in [
            "",
            "src",
            "path:",
            "path:/etc",
            "path:../x",
            "wasm:",
            "wasm:.",
            "wasm:../x.wasm",
            "Path:src",
            "crate:",
            "crate:lua-src",
            "crate:lua-src@",
            "crate:lua-src@1",
            "crate:lua-src@^1.0.0",
            "crate:lua-src@latest",
            "crate:../x@1.0.0",
            "crate:@1.0.0",
            "crate:-x@1.0.0",
            "crate:a b@1.0.0",
            "crate:x@1.0.0 ",
            "npm:x",
            "npm:X@1.0.0",
            "npm:@x@1.0.0",
            "npm:@/x@1.0.0",
            "npm:@a/b/c@1.0.0",
            "npm:../x@1.0.0",
            "npm:.x@1.0.0",
            "npm:https://x@1.0.0",
            "npm:file:x@1.0.0",
            "npm:--flag@1.0.0",
            "https://example.org/x.tgz",
        ] {
            assert!(text.parse::<BuildSrc>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_source_is_read_back() {
        for text in [
            "path:.",
            "path:src",
            "wasm:dist/tool.wasm",
            "crate:lua-src@551.1.0",
            "npm:@yowasp/clang@22.0.0-git20542-10",
            "npm:left-pad@1.3.0",
        ] {
            assert_eq!(text.parse::<BuildSrc>().unwrap().to_string(), text);
        }
        assert!(!"path:src".parse::<BuildSrc>().unwrap().needs_digest());
        assert!("npm:left-pad@1.3.0".parse::<BuildSrc>().unwrap().needs_digest());
    }
}
