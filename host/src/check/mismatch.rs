//! One way in which a component does not fit a world, in words.

use miette::Diagnostic;
use thiserror::Error;

use crate::world::PACKAGE;

/// One way in which a component does not fit a world.
#[derive(Clone, Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum Mismatch {
    /// It imports what the world does not have.
    #[error("it imports `{import}`, which is not in its world")]
    #[diagnostic(code(workbooks::check::not_in_world), help("{}", remedy(capabilities)))]
    NotInWorld {
        /// The import.
        import: String,
        /// The capabilities that open it; empty if none does.
        capabilities: Vec<&'static str>,
    },
    /// It has an interface at a version that does not match.
    #[error("`{interface}` is not the version that this host has: `{ours}`")]
    #[diagnostic(
        code(workbooks::check::version),
        help("rebuild it against the world that `wbx wit` prints")
    )]
    Version {
        /// Its import or export.
        interface: String,
        /// The host's.
        ours: String,
    },
    /// It lacks an export of the world.
    #[error("it does not export `{export}`")]
    #[diagnostic(
        code(workbooks::check::missing_export),
        help("export it, or write the shape that it has into the line `#+EXEC:` of its manifest")
    )]
    MissingExport {
        /// The export.
        export: String,
    },
    /// An interface lacks a function.
    #[error("`{interface}` has no function `{function}` in {}", if *exported { "it" } else { "this host" })]
    #[diagnostic(
        code(workbooks::check::missing_function),
        help("{}", if *exported { "export the whole interface" } else { "rebuild it against the world that `wbx wit` prints" })
    )]
    MissingFunction {
        /// The interface.
        interface: String,
        /// The function, in component-model names (`[method]stream.read`).
        function: String,
        /// Whether it is an export that the component lacks, not an import that the host lacks.
        exported: bool,
    },
    /// A function has another type than in the world, or a name is no resource there.
    #[error("{} is `{have}`, and in its world `{want}`", place(interface.as_deref(), item))]
    #[diagnostic(
        code(workbooks::check::shape),
        help("rebuild it against the world that `wbx wit` prints")
    )]
    Shape {
        /// The interface; none for a function of the world itself.
        interface: Option<String>,
        /// The function or resource.
        item: String,
        /// Its type in the component, cut where it is far longer than `want`.
        have: String,
        /// Its type in the world.
        want: String,
    },
}

fn remedy(capabilities: &[&str]) -> String {
    match capabilities {
        [] => format!("`{PACKAGE}` and WASI 0.2 do not have it; build it without"),
        [one] => format!("add `{one}` to the line `#+CAPS:` of its manifest"),
        many => format!("add `{}` to the line `#+CAPS:` of its manifest", many.join("` or `")),
    }
}

fn place(interface: Option<&str>, item: &str) -> String {
    interface.map_or_else(|| format!("`{item}`"), |interface| format!("`{item}` of `{interface}`"))
}
