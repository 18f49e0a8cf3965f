//! What is left out of Go's compiler and linker when they are made: the code for every machine but
//! wasm. It is a quarter of the compiler, and of the time that code generation for it takes.

/// A change of one file: all between two anchors is replaced. Each anchor is there exactly once.
pub(super) struct Patch {
    /// The file, below `src/`.
    pub(super) file: &'static str,
    /// What is replaced: from the first anchor up to the second, which stays; by the third text.
    pub(super) cuts: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        file: "cmd/compile/main.go",
        cuts: &[
            ("\t\"cmd/compile/internal/amd64\"\n", "\t\"cmd/compile/internal/base\"\n", ""),
            ("\t\"cmd/compile/internal/loong64\"\n", "\t\"cmd/compile/internal/ssagen\"\n", ""),
            ("\t\"cmd/compile/internal/x86\"\n", "\t\"fmt\"\n", ""),
            ("\t\"386\":      x86.Init,\n", "\t\"wasm\":     wasm.Init,\n", ""),
        ],
    },
    Patch {
        file: "cmd/compile/internal/ssa/config.go",
        cuts: &[
            ("\tcase \"amd64\":\n\t\tc.PtrSize = 8\n", "\tcase \"wasm\":\n", ""),
            (
                "\tswitch arch {\n\tcase \"amd64\":\n\t\t// Assumes",
                "\n\tc.mulRecipes = map",
                "\t_ = r\n",
            ),
        ],
    },
    Patch {
        file: "cmd/link/main.go",
        cuts: &[
            ("\t\"cmd/link/internal/amd64\"\n", "\t\"cmd/link/internal/ld\"\n", ""),
            ("\t\"cmd/link/internal/loong64\"\n", "\t\"cmd/link/internal/wasm\"\n", ""),
            ("\t\"cmd/link/internal/x86\"\n", "\t\"fmt\"\n", ""),
            ("\tcase \"386\":\n", "\tcase \"wasm\":\n", ""),
        ],
    },
];

impl Patch {
    /// The changed text.
    ///
    /// # Errors
    /// The anchor that is not there exactly once, or after its partner.
    pub(super) fn applied(&self, text: &str) -> Result<String, &'static str> {
        let mut text = text.to_owned();
        for (from, to, instead) in self.cuts {
            let start = once(&text, from)?;
            let end = once(&text, to)?;
            if end < start {
                return Err(to);
            }
            text.replace_range(start..end, instead);
        }
        Ok(text)
    }
}

fn once(text: &str, anchor: &'static str) -> Result<usize, &'static str> {
    let mut found = text.match_indices(anchor).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        _ => Err(anchor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: Patch = Patch { file: "x", cuts: &[("b", "d", "-")] };

    #[test]
    fn an_anchor_that_is_not_there_once_is_refused() {
        assert_eq!(PATCH.applied("acd"), Err("b"));
        assert_eq!(PATCH.applied("abbd"), Err("b"));
        assert_eq!(PATCH.applied("abdd"), Err("d"));
        assert_eq!(PATCH.applied("adb"), Err("d"));
    }

    #[test]
    fn what_lies_between_the_anchors_is_replaced() {
        assert_eq!(PATCH.applied("abcde").as_deref(), Ok("a-de"));
    }
}
