//! A manifest: what a toolkit's `manifest.org` says about it, read and checked.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    str::FromStr,
};

use semver::{Version, VersionReq};

use super::{
    build_limits::{BuildLimits, build_limits},
    collect::{MAX_LISTED, collect, warnings},
    destination::Destination,
    error::{Invalid, ManifestError, ManifestProblem, ManifestWarning},
    field::Fields,
    flags::BuildFlag,
    grammar::{
        command_name, did, digest, export, number, signature, slug, variable, version,
        version_range, world,
    },
    keyword,
    path::{Preopen, RelativePath, SourceGlob},
    place::{Place, Spanned},
    reader,
    source::BuildSrc,
    text::{SourceText, printable, quoted, source_text},
    vocabulary::Vocabulary,
    words::{ArgMode, Language, Shape, Status, TrustClaim},
};

/// The largest manifest that is read, in bytes. The original's largest has some 20 KiB.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// What a toolkit asks for and says about itself. Made by [`Manifest::parse`] alone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Manifest {
    /// `#+TOOLKIT`: a slug, `[a-z0-9][a-z0-9-]*`, at most 64 characters.
    pub id: String,
    /// `#+TITLE`.
    pub title: Option<String>,
    /// `#+VERSION`.
    pub version: Option<Version>,
    /// `#+STATUS`.
    pub status: Option<Status>,
    /// `#+TAGLINE`.
    pub tagline: Option<String>,
    /// `#+EXEC`; command if absent.
    pub exec: Shape,
    /// `#+TRUST`; first-party if absent.
    pub trust: TrustClaim,
    /// `#+CAPS`, each known to the host and named once.
    pub caps: Vec<Spanned<String>>,
    /// `#+NET`.
    pub net: Vec<Destination>,
    /// `#+ENV`: constants of the guest's environment.
    pub env: BTreeMap<String, String>,
    /// `#+ENV_KEYS`: names of secrets. No host passes them on.
    pub env_keys: Vec<String>,
    /// `#+ENV_NOTE`.
    pub env_note: Option<String>,
    /// `#+BUILD_LANG`.
    pub build_lang: Option<Language>,
    /// `#+BUILD_SRC`.
    pub build_src: Option<BuildSrc>,
    /// `#+SHA256`, in lower case; there if `build_src` needs it.
    pub sha256: Option<String>,
    /// `#+BUILD_FILES`.
    pub build_files: Vec<SourceGlob>,
    /// `#+BUILD_INCLUDE`.
    pub build_include: Vec<RelativePath>,
    /// `#+BUILD_FLAGS`, each of the allowed list.
    pub build_flags: Vec<BuildFlag>,
    /// `#+BUILD_LIMITS`.
    pub build_limits: BuildLimits,
    /// `#+WIT`.
    pub wit: Option<String>,
    /// `#+ENTRY`.
    pub entry: Option<String>,
    /// `#+IN_OFF`, in bytes.
    pub in_off: Option<u32>,
    /// `#+OUT_OFF`, in bytes; beyond `in_off` if both are there.
    pub out_off: Option<u32>,
    /// `#+ARG_MODE`; argv if absent.
    pub arg_mode: ArgMode,
    /// `#+CLI_BIN`.
    pub cli_bin: Option<String>,
    /// `#+CLI_VERSION_RANGE`.
    pub cli_version_range: Option<VersionReq>,
    /// `#+PREOPEN`.
    pub preopen: Option<Preopen>,
    /// `#+REQUIRES`, one text a line.
    pub requires: Vec<String>,
    /// `#+AUTHOR_DID`.
    pub author_did: Option<String>,
    /// `#+SIGNATURE`: 64 bytes in base64, as the original system has it. It covers the manifest alone,
    /// so nothing is believed for it: see [`Statement`](crate::provenance::Statement).
    pub signature: Option<String>,
    /// What has no effect though its author may think so, in the order of the lines.
    pub warnings: Vec<ManifestWarning>,
    texts: BTreeMap<&'static str, String>,
    source: SourceText,
}

