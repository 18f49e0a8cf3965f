//! Names, lookups, pins, connections and certificates.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use workbooks_bindings::Refusal;

use crate::egress::doubles::{
    Authority, Dns, Web, caller, caller_under, dialled, egress, soon, stranger, text,
};

#[tokio::test]
async fn every_spelling_of_a_special_address_is_denied_without_a_lookup() {
    let dns = Dns::start().await;
    let egress = egress(dns.resolver(), None);
    let caller = stranger();
    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "0.1.2.3",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "foo.localhost",
        "[::1]",
        "::1",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:1::",
        "::5efe:10.0.0.1",
        "[fe80::1%25eth0]",
        "fe80::1%eth0",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.169.253",
        "fd00:ec2::254",
        "100.100.100.200",
        "metadata.google.internal",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "100::1",
        "１２７。0。0。1",
        "%31%32%37.0.0.1",
        "127.0.0.1\0",
        "127.0.0.1\r\n",
        "\t127.0.0.1",
        "example.org.",
        "intranet",
        "",
        "user@127.0.0.1",
        "127.0.0.1#@example.org",
        "example.org\\@x",
    ] {
        let refused = egress.resolve(&caller, host, 443, soon()).await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_) | Refusal::Invalid(_)), "{host}: {refused:?}");
    }
    assert_eq!((dns.asked(), dialled(&egress)), (vec![], 0));
}

#[tokio::test]
async fn a_name_that_leads_to_a_special_address_is_denied_after_one_lookup() {
    let mut dns = Dns::start().await;
    let answers: &[&[&str]] = &[
        &["127.0.0.1"],
        &["8.8.8.8", "10.0.0.1"],
        &["10.0.0.1", "8.8.8.8"],
        &["8.8.8.8", "::1"],
        &["8.8.8.8", "::ffff:8.8.8.8"],
        &["64:ff9b::808:808"],
        &["169.254.169.254"],
        &[],
    ];
    for (at, answer) in answers.iter().enumerate() {
        dns = dns.with(&format!("n{at}.example.org"), answer);
    }
    let egress = egress(dns.resolver(), None);
    for at in 0..answers.len() {
        let name = format!("n{at}.example.org");
        let refused = egress.resolve(&stranger(), &name, 443, soon()).await.unwrap_err();
        assert_eq!(refused, Refusal::Denied(format!("`{name}:443` is not a public destination")));
        assert_eq!(dns.lookups(&name), 1, "{name}");
    }
    assert_eq!(dialled(&egress), 0);
}

#[tokio::test]
async fn a_private_name_and_none_are_told_alike() {
    let dns = Dns::start().await.with("there.example.org", &["10.0.0.1"]);
    let egress = egress(dns.resolver(), None);
    let told = async |name: &str| {
        let refused = egress.resolve(&stranger(), name, 443, soon()).await.unwrap_err();
        refused.to_string().replace(name, "NAME")
    };
    assert_eq!(told("there.example.org").await, told("nowhere.example.org").await);
    assert_eq!(told("there.example.org").await, told("wiki.corp.internal").await);
}

#[tokio::test]
async fn aliases_are_followed_by_the_name_server_and_judged_by_their_end() {
    let dns = Dns::start()
        .await
        .alias("a.example.org", "b.example.org")
        .alias("b.example.org", "c.internal")
        .with("c.internal", &["10.0.0.1"])
        .alias("d.example.org", "e.example.org")
        .with("e.example.org", &["8.8.8.8"]);
    let egress = egress(dns.resolver(), None);
    assert!(egress.resolve(&stranger(), "a.example.org", 443, soon()).await.is_err());
    let pinned = egress.resolve(&stranger(), "d.example.org", 443, soon()).await.unwrap();
    assert_eq!(pinned.addresses(), ["8.8.8.8:443".parse().unwrap()]);
    for name in dns.asked() {
        assert_eq!(dns.lookups(&name), 1, "{name}");
    }
}

#[tokio::test]
async fn a_name_that_rebinds_is_dialled_where_it_was_looked_up() {
    let web = Web::start(None, |_| text(200, "ok")).await;
    let dns = Dns::start().await.rebinding("a.example.org", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let egress = egress(dns.resolver(), None);
    let pinned = egress.resolve(&caller(), "a.example.org", web.port(), soon()).await.unwrap();
    let stream = egress.connect(&pinned, soon()).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), web.address());
    assert_eq!(dns.lookups("a.example.org"), 1);
}

#[tokio::test]
async fn a_name_server_that_fails_denies() {
    let dns = Dns::start().await.failing("a.example.org");
    let egress = egress(dns.resolver(), None);
    let refused = egress.resolve(&stranger(), "a.example.org", 443, soon()).await.unwrap_err();
    assert_eq!(refused, Refusal::Unavailable("`a.example.org` cannot be resolved".into()));
}

