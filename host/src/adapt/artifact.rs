//! What an artifact turned out to be: plain facts, gathered by `scan`.

use super::Declared;
use super::error::listed;

/// The module name of WASI preview 1.
pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A component already.
    Component,
    /// A core module that exports `_start` and imports only WASI preview 1 and WIT-typed names.
    Command,
    /// A core module without `_start` that carries a `component-type` section, or exports
    /// `_initialize`, as reactors of WASI preview 1 do.
    Reactor,
    /// A core module that exports `memory` and a function `(i32) -> i32` and imports nothing.
    Kernel,
    /// A core module that is none of these.
    Neither,
}

impl Kind {
    /// The word for people: a reactor becomes a component like any other.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component | Self::Reactor => "component",
            Self::Command => "command",
            Self::Kernel => "kernel",
            Self::Neither => "core module of no shape",
        }
    }

    pub(crate) fn of_module(typed: bool, imports: &[Import], exports: &[Export]) -> Self {
        let has = |wanted: fn(&Export) -> bool| exports.iter().any(wanted);
        if has(|export| export.is("_start", What::Function(Signature::Action))) {
            Self::Command
        } else if typed {
            Self::Reactor
        } else if imports.is_empty()
            && has(|export| export.name == "memory" && matches!(export.what, What::Memory { .. }))
            && has(|export| export.what == What::Function(Signature::Entry))
        {
            Self::Kernel
        } else if has(|export| export.is("_initialize", What::Function(Signature::Action))) {
            Self::Reactor
        } else {
            Self::Neither
        }
    }
}

/// What one pass over an artifact found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What it is.
    pub kind: Kind,
    /// Functions defined in all of its modules and components, canonical ones included.
    pub functions: u64,
    /// Imports of all of its modules and components.
    pub imported: u64,
    /// Whether a `component-type` section types its imports and exports.
    pub typed: bool,
    /// Imports of the outermost module or component.
    pub imports: Vec<Import>,
    /// Exports of the outermost module or component.
    pub exports: Vec<Export>,
}

impl Scan {
    /// Whether a component has the export by which `shape` is called.
    pub(crate) fn opens(&self, shape: Declared) -> bool {
        let door = match shape {
            Declared::Command => "wasi:cli/run@",
            Declared::Kernel => "workbooks:engine/kernel@",
            Declared::Component => return true,
        };
        self.exports.iter().any(|export| export.name.starts_with(door))
    }

    pub(crate) fn exported(&self, name: &str) -> Option<What> {
        self.exports.iter().find(|export| export.name == name).map(|export| export.what)
    }

    pub(crate) fn has(&self, name: &str, signature: Signature) -> bool {
        self.exported(name) == Some(What::Function(signature))
    }

    pub(crate) fn list_exports(&self) -> String {
        listed(self.exports.iter().map(|export| export.name.clone()))
    }

    pub(crate) fn list_imports(&self) -> String {
        listed(self.imports.iter().map(Import::full_name))
    }
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Module of a core import; name of a component's.
    pub module: String,
    /// Name within the module; empty for a component's import.
    pub name: String,
}

impl Import {
    pub(crate) fn new(module: &str, name: &str) -> Self {
        Self { module: module.to_owned(), name: name.to_owned() }
    }

    /// `module.name`, or the name of a component's import.
    pub fn full_name(&self) -> String {
        if self.name.is_empty() {
            return self.module.clone();
        }
        format!("{}.{}", self.module, self.name)
    }
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What stands behind it.
    pub what: What,
}

impl Export {
    pub(crate) fn new(name: &str, what: What) -> Self {
        Self { name: name.to_owned(), what }
    }

    fn is(&self, name: &str, what: What) -> bool {
        self.name == name && self.what == what
    }
}

/// What an export is, as far as a shape needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A core function.
    Function(Signature),
    /// A memory, with its maximum in pages of 64 KiB.
    Memory {
        /// The maximum, where one is declared.
        pages: Option<u64>,
    },
    /// Anything else, and every export of a component.
    Other,
}

/// The types of functions that a shape knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `() -> ()`.
    Action,
    /// `() -> i32`.
    Pointer,
    /// `(i32) -> i32`.
    Entry,
    /// Another one.
    Other,
}
