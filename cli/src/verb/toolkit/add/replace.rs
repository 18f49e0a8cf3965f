//! Whether what came may stand in the place of what is here: the same publisher, or the one that it
//! handed over to, and never something older under the same signature.

use semver::Version;
use workbooks_host::provenance::{Did, Digest, TrustStore};

use super::error::AddError;

/// A toolkit, as far as this matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verb::toolkit) struct Known {
    /// Its version.
    pub(in crate::verb::toolkit) version: Version,
    /// The digest of its files.
    pub(in crate::verb::toolkit) tree: Digest,
    /// Who signed it.
    pub(in crate::verb::toolkit) publisher: Did,
}

/// Refuses `new` in the place of `here`, which is not `id`'s next version. With `back`, somebody
/// named an older version themselves.
pub(in crate::verb::toolkit) fn check(
    id: &str,
    here: &Known,
    new: &Known,
    trust: &TrustStore,
    back: bool,
) -> Result<(), AddError> {
    if !handed_over(&here.publisher, &new.publisher, trust) {
        let (here, new) = (here.publisher.clone().into(), new.publisher.clone().into());
        return Err(AddError::OtherPublisher { id: id.to_owned(), here, new });
    }
    if new.version == here.version && new.tree != here.tree {
        return Err(AddError::Changed { id: id.to_owned(), version: new.version.clone() });
    }
    if new.version < here.version && !back {
        let (here, new) = (here.version.clone(), new.version.clone());
        return Err(AddError::Older { id: id.to_owned(), here, new });
    }
    Ok(())
}

/// Whether `to` is `from`, or the key that it handed over to, and so on.
pub(super) fn handed_over(from: &Did, to: &Did, trust: &TrustStore) -> bool {
    let mut at = from;
    // Successors of a store make at most one chain through all of its keys.
    for _ in 0..=trust.entries().count() {
        if at == to {
            return true;
        }
        match trust.find(at).and_then(|key| key.successor.as_ref()) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use workbooks_host::provenance::{SigningKey, Timestamp, Trusted};

    use super::*;

    fn did(seed: u8) -> Did {
        SigningKey::of(&[seed; 32]).did()
    }

    fn known(version: &str, tree: &[u8], seed: u8) -> Known {
        Known { version: version.parse().unwrap(), tree: Digest::of(tree), publisher: did(seed) }
    }

    fn chain(pairs: &[(u8, u8)]) -> TrustStore {
        let mut trust = TrustStore::default();
        for (from, to) in pairs {
            let mut key = Trusted::new(did(*from), Timestamp::UNIX_EPOCH);
            key.successor = Some(did(*to));
            trust.add(key).unwrap();
        }
        trust
    }

    #[test]
    fn another_publisher_an_older_version_and_other_bytes_are_refused() {
        let here = known("1.2.0", b"a", 1);
        let trust = TrustStore::default();
        let refused = |new: &Known, back| check("t", &here, new, &trust, back).unwrap_err();
        let other = refused(&known("9.0.0", b"b", 2), true);
        assert!(matches!(other, AddError::OtherPublisher { .. }), "{other}");
        let older = refused(&known("1.1.9", b"b", 1), false);
        assert!(matches!(older, AddError::Older { .. }), "{older}");
        let changed = refused(&known("1.2.0", b"b", 1), true);
        assert!(matches!(changed, AddError::Changed { .. }), "{changed}");
        for (version, tree, back) in
            [("1.2.0", b"a", false), ("1.2.1", b"b", false), ("1.0.0", b"b", true)]
        {
            assert!(check("t", &here, &known(version, tree, 1), &trust, back).is_ok(), "{version}");
        }
    }

    #[test]
    fn only_who_was_handed_over_to_may_follow_and_a_circle_ends() {
        let here = known("1.0.0", b"a", 1);
        let new = known("1.1.0", b"b", 3);
        let may = |trust: &TrustStore| check("t", &here, &new, trust, false).is_ok();
        assert!(may(&chain(&[(1, 2), (2, 3)])));
        assert!(!may(&chain(&[(3, 1)])));
        assert!(!may(&chain(&[(1, 2), (2, 1)])));
        assert!(!may(&chain(&[])));
    }
}
