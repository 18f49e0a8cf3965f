//! Grants and policies as a whole: refusals first, then what is allowed.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::toolkit::{Manifest, Vocabulary};

const WORDS: [&str; 6] = ["vfs", "kv", "net", "queue", "posix", "serve"];

fn vocabulary() -> Vocabulary {
    Vocabulary::new(WORDS)
}

fn manifest(lines: &str) -> Manifest {
    Manifest::parse(format!("#+TOOLKIT: a\n{lines}").as_bytes(), None, &vocabulary()).unwrap()
}

fn policy(text: &str) -> Policy {
    Policy::parse(text, &vocabulary()).unwrap()
}

fn granted(lines: &str, profile: &str, policy: &Policy) -> Vec<String> {
    let grant =
        grant(&manifest(lines), Provenance::Local, &Profile::named(profile), policy).unwrap();
    grant.capabilities().iter().cloned().collect()
}

#[test]
fn a_toolkit_without_an_entry_gets_nothing() {
    assert!(granted("#+CAPS: vfs kv net", "posix", &Policy::default()).is_empty());
    assert!(
        granted("#+CAPS: vfs kv net", "posix", &policy("[toolkit.b]\ngrants = ['kv']")).is_empty()
    );
}

#[test]
fn each_of_the_three_withholds_and_is_named() {
    let policy = policy("[toolkit.a]\ngrants = ['vfs', 'net', 'queue']");
    let grant = grant(
        &manifest("#+CAPS: vfs kv net"),
        Provenance::Local,
        &Profile::named("minimal"),
        &policy,
    )
    .unwrap();
    assert!(grant.allows("vfs"));
    assert_eq!(grant.why_withheld("queue"), Withheld::Manifest);
    assert_eq!(grant.why_withheld("net"), Withheld::Profile);
    assert_eq!(grant.why_withheld("kv"), Withheld::Policy);
    assert_eq!(grant.withheld().len(), 2);
}

#[test]
fn a_revoked_toolkit_is_refused_until_it_is_granted_again() {
    let mut policy = policy("[toolkit.a]\ngrants = ['kv']");
    policy.allow_declared("a");
    policy.revoke("a", None);
    let run = |policy: &Policy| {
        grant(&manifest("#+CAPS: kv vfs"), Provenance::Local, &Profile::named("minimal"), policy)
    };
    assert_eq!(run(&policy).unwrap_err(), GrantError::Revoked { toolkit: "a".into() });
    policy.grant("a", ["vfs"]);
    assert!(run(&policy).unwrap().allows("vfs"));
}

#[test]
fn a_revoked_capability_is_withheld_even_from_our_own_toolkit() {
    let mut policy = Policy::default();
    policy.allow_declared("a");
    assert_eq!(granted("#+CAPS: vfs kv", "minimal", &policy), ["kv", "vfs"]);
    policy.revoke("a", Some(&["kv"]));
    assert_eq!(granted("#+CAPS: vfs kv", "minimal", &policy), ["vfs"]);
    policy.grant("a", ["kv"]);
    assert_eq!(granted("#+CAPS: vfs kv", "minimal", &policy), ["kv", "vfs"]);
}

#[test]
fn our_own_toolkit_gets_what_it_declares_and_no_more_than_its_profile() {
    let mut policy = Policy::default();
    policy.allow_declared("a");
    let grant = grant(
        &manifest("#+CAPS: kv net\n#+NET: x.org"),
        Provenance::Local,
        &Profile::named("minimal"),
        &policy,
    )
    .unwrap();
    assert!(grant.allows("kv") && !grant.allows("vfs"));
    assert_eq!(grant.why_withheld("net"), Withheld::Profile);
    assert_eq!(grant.net().to_string(), "x.org:443");
    assert!(
        Policy::parse(&policy.to_toml(), &vocabulary()).unwrap() == Policy::default(),
        "never stored"
    );
}

#[test]
fn the_operator_s_profile_is_a_ceiling() {
    let policy = policy("[toolkit.a]\nprofile = 'compute'\ngrants = ['kv', 'vfs', 'net']");
    let grant = grant(
        &manifest("#+CAPS: kv vfs net"),
        Provenance::Local,
        &Profile::named("network"),
        &policy,
    )
    .unwrap();
    assert_eq!(grant.capabilities().iter().collect::<Vec<_>>(), ["vfs"]);
    assert_eq!(grant.why_withheld("kv"), Withheld::Policy);
    assert_eq!(
        (grant.limits().memory, grant.limits().cpu_time),
        (64 << 20, Duration::from_secs(5))
    );
}

