//! A folder of the host that the operator opens to one toolkit: `HOST::GUEST`, `HOST::GUEST:rw`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::toolkit::{Invalid, guest_path, has_hazard};

/// A folder of the host and where a guest sees it. Only its text is checked here: whether it may
/// be mounted at all is for the host to say, which knows its cache, its keys and its state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mount {
    /// The folder's path on the host, exactly as the operator wrote it. Never shown to a guest.
    pub host: String,
    /// An absolute path in the guest, without `..`, `.`, empty parts, colons and backslashes.
    pub guest: String,
    /// Whether the guest may write.
    pub writable: bool,
}

impl FromStr for Mount {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason| {
            let help =
                "write `HOST::GUEST`, or `HOST::GUEST:rw` to let the guest write: `notes::/data`";
            Invalid::new(text, reason, help)
        };
        if has_hazard(text).is_some() {
            return Err(invalid("has a control character in it"));
        }
        let (host, rest) = text.split_once("::").ok_or_else(|| invalid("has no `::`"))?;
        if host.is_empty() {
            return Err(invalid("names no folder of the host"));
        }
        let (guest, writable) = match rest.strip_suffix(":rw") {
            Some(guest) => (guest, true),
            None => (rest, false),
        };
        Ok(Self { host: host.to_owned(), guest: guest_path(guest)?.to_owned(), writable })
    }
}

impl Mount {
    /// What of it a child sees whose caller sees `others`: only a folder that the caller sees
    /// too, under the same path (a path below it could be a link out of it).
    pub(super) fn within(&self, others: &[Self]) -> Option<Self> {
        let mut same = others.iter().filter(|other| other.host == self.host).peekable();
        same.peek()?;
        let writable = self.writable && same.any(|other| other.writable);
        Some(Self { writable, ..self.clone() })
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.writable { ":rw" } else { "" };
        write!(f, "{}::{}{mode}", self.host, self.guest)
    }
}

impl TryFrom<String> for Mount {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Mount> for String {
    fn from(mount: Mount) -> Self {
        mount.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_a_mount_is_refused() {
        for text in [
            "",
            "a",
            "a:b",
            "a::",
            "::/b",
            "a::b",
            "a::/b:ro",
            "a::/b:rwx",
            "a::/b:rw:rw",
            "a::/../b",
            "a::/b/",
            "a:://b",
            "a::/./b",
            "a::/b::/c",
            "a\0::/b",
            "a::/b\0",
            "a::/b\\c",
            "a\u{1b}::/b",
            "a::/b ::rw",
        ] {
            assert!(text.parse::<Mount>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_mount_is_read_only_unless_it_says_rw() {
        let mount: Mount = "./my notes::/data".parse().unwrap();
        assert_eq!(
            (mount.host.as_str(), mount.guest.as_str(), mount.writable),
            ("./my notes", "/data", false)
        );
        assert!("C:\\x::/:rw".parse::<Mount>().unwrap().writable);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_and_stays_below_the_root(text in "[a./:\\\\]{1,6}::/[a./:rw]{0,8}") {
            if let Ok(mount) = text.parse::<Mount>() {
                prop_assert_eq!(&mount.to_string().parse::<Mount>().unwrap(), &mount);
                prop_assert!(mount.guest.split('/').all(|part| part != ".." && part != "."));
            }
        }
    }
}
