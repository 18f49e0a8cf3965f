//! The door `net.fetch`.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::p2::StreamError;
use workbooks_bindings::Refusal;
use workbooks_bindings::engine::net::{Host, HostResponse, Request, Response};
use workbooks_bindings::engine::types::Header;

use super::FORBIDDEN_URLS;
use crate::admission::{Caller, Decision};
use crate::capabilities::Net;
use crate::capability::Call;
use crate::egress::doubles::{
    Authority, Dns, Web, caller, caller_under, dialled, egress, stranger, text,
};
use crate::secret::{NoSecrets, Purpose, Secret, SecretError, SecretProvider};

fn request(url: &str) -> Request {
    Request {
        method: "GET".into(),
        url: url.into(),
        headers: vec![],
        body: vec![],
        credential: None,
        timeout_ms: None,
        extra: vec![],
    }
}

async fn fetch(
    net: &Net,
    caller: &Arc<Caller>,
    table: &mut ResourceTable,
    request: Request,
) -> Result<Resource<Response>, Refusal> {
    Call::new(net, caller, table).fetch(request).await
}

#[tokio::test]
async fn every_forbidden_url_is_refused_and_nothing_is_asked_or_dialled() {
    let dns = Dns::start().await.with("example.org", &["8.8.8.8"]);
    let egress = Arc::new(egress(dns.resolver(), None));
    let net = Net::new(egress.clone(), Arc::new(NoSecrets));
    for url in FORBIDDEN_URLS {
        let (caller, audit) = caller_under("");
        let refused = fetch(&net, &caller, &mut ResourceTable::new(), request(url)).await;
        match refused.map(|_| ()).unwrap_err() {
            Refusal::Denied(_) => {
                let record = audit.records().pop().expect("a denial is on record");
                assert_eq!(record.decision, Decision::Denied("denied".into()), "{url}");
                assert_eq!((&*record.capability, &*record.operation), ("net", "fetch"));
            }
            Refusal::Invalid(_) => {}
            other => panic!("{url}: {other:?}"),
        }
    }
    assert_eq!((dns.asked(), dialled(&egress)), (vec![], 0));
}

#[tokio::test]
async fn what_is_malformed_or_over_a_cap_is_refused() {
    let egress = Arc::new(egress(Dns::start().await.resolver(), None));
    let net = Net::new(egress.clone(), Arc::new(NoSecrets));
    let url = "http://8.8.8.8/";
    let header = |name: &str, value: &[u8]| Request {
        headers: vec![Header { name: name.into(), value: value.into() }],
        ..request(url)
    };
    let cases = [
        Request { method: "CONNECT".into(), ..request(url) },
        Request { method: "TRACE".into(), ..request(url) },
        Request { method: String::new(), ..request(url) },
        Request { method: "G ET".into(), ..request(url) },
        Request { method: "X".repeat(33), ..request(url) },
        Request { body: vec![0; (4 << 20) + 1], ..request(url) },
        Request { credential: Some("TOKEN".into()), ..request(url) },
        Request { extra: vec![("proxy".into(), "x".into())], ..request(url) },
        request(&format!("http://8.8.8.8/{}", "x".repeat(9_000))),
        header("host", b"example.org"),
        header(":authority", b"example.org"),
        header("x y", b""),
        header("", b""),
        header("x", b"y\r\nhost: z"),
        header("x", b"\0"),
        header("content-length", b"1"),
        Request { headers: vec![Header { name: "x".into(), value: vec![] }; 101], ..request(url) },
    ];
    for (at, request) in cases.into_iter().enumerate() {
        let refused = fetch(&net, &stranger(), &mut ResourceTable::new(), request).await;
        let refused = refused.map(|_| ()).unwrap_err();
        assert!(
            !matches!(refused, Refusal::Unavailable(_) | Refusal::Timeout),
            "{at}: {refused:?}"
        );
    }
    let late = Request { timeout_ms: Some(0), ..request(url) };
    let refused = fetch(&net, &stranger(), &mut ResourceTable::new(), late).await;
    assert_eq!(refused.map(|_| ()).unwrap_err(), Refusal::Timeout);
    assert_eq!(dialled(&egress), 0);
}