impl Manifest {
    /// Reads a manifest. `folder` is the name of the folder it lies in, if it lies in one.
    ///
    /// Keywords are read at column 0 and before the first headline only.
    ///
    /// # Errors
    /// [`ManifestError`]: too large, not UTF-8, or all of its problems at once.
    pub fn parse(
        text: &[u8],
        folder: Option<&str>,
        vocabulary: &Vocabulary,
    ) -> Result<Self, ManifestError> {
        let name = folder.map_or_else(
            || "manifest.org".into(),
            |folder| format!("{}/manifest.org", printable(folder)),
        );
        if text.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge { name, size: text.len() });
        }
        let text = decode(&name, text)?;
        let source = source_text(&name, text);

        let reading = reader::read(text);
        let warnings = warnings(&reading, &source);
        let mut fields = collect(&reading);
        let texts = texts(&fields);
        let id = identity(&mut fields, folder);
        let manifest =
            Self::from_fields(&mut fields, vocabulary, id, texts, warnings, source.clone());
        manifest.check(&mut fields);

        let mut problems = fields.problems;
        if problems.is_empty() {
            return Ok(manifest);
        }
        problems.sort_by_key(ManifestProblem::place);
        if problems.len() > MAX_LISTED {
            let at = problems[MAX_LISTED].place();
            problems.truncate(MAX_LISTED);
            problems.push(ManifestProblem::TooMany { at });
        }
        Err(ManifestError::Invalid { text: source, problems })
    }

    /// The value of a keyword that this host keeps and does not read, such as `FLOW` or `KIND`.
    pub fn text(&self, keyword: &str) -> Option<&str> {
        self.texts.get(keyword).map(String::as_str)
    }

    /// The manifest's text, made printable, for messages that point into it.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    fn from_fields(
        fields: &mut Fields<'_>,
        vocabulary: &Vocabulary,
        id: String,
        texts: BTreeMap<&'static str, String>,
        warnings: Vec<ManifestWarning>,
        source: SourceText,
    ) -> Self {
        Self {
            id,
            title: fields.text("TITLE"),
            version: fields.one("VERSION", version),
            status: fields.one("STATUS", FromStr::from_str),
            tagline: fields.text("TAGLINE"),
            exec: fields.one("EXEC", FromStr::from_str).unwrap_or(Shape::Command),
            trust: fields.one("TRUST", FromStr::from_str).unwrap_or(TrustClaim::FirstParty),
            caps: fields.capabilities(|word| vocabulary.check(word)),
            net: values(fields.words("NET", FromStr::from_str)),
            env: constants(fields),
            env_keys: values(fields.words("ENV_KEYS", variable)),
            env_note: fields.text("ENV_NOTE"),
            build_lang: fields.one("BUILD_LANG", FromStr::from_str),
            build_src: fields.one("BUILD_SRC", FromStr::from_str),
            sha256: fields.one("SHA256", digest),
            build_files: values(fields.words("BUILD_FILES", FromStr::from_str)),
            build_include: values(fields.words("BUILD_INCLUDE", FromStr::from_str)),
            build_flags: fields.flags(),
            build_limits: build_limits(fields),
            wit: fields.one("WIT", world),
            entry: fields.one("ENTRY", export),
            in_off: fields.one("IN_OFF", number),
            out_off: fields.one("OUT_OFF", number),
            arg_mode: fields.one("ARG_MODE", FromStr::from_str).unwrap_or(ArgMode::Argv),
            cli_bin: fields.one("CLI_BIN", command_name),
            cli_version_range: fields.one("CLI_VERSION_RANGE", version_range),
            preopen: fields.one("PREOPEN", FromStr::from_str),
            requires: values(fields.each("REQUIRES", |text| Ok(text.to_owned()))),
            author_did: fields.one("AUTHOR_DID", did),
            signature: fields.one("SIGNATURE", signature),
            warnings,
            texts,
            source,
        }
    }

    /// What must hold between two keywords.
    fn check(&self, fields: &mut Fields<'_>) {
        if let (Some(source), Some(at)) = (&self.build_src, fields.place("BUILD_SRC"))
            && source.needs_digest()
            && fields.place("SHA256").is_none()
        {
            fields.problems.push(ManifestProblem::Missing {
                keyword: "SHA256",
                why: "it pins what `#+BUILD_SRC` names",
                example: "<64 hexadecimal digits of the file>".to_owned(),
                at,
            });
        }
        if let (Some(input), Some(output)) = (self.in_off, self.out_off)
            && input >= output
            && let Some(at) = fields.place("OUT_OFF")
        {
            let help = "the input arena reaches from `#+IN_OFF` to `#+OUT_OFF`: give a larger one";
            let reason = format!("is not beyond `#+IN_OFF`, which is {input}");
            fields.value("OUT_OFF", Invalid::new(&output.to_string(), reason, help), at);
        }
    }
}