#[test]
fn destinations_are_those_that_both_name() {
    let lines = "#+CAPS: net\n#+NET: *.example.org other.org b.org:80";
    let policy =
        policy("[toolkit.a]\ngrants = ['net']\nnet = ['api.example.org', 'evil.org', 'b.org']");
    let grant =
        grant(&manifest(lines), Provenance::Local, &Profile::named("network"), &policy).unwrap();
    assert_eq!(grant.net().to_string(), "api.example.org:443");
}

#[test]
fn a_list_that_nobody_writes_narrows_nothing() {
    let net = |lines: &str, list: &str| {
        let policy = policy(&format!("[toolkit.a]\ngrants = ['net']\n{list}"));
        let manifest = manifest(&format!("#+CAPS: net\n{lines}"));
        let grant =
            grant(&manifest, Provenance::Local, &Profile::named("network"), &policy).unwrap();
        grant.net().to_string()
    };
    assert_eq!(net("", "net = []"), "none");
    assert_eq!(net("#+NET: x.org", "net = ['y.org']"), "none");
    assert_eq!(net("#+NET: x.org", ""), "x.org:443");
    assert_eq!(net("", "net = ['y.org']"), "y.org:443");
    assert_eq!(net("", ""), "any public destination");
}

#[test]
fn private_ranges_are_the_operator_s_alone() {
    let policy = policy("[toolkit.a]\nprivate = ['10.0.0.0/8']");
    let one = grant(&manifest(""), Provenance::Local, &Profile::named("network"), &policy).unwrap();
    assert!(one.private()[0].contains("10.1.1.1".parse().unwrap()));
    let none =
        grant(&manifest(""), Provenance::Local, &Profile::named("network"), &Policy::default())
            .unwrap();
    assert!(none.private().is_empty());
}

#[test]
fn the_environment_is_constants_and_what_the_operator_gave() {
    let mut policy = policy("[toolkit.a.env]\nLANG = 'de'");
    policy.toolkit_mut("a").env.insert("DEBUG".into(), "1".into());
    let lines = "#+ENV: LANG=C\n#+ENV: HOME=/\n#+ENV_KEYS: TOKEN PATH";
    let grant =
        grant(&manifest(lines), Provenance::Local, &Profile::named("compute"), &policy).unwrap();
    let env: Vec<_> = grant.env().iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(env, ["DEBUG=1", "HOME=/", "LANG=de"]);
}

#[test]
fn a_bare_artifact_gets_what_is_named_and_no_more() {
    let mut operator = ToolkitPolicy::default();
    let none = Grant::bare("x.wasm", &Profile::named("compute"), &operator);
    assert!(none.capabilities().is_empty());
    assert_eq!(none.why_withheld("kv"), Withheld::Policy);
    operator.grants = ["kv".to_owned(), "net".to_owned()].into();
    operator.withheld = ["net".to_owned()].into();
    let grant = Grant::bare("x.wasm", &Profile::named("compute"), &operator);
    assert!(grant.allows("kv") && !grant.allows("net"));
    assert_eq!(grant.with_limits(Limits::lane()).limits(), &Limits::lane());
}

#[test]
fn a_policy_that_says_what_no_policy_says_is_refused_where_it_says_it() {
    for (text, span) in [
        ("[toolkit.a]\ngrant = ['kv']", "grant"),
        ("[toolkit.a]\ngrants = ['kvv']", "'kvv'"),
        ("[toolkit.a]\nwithheld = ['kvv']", "'kvv'"),
        ("[toolkit.a]\nprofile = 'minimum'", "'minimum'"),
        ("[toolkit.a]\nnet = ['x.org', 'http://x.org']", "'http://x.org'"),
        ("[toolkit.a]\nprivate = ['10.0.0.0/8', '8.8.8.8/32']", "'8.8.8.8/32'"),
        ("[toolkit.a]\nmounts = ['/a::/b', '/a:/b']", "'/a:/b'"),
        ("[toolkit.a]\ntrust = 'mine'", "'mine'"),
        ("[toolkit.'A b']\n", "'A b'"),
        ("[toolkit.a.env]\n'A-B' = 'x'", "'A-B'"),
        ("[toolkit.a.secrets.'x y']\norigin = 'https://x.org'", "'x y'"),
        ("[toolkit.a]\nrevoked = 'yes'", "'yes'"),
        ("other = 1", "other"),
    ] {
        let at = match Policy::parse(text, &vocabulary()).unwrap_err() {
            PolicyError::Syntax { at, .. } => at.unwrap(),
            PolicyError::Value { at, .. } => at,
        };
        assert_eq!(&text[at.offset()..at.offset() + at.len()], span, "{text}");
    }
    assert!(Policy::parse("[toolkit.a\n", &vocabulary()).is_err());
    assert!(
        Policy::parse("[toolkit.a.secrets.T]\norigin = 'http://x.org'", &vocabulary()).is_err()
    );
}

