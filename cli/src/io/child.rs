//! `wbx` as the helper of its own host: by a first word that is no verb, and that nobody types.

use std::path::PathBuf;

use workbooks_host::Helper;

/// The word.
const WORD: &str = "child-process";

/// Whether this process was started to be one.
pub(crate) fn is_wanted() -> bool {
    std::env::args_os().nth(1).is_some_and(|word| word == WORD)
}

/// This very program; nothing where the system does not say which it is.
pub(crate) fn this_program() -> Option<Helper> {
    // On Linux by a name that stays its own when the file is replaced, as an upgrade does.
    let program = if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().ok()?
    };
    Some(Helper::new(program, [WORD]))
}
