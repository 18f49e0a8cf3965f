//! Who may do what with a member: decided by identity, from the workspace's own words alone.

use super::{Member, Scope, Workspace};
use crate::provenance::Did;

/// What somebody may do with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing, not even read.
    None,
    /// Read it.
    Read,
    /// Read it and change it.
    Write,
}

impl Access {
    /// The word for lists: `none`, `read`, `write`.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl From<Scope> for Access {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Read => Self::Read,
            Scope::Write => Self::Write,
        }
    }
}

impl Workspace {
    /// What `who` may do with a member: its `:SCOPE:` if they are the workspace's `#+OWNER` or the
    /// member's `:DID:`, and nothing if they are anyone else, or nobody.
    pub fn access(&self, member: &Member, who: Option<&Did>) -> Access {
        let Some(who) = who.map(ToString::to_string) else { return Access::None };
        let named = [&self.owner, &member.did].into_iter().flatten().any(|did| *did == who);
        if named { member.scope.into() } else { Access::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::SigningKey;

    #[test]
    fn only_the_owner_and_who_is_named_may_use_a_member() {
        let did = |seed: u8| SigningKey::of(&[seed; 32]).did();
        let text = format!(
            "#+OWNER: {}\n* One\n:PROPERTIES:\n:PATH: one\n:DID: {}\n:SCOPE: write\n:END:\n\
             * Two\n:PROPERTIES:\n:PATH: two\n:END:\n",
            did(1),
            did(2)
        );
        let workspace = Workspace::parse(text.as_bytes(), "workspace.org").unwrap();
        let access = |member: usize, who: Option<u8>| {
            workspace.access(&workspace.members[member], who.map(did).as_ref())
        };
        for (member, who, what) in [
            (0, None, Access::None),
            (0, Some(3), Access::None),
            (1, Some(2), Access::None),
            (0, Some(2), Access::Write),
            (0, Some(1), Access::Write),
            (1, Some(1), Access::Read),
        ] {
            assert_eq!(access(member, who), what, "{member} {who:?}");
        }
    }

    #[test]
    fn a_workspace_without_an_owner_is_nobodys() {
        let text = b"* One\n:PROPERTIES:\n:PATH: one\n:SCOPE: write\n:END:\n";
        let workspace = Workspace::parse(text, "workspace.org").unwrap();
        let who = SigningKey::of(&[1; 32]).did();
        assert_eq!(workspace.access(&workspace.members[0], Some(&who)), Access::None);
    }
}
