//! What somebody is asked to take in: who made it, what it wants, and what that would let it do.
//! Nothing of it is cut at the width of a terminal: what is not seen is not consented to.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use workbooks_host::policy::Destinations;
use workbooks_host::provenance::{Did, Digest};
use workbooks_host::toolkit::units;
use workbooks_host::{Manifest, Profile};

use super::risk::{self, Risk};
use crate::output::{Style, Text};

/// Columns of what stands before each line.
const LABEL: usize = 13;
/// Characters of a title or a tagline.
const SHOWN: usize = 200;

/// Whose signature it is, as far as this installation knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verb::toolkit) enum Standing {
    /// This installation's own.
    Own,
    /// Its own, for what somebody else made and did not sign.
    Vouched,
    /// Believed since then, under a name that the user gave.
    Believed { name: Option<String>, since: String },
    /// Not believed before; it will be from now on.
    FirstUse,
}

/// A toolkit that was verified, as it is shown before it is taken in.
#[derive(Debug)]
pub(in crate::verb::toolkit) struct Offer<'a> {
    /// Its manifest.
    pub(in crate::verb::toolkit) manifest: &'a Manifest,
    /// Its version, which the signature confirms.
    pub(in crate::verb::toolkit) version: String,
    /// The version that is here, if one is.
    pub(in crate::verb::toolkit) before: Option<String>,
    /// Where it comes from.
    pub(in crate::verb::toolkit) source: String,
    /// Who signed it.
    pub(in crate::verb::toolkit) publisher: Did,
    /// What is known of them.
    pub(in crate::verb::toolkit) standing: Standing,
    /// When, by their clock.
    pub(in crate::verb::toolkit) issued: String,
    /// The digest of all its files.
    pub(in crate::verb::toolkit) tree: Digest,
    /// How many files it has.
    pub(in crate::verb::toolkit) files: usize,
    /// Bytes of all.
    pub(in crate::verb::toolkit) bytes: usize,
    /// Bytes of what the publisher built, if that is in it.
    pub(in crate::verb::toolkit) artifact: Option<usize>,
    /// Capabilities that it has already.
    pub(in crate::verb::toolkit) had: BTreeSet<String>,
    /// Of the capabilities that it asks for, those that a yes grants.
    pub(in crate::verb::toolkit) grants: BTreeSet<String>,
    /// What of it does not fit this host.
    pub(in crate::verb::toolkit) misfits: Vec<String>,
    /// Toolkits that it could be taken for, with what is alike.
    pub(in crate::verb::toolkit) alike: Vec<(String, &'static str)>,
}

