//! How people write where a toolkit is to come from. Only the text is read: nothing is looked at,
//! so the same text means the same everywhere.

use std::path::PathBuf;
use std::str::FromStr;

use semver::{Version, VersionReq};
use url::Url;

use super::archive::ENDINGS;
use super::oci::Reference;
use crate::toolkit::{Invalid, has_hazard, slug};

/// Bytes of a source.
const MAX: usize = 2048;

/// Where a toolkit is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `hello`, `hello@1.2`: a toolkit of the configured registry.
    Id {
        /// Its id.
        id: String,
        /// Its version: of `@1.2`, any compatible with 1.2; of `@1.2.3`, that alone.
        version: Option<VersionReq>,
    },
    /// `./hello`: a folder. Every path that is no archive is one.
    Folder(PathBuf),
    /// `hello.tgz`: an archive, by its ending.
    Archive(PathBuf),
    /// `oci://host/path:tag`: an OCI registry.
    Oci(Reference),
    /// `https://host/path#hello@1.2`: a directory registry on a web server.
    Url {
        /// The registry.
        registry: Url,
        /// The toolkit's id.
        id: String,
        /// Its version, as of [`Source::Id`].
        version: Option<VersionReq>,
    },
}

impl FromStr for Source {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str, help: &str| Err(Invalid::new(text, reason, help));
        if text.is_empty() || text.len() > MAX || has_hazard(text).is_some() {
            let help = "write an id, `./folder`, `file.tgz`, `oci://…` or `https://…#id`";
            return invalid("names no toolkit", help);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return match scheme {
                "oci" => text.parse().map(Self::Oci),
                "http" | "https" => web(text),
                "file" => invalid("is a URL where a path is meant", &format!("write `{rest}`")),
                "docker" | "docker-daemon" => {
                    invalid("is of a kind that is not known", "write `oci://HOST/REPOSITORY:TAG`")
                }
                _ => invalid(
                    "is of a kind that is not known",
                    "write `oci://HOST/REPOSITORY:TAG` or `https://HOST/REGISTRY#ID`",
                ),
            };
        }
        if ENDINGS.iter().any(|ending| text.ends_with(ending)) {
            return Ok(Self::Archive(text.into()));
        }
        if text.contains('/') || text == "." || text == ".." {
            return Ok(Self::Folder(text.into()));
        }
        let (id, version) = id(text, text)?;
        Ok(Self::Id { id, version })
    }
}

/// A directory registry and, behind `#`, what of it.
fn web(text: &str) -> Result<Source, Invalid> {
    let invalid = |reason: &str, help: &str| Err(Invalid::new(text, reason, help));
    let Some((registry, of)) = text.split_once('#') else {
        let archive = ENDINGS.iter().any(|ending| text.ends_with(ending));
        let help = if archive {
            "fetch the file, then add it: `wbx toolkit add ./FILE`"
        } else {
            "write the toolkit behind it: `https://HOST/REGISTRY#ID`"
        };
        return invalid("is a registry, and names none of its toolkits", help);
    };
    let plain = Url::parse(registry).ok().filter(Url::has_host);
    let Some(registry) = plain else {
        return invalid("is no URL", "write `https://HOST/REGISTRY#ID`");
    };
    if !registry.username().is_empty() || registry.password().is_some() {
        // The value itself is not repeated: it has a secret.
        return Err(Invalid::quoting(
            "the source".to_owned(),
            "has a name or password in it",
            "write it without: the policy names a registry's login",
        ));
    }
    if registry.query().is_some() {
        return invalid("has a query, which no registry has", "leave out what begins with `?`");
    }
    let (id, version) = id(of, text)?;
    Ok(Source::Url { registry, id, version })
}