#[tokio::test]
async fn a_response_has_a_status_headers_and_one_stream() {
    let web = Web::start(None, |seen| {
        let mut response = text(404, format!("{} {}", seen.method, seen.body.len()));
        response.headers_mut().insert("x-a", HeaderValue::from_static("b"));
        response
    })
    .await;
    let net = Net::new(Arc::new(egress(Dns::start().await.resolver(), None)), Arc::new(NoSecrets));
    let (caller, mut table) = (caller(), ResourceTable::new());
    let sent = Request {
        method: "PATCH".into(),
        body: vec![1; 4 << 20],
        ..request(&format!("http://127.0.0.1:{}/", web.port()))
    };
    let response = fetch(&net, &caller, &mut table, sent).await.unwrap();
    let mut call = Call::new(&net, &caller, &mut table);
    let again = || Resource::<Response>::new_borrow(response.rep());
    assert_eq!(call.status(again()).await, Ok(404));
    let headers = call.headers(again()).await.unwrap();
    assert!(headers.iter().any(|header| header.name == "x-a" && header.value == b"b"));
    let stream = call.body(again()).await.unwrap();
    assert!(matches!(call.body(again()).await.map(|_| ()), Err(Refusal::Invalid(_))));
    call.drop(response).await.unwrap();
    let stream = table.get_mut(&stream).unwrap();
    let mut body = Vec::new();
    loop {
        stream.ready().await;
        match stream.read(3) {
            Ok(piece) => body.extend_from_slice(&piece),
            Err(StreamError::Closed) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(String::from_utf8(body).unwrap(), format!("PATCH {}", 4 << 20));
}

#[tokio::test]
async fn a_withdrawn_grant_withholds_what_has_come_and_says_so() {
    let web = Web::start(None, |_| text(200, "abcdef")).await;
    let net = Net::new(Arc::new(egress(Dns::start().await.resolver(), None)), Arc::new(NoSecrets));
    let (caller, mut table) = (caller(), ResourceTable::new());
    let url = format!("http://127.0.0.1:{}/", web.port());
    let response = fetch(&net, &caller, &mut table, request(&url)).await.unwrap();
    let mut call = Call::new(&net, &caller, &mut table);
    let stream = call.body(Resource::new_borrow(response.rep())).await.unwrap();
    caller.principal().revoke();
    assert_eq!(call.status(response).await, Err(Refusal::Revoked));
    let stream = table.get_mut(&stream).unwrap();
    tokio::time::timeout(Duration::from_secs(10), stream.ready()).await.unwrap();
    let Err(StreamError::LastOperationFailed(why)) = stream.read(9) else { panic!() };
    assert_eq!(why.to_string(), "the grant was withdrawn");
    let refused = fetch(&net, &caller, &mut table, request(&url)).await.map(|_| ());
    assert_eq!(refused.unwrap_err(), Refusal::Revoked);
    assert_eq!(web.connections(), 1);
}

struct One(Purpose);

impl SecretProvider for One {
    fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError> {
        let secret = Secret { purpose: self.0, bytes: b"hunter2-hunter2".to_vec().into() };
        Ok((tenant == "acme" && name == "TOKEN").then_some(secret))
    }
}

#[tokio::test]
async fn a_credential_is_the_grant_s_to_bind_and_the_host_s_to_send() {
    let authority = Authority::new();
    let tls = authority.server(&["a.example.org"], &["h2"]);
    let web = Web::start(Some(tls), |_| text(200, "hunter2-hunter2")).await;
    let dns = Dns::start().await.with("a.example.org", &["127.0.0.1"]);
    let egress = Arc::new(egress(dns.resolver(), Some(&authority)));
    let origin = format!("https://a.example.org:{}", web.port());
    let policy = format!(
        "private = ['127.0.0.0/8']\n[secrets.TOKEN]\norigin = '{origin}'\nheader = 'X-Key: {{secret}}'\n\
         [secrets.OTHER]\norigin = '{origin}'"
    );
    let (caller, audit) = caller_under(&policy);
    let with = |name: &str| Request { credential: Some(name.into()), ..request(&origin) };
    for (purpose, name) in [
        (Purpose::Credential, "NONE"),
        (Purpose::Credential, "OTHER"),
        (Purpose::HmacSha256, "TOKEN"),
    ] {
        let net = Net::new(egress.clone(), Arc::new(One(purpose)));
        let refused = fetch(&net, &caller, &mut ResourceTable::new(), with(name)).await;
        assert!(refused.is_err(), "{name}");
    }
    assert_eq!(web.connections(), 0);
    let net = Net::new(egress, Arc::new(One(Purpose::Credential)));
    let mut table = ResourceTable::new();
    let response = fetch(&net, &caller, &mut table, with("TOKEN")).await.unwrap();
    assert_eq!(web.seen()[0].headers["x-key"], "hunter2-hunter2");
    let stream = Call::new(&net, &caller, &mut table).body(response).await.unwrap();
    let stream = table.get_mut(&stream).unwrap();
    stream.ready().await;
    assert_eq!(stream.read(99).unwrap(), "***************");
    assert!(!format!("{:?}", audit.records()).contains("hunter2"));
}