#[tokio::test]
async fn the_deadline_ends_a_lookup() {
    let egress = egress(std::sync::Arc::new(Silent), None);
    let until = Instant::now() + Duration::from_millis(20);
    let refused = egress.resolve(&stranger(), "a.example.org", 443, until).await.unwrap_err();
    assert_eq!(refused, Refusal::Timeout);
}

struct Silent;

impl crate::egress::Resolver for Silent {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = crate::egress::Answer> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn what_the_grant_does_not_name_is_not_even_looked_up() {
    let dns = Dns::start().await.with("a.example.org", &["8.8.8.8"]);
    let egress = egress(dns.resolver(), None);
    let (caller, _) = caller_under("net = ['a.example.org', '*.b.example.org:8443', '9.9.9.9:53']");
    for (host, port) in [
        ("a.example.org", 80),
        ("b.example.org", 8443),
        ("x.a.example.org", 443),
        ("a.example.org.evil.org", 443),
        ("9.9.9.9", 443),
        ("8.8.8.8", 443),
    ] {
        let refused = egress.resolve(&caller, host, port, soon()).await.unwrap_err();
        let Refusal::Denied(what) = refused else { panic!("{refused:?}") };
        assert!(what.contains("under `net`"), "{what}");
    }
    assert!(dns.asked().is_empty());
    assert!(egress.resolve(&caller, "A.Example.ORG", 443, soon()).await.is_ok());
    assert!(egress.may_dial(&caller, "9.9.9.9:53".parse().unwrap()).is_ok());
    assert!(egress.may_dial(&caller, "8.8.8.8:53".parse().unwrap()).is_err());
}

#[tokio::test]
async fn ports_0_and_25_are_closed_unless_a_list_names_25() {
    let egress = egress(std::sync::Arc::new(Silent), None);
    let (named, _) = caller_under("net = ['8.8.8.8:25']");
    assert!(egress.resolve(&stranger(), "8.8.8.8", 0, soon()).await.is_err());
    assert!(egress.resolve(&stranger(), "8.8.8.8", 25, soon()).await.is_err());
    assert!(egress.may_dial(&stranger(), "8.8.8.8:25".parse().unwrap()).is_err());
    assert!(egress.resolve(&named, "8.8.8.8", 25, soon()).await.is_ok());
}

#[tokio::test]
async fn a_private_range_opens_itself_and_nothing_beside_it() {
    let dns = Dns::start()
        .await
        .with("wiki.corp.internal", &["10.1.0.5"])
        .with("mixed.example.org", &["10.1.0.5", "8.8.8.8"]);
    let egress = egress(dns.resolver(), None);
    let (caller, _) = caller_under("private = ['10.1.0.0/16']");
    assert!(egress.resolve(&caller, "wiki.corp.internal", 443, soon()).await.is_ok());
    assert!(egress.resolve(&caller, "8.8.8.8", 443, soon()).await.is_ok());
    for host in ["mixed.example.org", "10.2.0.1", "127.0.0.1", "::ffff:10.1.0.5", "localhost"] {
        assert!(egress.resolve(&caller, host, 443, soon()).await.is_err(), "{host}");
    }
    let scoped = "[fe80::1%2]:443".parse().unwrap();
    assert!(egress.may_dial(&caller, scoped).is_err());
    assert!(egress.may_dial(&caller, "10.1.0.5:443".parse().unwrap()).is_ok());
    assert!(egress.may_dial(&caller, "[::ffff:10.1.0.5]:443".parse().unwrap()).is_err());
}

#[tokio::test]
async fn a_certificate_must_be_good_for_the_name() {
    let authority = Authority::new();
    let web = Web::start(Some(authority.server(&["a.example.org"], &[])), |_| text(200, "")).await;
    let dns = Dns::start()
        .await
        .with("a.example.org", &["127.0.0.1"])
        .with("b.example.org", &["127.0.0.1"]);
    let trusting = egress(dns.resolver(), Some(&authority));
    let doubting = egress(dns.resolver(), None);
    for (egress, host) in
        [(&trusting, "b.example.org"), (&trusting, "127.0.0.1"), (&doubting, "a.example.org")]
    {
        let pinned = egress.resolve(&caller(), host, web.port(), soon()).await.unwrap();
        let stream = egress.connect(&pinned, soon()).await.unwrap();
        let refused = egress.tls(stream, &pinned, &[], soon()).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("unavailable: the certificate of `{host}` is not good for it")
        );
    }
    let pinned = trusting.resolve(&caller(), "a.example.org", web.port(), soon()).await.unwrap();
    let stream = trusting.connect(&pinned, soon()).await.unwrap();
    let mut stream = trusting.tls(stream, &pinned, &[], soon()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_unavailable_without_an_address() {
    let egress = egress(std::sync::Arc::new(Silent), None);
    let port = {
        let web = Web::start(None, |_| text(200, "")).await;
        web.port()
    };
    tokio::task::yield_now().await;
    let pinned = egress.resolve(&caller(), "127.0.0.1", port, soon()).await.unwrap();
    let refused = egress.connect(&pinned, soon()).await.unwrap_err();
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
}
