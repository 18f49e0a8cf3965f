//! What a new toolkit begins with: one row for each language and shape.

use crate::args::{Exec, Lang};

/// The source files of a new toolkit.
pub(super) struct Template {
    /// What was asked for.
    pub(super) lang: Lang,
    /// How it is to be called.
    pub(super) exec: Exec,
    /// The word of `#+BUILD_LANG`.
    pub(super) word: &'static str,
    /// Names below `src/` and texts; `{id}` is filled in.
    pub(super) files: &'static [(&'static str, &'static str)],
}

const fn c(exec: Exec, files: &'static [(&'static str, &'static str)]) -> Template {
    Template { lang: Lang::C, exec, word: "c", files }
}

/// All that there are.
pub(super) static TEMPLATES: &[Template] = &[
    c(Exec::Command, &[("{id}.c", include_str!("c/command.c"))]),
    c(Exec::Component, &[("{id}.c", include_str!("c/component.c"))]),
    c(Exec::Kernel, &[("{id}.c", include_str!("c/kernel.c"))]),
    c(Exec::Http, &[("{id}.c", include_str!("c/http.c"))]),
];