impl Offer<'_> {
    fn caps(&self) -> impl Iterator<Item = &str> {
        self.manifest.caps.iter().map(|cap| cap.value.as_str())
    }

    /// The bounds that it would run within.
    fn profile(&self) -> Profile {
        let granted = self.grants.iter().map(String::as_str);
        Profile::smallest_holding(granted, "posix").unwrap_or_else(|| Profile::named("compute"))
    }

    /// Where it may connect to, if it asks for a capability that does.
    fn destinations(&self) -> Option<Destinations> {
        let net = &self.manifest.net;
        let named = (!net.is_empty()).then_some(&net[..]);
        self.caps().any(risk::connects).then(|| Destinations::listed(named))
    }

    fn publisher(&self) -> String {
        let did = &self.publisher;
        match &self.standing {
            Standing::Own => format!("you, {did}"),
            Standing::Vouched => format!("nobody signed it; you vouch for these bytes, {did}"),
            Standing::Believed { name: Some(name), since } => {
                format!("{}, {did}, believed since {since}", cut(name))
            }
            Standing::Believed { name: None, since } => format!("{did}, believed since {since}"),
            Standing::FirstUse => {
                format!("{did}, NOT KNOWN HERE: a yes believes it about `{}`", self.manifest.id)
            }
        }
    }

    /// For people.
    pub(in crate::verb::toolkit) fn text(&self) -> Text {
        let title = self.manifest.title.as_deref().map(cut).unwrap_or_default();
        let version = match &self.before {
            Some(before) if *before != self.version => format!("{} (now {before})", self.version),
            _ => self.version.clone(),
        };
        let mut text = Text::default()
            .words(Style::Strong, &self.manifest.id)
            .line(format!(" {version}  {title}").trim_end().to_owned());
        if let Some(tagline) = &self.manifest.tagline {
            text = text.line(cut(tagline));
        }
        for (id, how) in &self.alike {
            text = text
                .words(Style::Bad, label("CAREFUL"))
                .line(format!("it is not `{id}`, which is here too: {how}"));
        }
        let style = match self.standing {
            Standing::FirstUse | Standing::Vouched => Style::Bad,
            Standing::Own | Standing::Believed { .. } => Style::Plain,
        };
        text = text.words(Style::Dim, label("publisher")).words(style, self.publisher()).end();
        let line = |text: Text, what: &str, says: String| {
            text.words(Style::Dim, label(what)).words(Style::Plain, says).end()
        };
        text = line(
            text,
            "signed",
            format!("{}, all {} files, as sha256:{}", self.issued, self.files, self.tree),
        );
        text = line(text, "from", self.source.clone());
        text = line(text, "is", self.kind());
        text = self.asked(text);
        for secret in &self.manifest.env_keys {
            let says = format!("`{secret}`: it gets none until the policy binds one to it");
            text = line(text, "secret", says);
        }
        let profile = self.profile();
        let says = format!(
            "profile {}: {} of memory, {} of CPU time for each run",
            profile.name,
            units::bytes(profile.memory),
            units::duration(profile.time)
        );
        text = line(text, "limits", says);
        if self.misfits.is_empty() {
            return text.words(Style::Dim, label("fits")).words(Style::Good, "this host").end();
        }
        self.misfits
            .iter()
            .fold(text, |text, misfit| text.words(Style::Bad, label("does not fit")).line(misfit))
    }

    fn kind(&self) -> String {
        let kib = |bytes: usize| bytes.div_ceil(1024);
        let made = match (self.artifact, self.manifest.build_lang) {
            (Some(bytes), _) => format!("built by its publisher: {} KiB of wasm", kib(bytes)),
            (None, Some(lang)) => format!("{lang}, built here in the sandbox"),
            (None, None) => "built here in the sandbox".to_owned(),
        };
        format!("{}: {made}; {} KiB in all", self.manifest.exec, kib(self.bytes))
    }

    fn asked(&self, mut text: Text) -> Text {
        for cap in self.caps() {
            let (risk, says) = risk::of(cap);
            let style = if risk.is_unasked() { Style::Plain } else { Style::Bad };
            let state = match (self.grants.contains(cap), self.had.contains(cap)) {
                (true, true) => " (has it)",
                (true, false) => "",
                (false, _) => " (NOT granted)",
            };
            text = text
                .words(Style::Dim, label("it may"))
                .words(Style::Strong, format!("{cap:<9}"))
                .words(style, format!(" {:<13}", risk.word()))
                .line(format!("{says}{state}"));
        }
        let Some(destinations) = self.destinations() else { return text };
        match destinations.list() {
            None => text
                .words(Style::Dim, label("reaches"))
                .words(Style::Bad, "ANY public address: it names none")
                .end(),
            Some(list) => list.iter().fold(text, |text, destination| {
                text.words(Style::Dim, label("reaches")).line(destination.to_string())
            }),
        }
    }

    /// For programs.
    pub(in crate::verb::toolkit) fn data(&self) -> Value {
        let (standing, name, since) = match &self.standing {
            Standing::Own => ("own", None, None),
            Standing::Vouched => ("vouched", None, None),
            Standing::Believed { name, since } => ("believed", name.as_ref(), Some(since)),
            Standing::FirstUse => ("first-use", None, None),
        };
        let caps = self.caps().map(|cap| {
            let (risk, says) = risk::of(cap);
            json!({ "capability": cap, "risk": risk.word(), "lets": says,
                    "granted": self.grants.contains(cap) })
        });
        let destinations = self.destinations();
        let profile = self.profile();
        json!({
            "id": self.manifest.id, "version": self.version, "before": self.before,
            "title": self.manifest.title, "tagline": self.manifest.tagline,
            "source": self.source, "tree": self.tree.to_string(),
            "publisher": { "did": self.publisher.to_string(), "standing": standing,
                           "name": name, "since": since },
            "issued": self.issued, "files": self.files, "bytes": self.bytes,
            "artifact_bytes": self.artifact, "exec": self.manifest.exec,
            "capabilities": caps.collect::<Vec<_>>(),
            "destinations": destinations.as_ref().map(|all| match all.list() {
                None => json!("any"),
                Some(list) => json!(list.iter().map(ToString::to_string).collect::<Vec<_>>()),
            }),
            "secrets": self.manifest.env_keys,
            "profile": profile.name, "memory_bytes": profile.memory,
            "cpu_ms": u64::try_from(profile.time.as_millis()).unwrap_or(u64::MAX),
            "misfits": self.misfits,
            "alike": self.alike.iter().map(|(id, how)| json!({ "id": id, "how": how }))
                .collect::<Vec<_>>(),
        })
    }
}