/// The text, without a byte order mark.
fn decode<'t>(name: &str, bytes: &'t [u8]) -> Result<&'t str, ManifestError> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => error,
    };
    let offset = error.valid_up_to();
    let before = String::from_utf8_lossy(&bytes[..offset]);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let at = Place {
        offset,
        // The replacement character that stands for it below.
        length: 3,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    };
    let text = source_text(name, &String::from_utf8_lossy(bytes));
    Err(ManifestError::NotUtf8 { name: name.to_owned(), offset, text, at })
}

fn texts(fields: &Fields<'_>) -> BTreeMap<&'static str, String> {
    let kept = keyword::KEYWORDS.iter().filter(|row| row.kept);
    kept.filter_map(|row| Some((row.name, fields.text(row.name)?))).collect()
}

/// The id, which is there, is a slug and is the name of the folder; else an empty one and a problem.
fn identity(fields: &mut Fields<'_>, folder: Option<&str>) -> String {
    let Some(at) = fields.place("TOOLKIT") else {
        fields.problems.push(ManifestProblem::Missing {
            keyword: "TOOLKIT",
            why: "it is the toolkit's id",
            example: folder.and_then(|f| slug(f).ok()).unwrap_or_else(|| "my-tool".to_owned()),
            at: Place::START,
        });
        return String::new();
    };
    let Some(id) = fields.one("TOOLKIT", slug) else {
        return String::new();
    };
    if let Some(folder) = folder.filter(|folder| *folder != id) {
        let folder = format!("is called {}", quoted(folder));
        fields.problems.push(ManifestProblem::Folder { id: id.clone(), folder, at });
    }
    id
}

/// `#+ENV: NAME=value`, each name once, and none that `#+ENV_KEYS` calls a secret.
fn constants(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let secret: BTreeSet<_> =
        values(fields.words("ENV_KEYS", |w| Ok(w.to_owned()))).into_iter().collect();
    let mut env = BTreeMap::new();
    let lines = fields.each("ENV", |text| {
        let help = "write `NAME=value`";
        let (name, value) =
            text.split_once('=').ok_or_else(|| Invalid::new(text, "has no `=`", help))?;
        Ok((variable(name)?, value.to_owned()))
    });
    for Spanned { value: (name, value), place } in lines {
        let invalid = if secret.contains(&name) {
            let help = "a secret does not belong in a manifest: leave this line out, \
                        and let the operator bind the secret in the policy";
            Invalid::new(&name, "is a secret of `#+ENV_KEYS`", help)
        } else {
            match env.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                    continue;
                }
                Entry::Occupied(taken) => {
                    Invalid::new(taken.key(), "is given twice", "give each variable one value")
                }
            }
        };
        fields.value("ENV", invalid, place);
    }
    env
}

fn values<T>(spanned: Vec<Spanned<T>>) -> Vec<T> {
    spanned.into_iter().map(|s| s.value).collect()
}