/// `id`, or `id@version`.
fn id(text: &str, whole: &str) -> Result<(String, Option<VersionReq>), Invalid> {
    let (id, version) = match text.split_once('@') {
        None => (text, None),
        Some((id, version)) => (id, Some(version)),
    };
    let Ok(id) = slug(id) else {
        let help = "an id has lower case letters, digits and `-`; a folder is written with `/`, \
                    as `./hello`; an archive ends in `.tar`, `.tar.gz`, `.tgz` or `.zip`";
        return Err(Invalid::new(whole, "is no toolkit's id", help));
    };
    let version = version.map(|text| {
        // All three numbers mean that one version.
        let exactly = Version::parse(text).is_ok();
        let text = if exactly { format!("={text}") } else { text.to_owned() };
        VersionReq::parse(&text).map_err(|error| {
            let help = format!("write `{id}@1.2.3`, `{id}@1.2` or `{id}@^1`");
            Invalid::new(whole, format!("has no range of versions behind `@`: {error}"), help)
        })
    });
    Ok((id, version.transpose()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Source, Invalid> {
        text.parse()
    }

    #[test]
    fn what_names_no_toolkit_is_refused_with_what_to_write() {
        for (text, help) in [
            ("", "./folder"),
            ("Hello", "./hello"),
            ("hello@latest", "hello@1.2.3"),
            ("hello@", "hello@1.2.3"),
            ("hello world", "./hello"),
            ("-x", "./hello"),
            ("a\u{202e}b", "./folder"),
            ("a\u{1b}[2J", "./folder"),
            ("file:///srv/hello", "/srv/hello"),
            ("docker://hello", "oci://"),
            ("git://example.org/hello", "oci://"),
            ("oci://hello", "oci://"),
            ("https://example.org/registry", "#ID"),
            ("https://example.org/hello.zip", "wbx toolkit add ./FILE"),
            ("https://example.org/registry#", "./hello"),
            ("https://example.org/registry#../a", "./hello"),
            ("https://example.org/registry?a#hello", "`?`"),
            ("https://#hello", "https://HOST"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.help.contains(help), "{text}: {}", error.help);
        }
        assert!(read(&"a/".repeat(2000)).is_err());
    }

    #[test]
    fn a_password_in_a_source_is_refused_and_not_repeated() {
        for text in
            ["https://me:hunter2@example.org/r#hello", "https://hunter2@example.org/r#hello"]
        {
            let error = read(text).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn every_kind_of_source_is_known_by_its_text() {
        let wanted = |text: &str| Some(VersionReq::parse(text).unwrap());
        let of = |id: &str, version| Source::Id { id: id.into(), version };
        for (text, source) in [
            ("hello", of("hello", None)),
            ("hello@1.2", of("hello", wanted("^1.2"))),
            ("hello@1.2.3", of("hello", wanted("=1.2.3"))),
            ("hello@1.2.3-rc.1", of("hello", wanted("=1.2.3-rc.1"))),
            ("hello@>=1, <3", of("hello", wanted(">=1, <3"))),
            (".", Source::Folder(".".into())),
            ("./hello", Source::Folder("./hello".into())),
            ("/srv/hello", Source::Folder("/srv/hello".into())),
            ("toolkits/hello/", Source::Folder("toolkits/hello/".into())),
            ("hello.zip", Source::Archive("hello.zip".into())),
            ("./a/hello.tar.gz", Source::Archive("./a/hello.tar.gz".into())),
            ("hello.tgz", Source::Archive("hello.tgz".into())),
            ("hello.tar", Source::Archive("hello.tar".into())),
            (
                "https://example.org/registry#hello@2",
                Source::Url {
                    registry: Url::parse("https://example.org/registry").unwrap(),
                    id: "hello".into(),
                    version: wanted("^2"),
                },
            ),
        ] {
            assert_eq!(read(text).unwrap(), source, "{text}");
        }
        let oci = read("oci://registry.example.org:5000/tools/hello:1.2.3").unwrap();
        assert!(matches!(oci, Source::Oci(_)));
        let one = read("hello@1.2.3").unwrap();
        let Source::Id { version: Some(version), .. } = one else { panic!("an id") };
        assert!(
            version.matches(&Version::new(1, 2, 3)) && !version.matches(&Version::new(1, 2, 4))
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            drop(read(&text));
            drop(read(&format!("https://{text}")));
            drop(read(&format!("oci://{text}")));
        }
    }
}