#[test]
fn a_policy_is_written_and_read_back() {
    let text = "[toolkit.a]\nrevoked = true\ntrust = 'first-party'\nprofile = 'minimal'\ngrants = ['kv']\nwithheld = ['net']\n\
        net = ['*.example.org:8443']\nprivate = ['10.0.0.0/8']\nmounts = ['/a b::/c:rw', 'x::/y']\nenv = { A = '1' }\n\
        secrets = { T = { origin = 'https://x.org', method = 'GET' } }\n[toolkit.b]\n";
    let read = policy(text);
    assert!(read.toolkit("a").unwrap().mounts[0].writable);
    assert_eq!(policy(&read.to_toml()), read);
    assert_eq!(Policy::default().to_toml(), "");
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(WORDS.to_vec(), 0..=WORDS.len())
}

proptest! {
    #[test]
    fn a_grant_is_never_wider_than_any_of_the_three(
        declared in words(), allowed in words(), withheld in words(),
        profile in prop::sample::select(Profile::names().collect::<Vec<_>>()),
        ceiling in prop::option::of(prop::sample::select(Profile::names().collect::<Vec<_>>())),
        own: bool,
        listed: bool,
        hosts in proptest::collection::vec("(\\*\\.)?([ab]\\.){0,2}x\\.y(:8)?", 0..4),
        operator_hosts in proptest::collection::vec("(\\*\\.)?([ab]\\.){0,2}x\\.y(:8)?", 0..4),
    ) {
        let mut policy = Policy::default();
        policy.grant("a", allowed.iter().copied());
        policy.revoke("a", Some(&withheld));
        policy.toolkit_mut("a").profile = ceiling.map(str::to_owned);
        policy.toolkit_mut("a").net =
            listed.then(|| operator_hosts.iter().map(|h| h.parse().unwrap()).collect());
        if own {
            policy.allow_declared("a");
        }
        let profile = Profile::named(profile);
        let bound = ceiling.map_or_else(|| profile.clone(), Profile::named);
        let manifest = manifest(&format!("#+CAPS: {}\n#+NET: {}\n", declared.join(" "), hosts.join(" ")));
        let grant = grant(&manifest, Provenance::Local, &profile, &policy).unwrap();

        for word in WORDS {
            let allowed = (own || allowed.contains(&word)) && !withheld.contains(&word);
            let expected = declared.contains(&word)
                && profile.holds(word)
                && bound.holds(word)
                && allowed;
            prop_assert_eq!(grant.allows(word), expected);
            prop_assert_eq!(grant.withheld().contains_key(word), declared.contains(&word) && !expected);
        }
        prop_assert!(grant.limits().memory <= profile.memory.min(bound.memory));
        prop_assert!(grant.limits().cpu_time <= profile.time.min(bound.time));
        match grant.net() {
            Destinations::Any => prop_assert!(manifest.net.is_empty() && !listed),
            Destinations::Only(net) => for host in net {
                prop_assert!(manifest.net.is_empty() || manifest.net.iter().any(|d| d.contains(host)));
                let operator = &policy.toolkit("a").unwrap().net;
                prop_assert!(operator.iter().all(|list| list.iter().any(|d| d.contains(host))));
            }
        }
    }

    #[test]
    fn no_text_makes_a_policy_panic(text in "(\\[toolkit\\.[a-z]\\]\n)?([a-z]{1,8} = [\\['\"a-z:/,\\]]{0,12}\n){0,4}") {
        let _read = Policy::parse(&text, &vocabulary());
    }
}

#[test]
fn names_of_secrets_that_sign_are_checked_and_carried_into_the_grant() {
    for bad in ["sign = ['a/b']", "sign = ['']", "sign = 'KEY'", "sign = ['1']", "signs = ['A']"] {
        assert!(Policy::parse(&format!("[toolkit.a]\n{bad}"), &vocabulary()).is_err(), "{bad}");
    }
    let policy = policy(
        "[toolkit.a]\nsign = ['KEY', 'ANOTHER']\nenv = { A = 'b' }\n\
         secrets.TOKEN.origin = 'https://a.example.org'",
    );
    let granted =
        grant(&manifest(""), Provenance::Local, &Profile::named("minimal"), &policy).unwrap();
    assert_eq!(granted.sign().iter().collect::<Vec<_>>(), ["ANOTHER", "KEY"]);
    assert_eq!(self::policy(&policy.to_toml()), policy);
    let bare = Grant::bare("b", &Profile::named("minimal"), &ToolkitPolicy::default());
    assert!(bare.sign().is_empty());
}
