//! The words of `wbx toolkit new`.

use clap::{Args as ClapArgs, ValueEnum};

/// What to write.
#[derive(Debug, ClapArgs)]
pub(crate) struct New {
    /// Its id: lower-case letters, digits and `-`
    pub(crate) id: String,
    /// The language
    #[arg(long, value_name = "LANG", default_value = "c")]
    pub(crate) lang: Lang,
    /// How it is called
    #[arg(long, value_name = "SHAPE", default_value = "command")]
    pub(crate) exec: Exec,
}

/// The languages that can be scaffolded, and those that cannot yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// C
    C,
    /// C++
    #[value(alias = "c++")]
    Cpp,
    /// Go
    Go,
    /// JavaScript
    #[value(alias = "javascript")]
    Js,
    /// TypeScript
    #[value(alias = "typescript")]
    Ts,
    /// Python
    #[value(alias = "py")]
    Python,
    #[value(hide = true)]
    Rust,
    #[value(hide = true)]
    Zig,
}

impl Lang {
    /// The lane's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Cpp => "c++",
            Self::Go => "go",
            Self::Js => "js",
            Self::Ts => "ts",
            Self::Python => "py",
            Self::Rust => "rust",
            Self::Zig => "zig",
        }
    }
}

/// The shapes that can be scaffolded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Exec {
    /// Arguments and stdin to stdout and an exit status
    Command,
    /// Typed calls
    Component,
    /// Bytes to bytes
    Kernel,
    /// Requests of HTTP to answers
    Http,
}
