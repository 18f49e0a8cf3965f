//! How single values of a manifest are written: names, numbers, digests, versions.

use semver::{Version, VersionReq};

use super::error::Invalid;

/// A toolkit's id.
pub(crate) fn slug(text: &str) -> Result<String, Invalid> {
    let good = (1..=64).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let help = "use lower case letters, digits and `-`, at most 64, not `-` first: `my-tool`";
    keep(text, good, "is not a slug", help)
}

pub(super) fn version(text: &str) -> Result<Version, Invalid> {
    let help = "write a semantic version: `1.2.3`, `0.1.0-rc.1`";
    Version::parse(text)
        .map_err(|error| Invalid::new(text, format!("is not a version: {error}"), help))
}

pub(super) fn version_range(text: &str) -> Result<VersionReq, Invalid> {
    let help = "write a range of versions: `>=6.0`, `>=1.2, <2`";
    VersionReq::parse(text)
        .map_err(|error| Invalid::new(text, format!("is not a range of versions: {error}"), help))
}

/// A SHA-256 in hexadecimal; in lower case when it comes back.
pub(super) fn digest(text: &str) -> Result<String, Invalid> {
    let good = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    keep(text, good, "is not a SHA-256", "write 64 hexadecimal digits, as `sha256sum` prints them")
        .map(|text| text.to_ascii_lowercase())
}

/// A 32 bit number, decimal or hexadecimal.
pub(super) fn number(text: &str) -> Result<u32, Invalid> {
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
    let good = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix).ok().filter(|_| good).ok_or_else(|| {
        let help = "write a whole number of bytes below 4294967296: `65536`, `0x10000`";
        Invalid::new(text, "is not an offset", help)
    })
}

/// The name of a variable of the environment.
pub(crate) fn variable(text: &str) -> Result<String, Invalid> {
    let good = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let help = "use letters, digits and `_`, not a digit first: `API_BASE`";
    keep(text, good, "is not the name of a variable", help)
}

/// A world: `name`, or `namespace:package/name` with an optional version.
pub(super) fn world(text: &str) -> Result<String, Invalid> {
    let kebab = |name: &str| {
        name.split('-').all(|word| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    };
    let (path, version) = text.split_once('@').map_or((text, None), |(path, v)| (path, Some(v)));
    let version = version.is_none_or(|v| path.contains('/') && Version::parse(v).is_ok());
    let (package, name) = path.split_once('/').map_or((None, path), |(p, name)| (Some(p), name));
    let package =
        package.is_none_or(|p| p.split_once(':').is_some_and(|(a, b)| kebab(a) && kebab(b)));
    let help = "write `name`, `namespace:package/name` or `namespace:package/name@1.2.3`";
    keep(text, version && package && kebab(name), "is not the name of a world", help)
}

/// An export: what can be the name of a function of a core module or of an interface.
pub(super) fn export(text: &str) -> Result<String, Invalid> {
    let good = text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    keep(text, good, "is not the name of an export", "write one word, such as `process`")
}

/// The name of a command.
pub(crate) fn command_name(text: &str) -> Result<String, Invalid> {
    let good = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'));
    keep(text, good, "is not the name of a command", "use letters, digits, `-`, `_`, `.` and `+`")
}

/// A decentralised identifier, of which only the form is checked (W3C DID Core, section 3.1).
pub(crate) fn did(text: &str) -> Result<String, Invalid> {
    let mut parts = text.splitn(3, ':');
    let scheme = parts.next() == Some("did");
    let method = parts.next().is_some_and(|m| {
        !m.is_empty() && m.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    let id = parts.next().is_some_and(|id| {
        let of_id =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'%' | b':');
        !id.is_empty() && id.bytes().all(of_id)
    });
    keep(
        text,
        scheme && method && id,
        "is not a DID",
        "write `did:key:z6Mk…` or `did:web:example.org`",
    )
}

/// 64 bytes in base64.
pub(super) fn signature(text: &str) -> Result<String, Invalid> {
    let body = text.strip_suffix("==").unwrap_or(text);
    let good = body.len() == 86
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    keep(text, good, "is not an Ed25519 signature", "it is 64 bytes in base64: 88 characters")
}

fn keep(text: &str, good: bool, reason: &str, help: &str) -> Result<String, Invalid> {
    if good { Ok(text.to_owned()) } else { Err(Invalid::new(text, reason, help)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_slug_is_refused() {
        for text in ["", "-a", "A", "a b", "a/b", "..", "a_b", "ä", &"a".repeat(65)] {
            assert!(slug(text).is_err(), "{text}");
        }
        for text in ["a", "0", "my-tool", "a-", &"a".repeat(64)] {
            assert!(slug(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_offset_is_refused() {
        for text in ["", "-1", "+1", "0x", "0x+1", "4294967296", "0x100000000", "1k", "ff", "1 2"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert_eq!(number("0x10000").unwrap(), 65536);
        assert_eq!(number("4294967295").unwrap(), u32::MAX);
    }

    #[test]
    fn what_is_not_a_digest_a_signature_or_a_did_is_refused() {
        assert!(digest(&"a".repeat(63)).is_err());
        assert!(digest(&"g".repeat(64)).is_err());
        assert_eq!(digest(&"A".repeat(64)).unwrap(), "a".repeat(64));
        assert!(signature("abc").is_err());
        assert!(signature(&"!".repeat(86)).is_err());
        assert!(signature(&format!("{}==", "A".repeat(86))).is_ok());
        for text in ["", "did:", "did:key", "did:key:", "key:x", "did:KEY:x", "did:web:a/b"] {
            assert!(did(text).is_err(), "{text}");
        }
        assert!(did("did:key:z6MkhaXg").is_ok());
    }

    #[test]
    fn what_is_not_a_world_is_refused() {
        for text in ["", "-", "a b", "a@1.0.0", "a/b", ":a/b", "a:b/c@1", "a:b/c/d", "a--b", "../x"]
        {
            assert!(world(text).is_err(), "{text}");
        }
        for text in ["notes", "my-notes", "local:notes/world1", "workbooks:engine/engine@0.1.0-dev"]
        {
            assert!(world(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        assert!(variable("1A").is_err() && variable("A-B").is_err() && variable("").is_err());
        assert!(command_name("-x").is_err() && command_name("a/b").is_err());
        assert!(command_name("g++").is_ok());
        assert!(export("a b").is_err() && export("é").is_err());
        assert!(version("1").is_err() && version_range("new").is_err());
    }
}