/// Of the capabilities that are asked for, those that consent in advance covers.
pub(in crate::verb::toolkit) fn unasked(manifest: &Manifest) -> BTreeSet<String> {
    let covered = |cap: &&str| -> bool {
        let (risk, _): (Risk, _) = risk::of(cap);
        risk.is_unasked()
    };
    let caps = manifest.caps.iter().map(|cap| cap.value.as_str());
    caps.filter(covered).map(str::to_owned).collect()
}

fn label(what: &str) -> String {
    format!("{what:<LABEL$}")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use workbooks_host::provenance::SigningKey;

    use super::*;
    use crate::engine::catalog::vocabulary;

    fn shown(manifest: &str, change: impl FnOnce(&mut Offer<'_>)) -> String {
        let manifest = Manifest::parse(manifest.as_bytes(), None, &vocabulary()).unwrap();
        let mut offer = Offer {
            manifest: &manifest,
            version: "1.0.0".into(),
            before: None,
            source: "shop".into(),
            publisher: SigningKey::of(&[7; 32]).did(),
            standing: Standing::Believed { name: Some("Ada".into()), since: "yesterday".into() },
            issued: "today".into(),
            tree: Digest::of(b"tree"),
            files: 2,
            bytes: 3000,
            artifact: None,
            had: BTreeSet::new(),
            grants: unasked(&manifest),
            misfits: Vec::new(),
            alike: Vec::new(),
        };
        change(&mut offer);
        offer.text().render(false, 40)
    }

    #[test]
    fn nothing_that_is_consented_to_is_cut_or_moves_a_cursor() {
        let far = format!("{}.example.org", "x".repeat(60));
        let manifest = format!("#+TOOLKIT: t\n#+CAPS: net kv\n#+NET: {far}\n");
        let text = shown(&manifest, |offer| {
            offer.source = "s\u{1b}]0;x\u{7}".into();
            offer.standing =
                Standing::Believed { name: Some("\u{9b}31m\u{2066}".into()), since: "then".into() };
            offer.misfits = vec!["\u{1b}c".into()];
            offer.alike = vec![("t\u{1b}".into(), "it looks the same")];
        });
        assert!(text.contains(&far), "{text}");
        let hazard = |c: char| {
            c.is_control() && c != '\n'
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        assert!(!text.contains(hazard), "{text:?}");
    }

    #[test]
    fn what_reaches_everywhere_and_what_is_not_granted_are_said() {
        let text = shown("#+TOOLKIT: t\n#+CAPS: net kv\n#+ENV_KEYS: TOKEN\n", |_| ());
        assert!(text.contains("ANY public address"), "{text}");
        assert!(text.contains("read the answers (NOT granted)"), "{text}");
        assert!(text.contains("`TOKEN`") && text.contains("profile minimal"), "{text}");
        let text = shown("#+TOOLKIT: t\n#+NET: a.example\n", |_| ());
        assert!(!text.contains("reaches"), "{text}");
    }

    #[test]
    fn a_publisher_that_nobody_knew_is_not_made_to_look_known() {
        let text = shown("#+TOOLKIT: t\n", |offer| offer.standing = Standing::FirstUse);
        assert!(text.contains("NOT KNOWN HERE") && !text.contains("believed since"), "{text}");
    }
}
