//! The closed sets of words a manifest may use: shape, trust, status, language, argument mode.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{error::Invalid, text::quoted, vocabulary::did_you_mean};

/// One of a closed set of words.
pub trait Word: Copy + fmt::Debug + 'static {
    /// What the set is called, with its article, for messages.
    const WHAT: &'static str;
    /// All of them, in the order of the documents.
    const ALL: &'static [Self];

    /// How it is written.
    fn word(self) -> &'static str;

    /// How else it may be written.
    fn aliases(self) -> &'static [&'static str];

    /// The one that is written so.
    ///
    /// # Errors
    /// [`Invalid`] with the nearest word and all of them.
    fn read(word: &str) -> Result<Self, Invalid> {
        let is = |w: &Self| w.word() == word || w.aliases().contains(&word);
        Self::ALL.iter().copied().find(is).ok_or_else(|| {
            let known = Self::ALL.iter().map(|w| w.word());
            let reason = format!("is not {}", Self::WHAT);
            Invalid::quoting(quoted(word), reason, did_you_mean(word, known))
        })
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $($(#[$vdoc:meta])* $variant:ident = $word:literal $(or $alias:literal)*),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl Word for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*]),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(word: String) -> Result<Self, Invalid> {
                Self::read(&word)
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.word().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(word: &str) -> Result<Self, Invalid> {
                Self::read(word)
            }
        }
    };
}

words! {
    /// How a toolkit is called (`#+EXEC`).
    Shape, "a shape",
    /// Arguments and stdin to stdout and an exit status.
    Command = "command",
    /// Typed calls of its own WIT world.
    Component = "component",
    /// Bytes to bytes, instantiated once and called many times.
    Kernel = "kernel",
    /// A recipe in its Org file.
    Task = "task",
    /// A live data source.
    Federation = "federation",
    /// A program of the operating system that the operator allowed.
    Posix = "posix",
}

words! {
    /// Where a toolkit says it comes from (`#+TRUST`). A claim: provenance decides.
    TrustClaim, "a trust claim",
    /// Part of the operator's own project.
    FirstParty = "first-party",
    /// Anybody else's.
    ThirdParty = "third-party",
}

words! {
    /// How finished a toolkit is (`#+STATUS`).
    Status, "a status",
    /// It keeps its interface.
    Stable = "stable",
    /// Nearly.
    Beta = "beta",
    /// It may change.
    Experimental = "experimental",
    /// It will go.
    Deprecated = "deprecated",
    /// Written by an import, not looked at yet.
    Imported = "imported",
}

words! {
    /// The language of a toolkit's source (`#+BUILD_LANG`). Whether a lane for it is installed is
    /// for the build to say.
    Language, "a language",
    /// C.
    C = "c",
    /// C++.
    Cpp = "c++" or "cpp",
    /// Rust.
    Rust = "rust",
    /// Zig.
    Zig = "zig",
    /// Go.
    Go = "go",
    /// JavaScript.
    Js = "js",
    /// TypeScript.
    Ts = "ts",
    /// Python.
    Python = "py" or "python",
}

words! {
    /// How a command gets its arguments (`#+ARG_MODE`).
    ArgMode, "an argument mode",
    /// As arguments.
    Argv = "argv",
    /// As the first line of its stdin.
    Stdin1 = "stdin1",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_shape_is_refused_with_all_shapes() {
        let error = "comand".parse::<Shape>().unwrap_err();
        assert_eq!(error.to_string(), "`comand` is not a shape");
        assert_eq!(
            error.help,
            "did you mean `command`? It may be: command, component, kernel, task, federation, posix"
        );
        assert!("Command".parse::<Shape>().is_err());
    }

    #[test]
    fn every_word_is_read_back() {
        fn all<W: Word + PartialEq>() {
            for &word in W::ALL {
                assert!(W::read(word.word()).unwrap() == word);
            }
        }
        all::<Shape>();
        all::<TrustClaim>();
        all::<Status>();
        all::<Language>();
        all::<ArgMode>();
    }
}
