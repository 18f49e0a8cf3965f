//! One table: what an error's code means for the exit status, whether to try again, and what to
//! do where the error itself does not say.

use miette::Diagnostic;

/// What an error's code means to the one who ran `wbx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// The exit status.
    pub(crate) status: u8,
    /// Whether the same command may succeed later.
    pub(crate) retryable: bool,
    /// What to do, if the error has no help of its own.
    pub(crate) hint: &'static str,
}

const fn class(status: u8, retryable: bool, hint: &'static str) -> Class {
    Class { status, retryable, hint }
}

const OTHER: Class = class(1, false, "run `wbx doctor`");
const USAGE: Class = class(2, false, "see `wbx help`");
const UNREACHABLE: Class = class(3, true, "is the engine running?");
const NOT_FOUND: Class = class(4, false, "see `wbx toolkit list`");
const UNVERIFIED: Class = class(5, false, "it is not what it should be: run `wbx toolkit check`");
const CONFLICT: Class = class(6, true, "");
const REFUSED: Class = class(7, false, "see `wbx toolkit show`, and grant with `wbx grant`");
const LIMIT: Class = class(8, true, "give it more with `--profile`");
const UNCOMPILABLE: Class = class(9, false, "correct the source");
/// 128 and the number of SIGINT, as shells have it.
const KILLED: Class = class(130, false, "");

/// The longest prefix decides.
const TABLE: &[(&str, Class)] = &[
    ("workbooks::adapt", UNVERIFIED),
    ("workbooks::adapt::too_large", LIMIT),
    ("workbooks::adapt::too_many", LIMIT),
    ("workbooks::add", OTHER),
    ("workbooks::add::changed", UNVERIFIED),
    ("workbooks::add::drift", UNVERIFIED),
    ("workbooks::add::no_library", NOT_FOUND),
    ("workbooks::add::no_lock", NOT_FOUND),
    ("workbooks::add::not_asked_for", USAGE),
    ("workbooks::add::not_found", NOT_FOUND),
    ("workbooks::add::not_vouchable", UNVERIFIED),
    ("workbooks::add::older", UNVERIFIED),
    ("workbooks::add::other_publisher", UNVERIFIED),
    ("workbooks::add::own", CONFLICT),
    ("workbooks::bundle", UNVERIFIED),
    ("workbooks::bundle::none", NOT_FOUND),
    ("workbooks::bundle::too_large", LIMIT),
    ("workbooks::carry", OTHER),
    ("workbooks::carry::no_volume", USAGE),
    ("workbooks::carry::not_empty", CONFLICT),
    ("workbooks::carry::too_large", LIMIT),
    ("workbooks::carry::unsound", UNVERIFIED),
    ("workbooks::check", UNVERIFIED),
    ("workbooks::cli", OTHER),
    ("workbooks::cli::conflict", CONFLICT),
    ("workbooks::cli::no_engine", UNREACHABLE),
    ("workbooks::cli::not_found", NOT_FOUND),
    ("workbooks::cli::not_yours", REFUSED),
    ("workbooks::cli::usage", USAGE),
    ("workbooks::command", OTHER),
    ("workbooks::command::damaged", UNVERIFIED),
    ("workbooks::command::not_found", NOT_FOUND),
    ("workbooks::compile", UNCOMPILABLE),
    ("workbooks::compile::crashed", OTHER),
    ("workbooks::compile::engine", OTHER),
    ("workbooks::compile::io", OTHER),
    ("workbooks::compile::limit", LIMIT),
    ("workbooks::compile::no_lane", NOT_FOUND),
    ("workbooks::compile::stopped", OTHER),
    ("workbooks::grant", REFUSED),
    ("workbooks::key", OTHER),
    ("workbooks::key::environment", USAGE),
    ("workbooks::key::exists", class(6, false, "see `wbx key list`")),
    ("workbooks::key::permissions", UNVERIFIED),
    ("workbooks::library", OTHER),
    ("workbooks::library::conflict", CONFLICT),
    ("workbooks::library::files", UNVERIFIED),
    ("workbooks::library::limit", LIMIT),
    ("workbooks::library::no_checkout", USAGE),
    ("workbooks::library::not_found", NOT_FOUND),
    ("workbooks::library::one_file", USAGE),
    ("workbooks::library::query", USAGE),
    ("workbooks::library::refused", REFUSED),
    ("workbooks::library::special", REFUSED),
    ("workbooks::library::within", USAGE),
    ("workbooks::limit", LIMIT),
    ("workbooks::link", UNVERIFIED),
    ("workbooks::link::not_granted", REFUSED),
    ("workbooks::lock", UNVERIFIED),
    ("workbooks::manifest", UNVERIFIED),
    ("workbooks::mount", REFUSED),
    ("workbooks::mount::unreadable", NOT_FOUND),
    ("workbooks::package", UNVERIFIED),
    ("workbooks::package::unreadable", OTHER),
    ("workbooks::page", UNVERIFIED),
    ("workbooks::page::too_large", LIMIT),
    ("workbooks::page::unsignable", USAGE),
    ("workbooks::prepare", UNVERIFIED),
    ("workbooks::prepare::codegen_limit", LIMIT),
    ("workbooks::prepare::helper", OTHER),
    ("workbooks::provenance", UNVERIFIED),
    ("workbooks::provision", UNVERIFIED),
    ("workbooks::provision::disk_full", OTHER),
    ("workbooks::provision::io", OTHER),
    ("workbooks::provision::missing", NOT_FOUND),
    ("workbooks::provision::missing_file", UNVERIFIED),
    ("workbooks::publish", UNVERIFIED),
    ("workbooks::publish::declined", OTHER),
    ("workbooks::publish::no_registry", USAGE),
    ("workbooks::publish::unconsented", OTHER),
    ("workbooks::registry", UNVERIFIED),
    ("workbooks::registry::busy", UNREACHABLE),
    ("workbooks::registry::denied", REFUSED),
    ("workbooks::registry::exists", CONFLICT),
    ("workbooks::registry::network", OTHER),
    ("workbooks::registry::not_found", NOT_FOUND),
    ("workbooks::registry::unavailable", UNREACHABLE),
    ("workbooks::run::invoke", USAGE),
    ("workbooks::run::killed", KILLED),
    ("workbooks::run::other_shape", USAGE),
    ("workbooks::secrets::damaged", UNVERIFIED),
    ("workbooks::secrets::permissions", UNVERIFIED),
    ("workbooks::secrets::unusable", USAGE),
    ("workbooks::serve", OTHER),
    ("workbooks::serve::address_in_use", CONFLICT),
    ("workbooks::serve::no_handler", UNVERIFIED),
    ("workbooks::serve::not_granted", REFUSED),
    ("workbooks::serve::revoked", REFUSED),
    ("workbooks::serve::unknown_endpoint", NOT_FOUND),
    ("workbooks::skill", UNVERIFIED),
    ("workbooks::source::missing", NOT_FOUND),
    ("workbooks::source::outside", REFUSED),
    ("workbooks::source::special", REFUSED),
    ("workbooks::source::too_large", LIMIT),
    ("workbooks::source::wrong_hash", UNVERIFIED),
    ("workbooks::store", OTHER),
    ("workbooks::store::damaged", UNVERIFIED),
    ("workbooks::store::not_private", UNVERIFIED),
    ("workbooks::trust", UNVERIFIED),
    ("workbooks::unpack", UNVERIFIED),
    ("workbooks::unpack::write", OTHER),
    ("workbooks::value", USAGE),
    ("workbooks::wit", UNCOMPILABLE),
    ("workbooks::workspace", UNVERIFIED),
    ("workbooks::world::unknown_capability", USAGE),
];

