//! What a child may do for its caller: never more than either.

use std::time::Duration;

use proptest::prelude::*;

use super::{Grant, Limits, PrivateRange, Profile, ToolkitPolicy};

fn policies() -> impl Strategy<Value = ToolkitPolicy> {
    let words = prop::collection::btree_set(
        prop::sample::select(vec!["kv", "vfs", "net", "tcp", "commands"]).prop_map(str::to_owned),
        0..5,
    );
    let net = prop::option::of(prop::collection::vec(
        prop::sample::select(vec!["a.org", "*.a.org", "x.a.org", "b.org:80", "192.0.2.1:80"]),
        0..4,
    ));
    let private = prop::collection::vec(
        prop::sample::select(vec!["127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "10.1.0.0/16"]),
        0..4,
    );
    let mounts = prop::collection::vec(
        prop::sample::select(vec!["a::/a", "a::/a:rw", "a/b::/b:rw", "b::/a", "a::/c:rw"]),
        0..4,
    );
    let secrets = prop::collection::btree_map(
        prop::sample::select(vec!["ONE", "TWO"]).prop_map(str::to_owned),
        prop::sample::select(vec!["https://a.org", "https://b.org"]),
        0..3,
    );
    (words, net, private, mounts, secrets).prop_map(|(grants, net, private, mounts, secrets)| {
        ToolkitPolicy {
            grants,
            net: net.map(|net| net.into_iter().map(|text| text.parse().unwrap()).collect()),
            private: private.into_iter().map(|text| text.parse().unwrap()).collect(),
            mounts: mounts.into_iter().map(|text| text.parse().unwrap()).collect(),
            secrets: secrets
                .into_iter()
                .map(|(name, origin)| {
                    (name, toml::from_str(&format!("origin = '{origin}'")).unwrap())
                })
                .collect(),
            ..ToolkitPolicy::default()
        }
    })
}

fn grants() -> impl Strategy<Value = Grant> {
    let profiles = prop::sample::select(vec!["compute", "minimal", "network", "posix"]);
    let deadline = prop::option::of((1_u64..9).prop_map(Duration::from_secs));
    (policies(), profiles, 1_u32..9, 1_usize..9, deadline).prop_map(
        |(policy, profile, rate, handles, deadline)| {
            let grant = Grant::bare("child", &Profile::named(profile), &policy);
            let limits = Limits { deadline, handles, rate, ..grant.limits().clone() };
            grant.with_limits(limits)
        },
    )
}

/// Whether `narrow` allows no connection that `wide` does not.
fn reaches_no_further(narrow: &Grant, wide: &Grant) -> bool {
    let net = match narrow.net().list() {
        None => wide.net().list().is_none(),
        Some(list) => list.iter().all(|to| wide.net().contain(to)),
    };
    let within =
        |range: &PrivateRange| wide.private().iter().any(|w| w.meet(range) == Some(*range));
    net && narrow.private().iter().all(within)
}

fn is_no_wider(child: &Grant, than: &Grant) -> bool {
    let (ours, theirs) = (child.limits(), than.limits());
    let mounts = child.mounts().iter().all(|mount| {
        than.mounts()
            .iter()
            .any(|other| other.host == mount.host && (other.writable || !mount.writable))
    });
    child.capabilities().is_subset(than.capabilities())
        && reaches_no_further(child, than)
        && mounts
        && child.secrets().iter().all(|(name, binding)| than.secrets().get(name) == Some(binding))
        && ours.within(theirs) == *ours
        && ours.memory <= theirs.memory
        && ours.cpu_time <= theirs.cpu_time
        && ours.rate <= theirs.rate
        && ours.handles <= theirs.handles
        && theirs.deadline.is_none_or(|deadline| ours.deadline.is_some_and(|own| own <= deadline))
}

proptest! {
    #[test]
    fn a_child_may_do_nothing_that_it_or_its_caller_may_not(own in grants(), caller in grants()) {
        let child = own.within(&caller);
        prop_assert!(is_no_wider(&child, &own), "{child:?}\nis wider than its own {own:?}");
        prop_assert!(is_no_wider(&child, &caller), "{child:?}\nis wider than {caller:?}");
    }

    #[test]
    fn to_be_ones_own_child_changes_nothing(own in grants()) {
        let child = own.within(&own);
        prop_assert_eq!(child.capabilities(), own.capabilities());
        prop_assert_eq!(child.limits(), own.limits());
        prop_assert_eq!(child.secrets(), own.secrets());
        prop_assert!(reaches_no_further(&own, &child), "{child:?}");
    }
}
