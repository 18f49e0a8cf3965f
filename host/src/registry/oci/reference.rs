//! How people name what an OCI registry has: `HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`, as the
//! *OCI Distribution Specification* 1.1 bounds it. There is no default host.

use std::{fmt, str::FromStr};

use crate::provenance::Digest;
use crate::registry::image::prefixed;
use crate::toolkit::{Destination, DestinationHost, Invalid};

/// Bytes of a repository, and of a tag.
const REPOSITORY: usize = 255;
const TAG: usize = 128;

/// A repository of a registry, and which of its artifacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The registry.
    pub host: Destination,
    /// What it calls the repository.
    pub repository: String,
    /// The artifact, by its name; nothing if the reference is to the repository.
    pub tag: Option<String>,
    /// The artifact, by its digest, which the tag then only explains.
    pub digest: Option<Digest>,
}

impl FromStr for Reference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let help = "write `oci://HOST[:PORT]/REPOSITORY[:TAG]`, in lower case, such as \
                    `oci://registry.example.org/tools/hello:1.2.3`";
        let invalid = |reason: &str| Invalid::new(text, reason.to_owned(), help);
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        let (rest, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((rest, digest)) => {
                let digest = prefixed::read(digest);
                (rest, Some(digest.ok_or_else(|| invalid("has no SHA-256 digest behind `@`"))?))
            }
        };
        let (host, path) = rest.split_once('/').ok_or_else(|| invalid("names no repository"))?;
        let (repository, tag) = match path.split_once(':') {
            None => (path, None),
            Some((repository, tag)) => (repository, Some(tag)),
        };
        if !is_repository(repository) {
            return Err(invalid("has a repository that registries do not have"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid("has a tag that registries do not have"));
        }
        let host: Destination = host.parse()?;
        if matches!(host.host, DestinationHost::Below(_)) {
            return Err(invalid("is not on one host"));
        }
        Ok(Self { host, repository: repository.to_owned(), tag: tag.map(str::to_owned), digest })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", host_text(&self.host), self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@sha256:{digest}")?;
        }
        Ok(())
    }
}

/// A host as URLs have it: without the port of https.
pub(super) fn host_text(host: &Destination) -> String {
    let text = host.to_string();
    text.strip_suffix(":443").map_or(text.clone(), str::to_owned)
}

/// Parts of lower-case letters and digits, joined by one of `.`, `_`, `__` and any number of `-`.
pub(super) fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = [part.bytes().next(), part.bytes().last()];
        let runs = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends.into_iter().all(|end| end.is_some_and(word))
            && runs
                .into_iter()
                .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|b| b == b'-'))
    };
    text.len() <= REPOSITORY && text.split('/').all(part)
}

pub(super) fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=TAG).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_no_registry_has_is_refused() {
        let long = "a".repeat(256);
        for text in [
            "",
            "hello",
            "registry.example.org",
            "registry.example.org/",
            "registry.example.org/Hello",
            "registry.example.org//a",
            "registry.example.org/a/",
            "registry.example.org/../a",
            "registry.example.org/a/./b",
            "registry.example.org/-a",
            "registry.example.org/a-",
            "registry.example.org/a..b",
            "registry.example.org/a___b",
            "registry.example.org/a%2fb",
            "registry.example.org/a?x",
            "registry.example.org/a:",
            "registry.example.org/a:-1",
            "registry.example.org/a:1+2",
            "registry.example.org/a:b/c",
            "registry.example.org/a@sha256:ab",
            "registry.example.org/a@sha512:ab",
            "*.example.org/a",
            "user@registry.example.org/a",
            "https://registry.example.org/a",
            "registry.example.org:0/a",
            &format!("registry.example.org/{long}"),
            &format!("registry.example.org/a:{long}"),
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_is_read_back() {
        let digest = Digest::of(b"x");
        for text in [
            "oci://registry.example.org/a".to_owned(),
            "oci://127.0.0.1:5000/tools/my-tool_1.x:1.2.3-rc.1".to_owned(),
            format!("oci://[::1]:5000/a__b@sha256:{digest}"),
            format!("oci://registry.example.org/a:1.0.0@sha256:{digest}"),
        ] {
            let read: Reference = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(text.trim_start_matches("oci://").parse::<Reference>(), Ok(read));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}|[a-z0-9.:/@_-]{0,60}") {
            if let Ok(read) = text.parse::<Reference>() {
                prop_assert_eq!(read.to_string().parse::<Reference>().unwrap(), read);
            }
        }
    }
}