impl Class {
    /// The class of an error: that of its cause where the cause is known better.
    pub(crate) fn of(error: &dyn Diagnostic) -> Self {
        if let Some(cause) = error.diagnostic_source() {
            let class = Self::of(cause);
            if class != OTHER {
                return class;
            }
        }
        error.code().map_or(OTHER, |code| Self::of_code(&code.to_string()))
    }

    fn of_code(code: &str) -> Self {
        let matches = |prefix: &str| {
            code.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let rows = TABLE.iter().filter(|(prefix, _)| matches(prefix));
        rows.max_by_key(|(prefix, _)| prefix.len()).map_or(OTHER, |(_, class)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_error_never_decides() {
        for code in [
            "workbooks::run::trapped",
            "404",
            "not found",
            "",
            "workbooks::granted",
            "workbooks::link_x",
        ] {
            assert_eq!(Class::of_code(code).status, 1, "{code}");
        }
    }

    #[test]
    fn each_class_is_reached_by_its_codes() {
        for (code, status, retryable) in [
            ("workbooks::cli::usage", 2, false),
            ("workbooks::cli::no_engine", 3, true),
            ("workbooks::cli::not_found::toolkit", 4, false),
            ("workbooks::provision::wrong_hash", 5, false),
            ("workbooks::trust::tampered", 5, false),
            ("workbooks::cli::conflict", 6, true),
            ("workbooks::link::not_granted", 7, false),
            ("workbooks::mount::protected", 7, false),
            ("workbooks::grant::revoked", 7, false),
            ("workbooks::limit::cpu", 8, true),
            ("workbooks::compile::limit::memory", 8, true),
            ("workbooks::compile::rejected", 9, false),
            ("workbooks::link::shape", 5, false),
        ] {
            let class = Class::of_code(code);
            assert_eq!((class.status, class.retryable), (status, retryable), "{code}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_has_no_row_twice() {
        assert!(TABLE.windows(2).all(|rows| rows[0].0 < rows[1].0));
    }
}
