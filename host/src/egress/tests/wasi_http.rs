//! The door `wasi:http/outgoing-handler`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::FORBIDDEN_URLS;
use crate::admission::{Caller, Decision};
use crate::egress::Egress;
use crate::egress::doubles::{
    Authority, Dns, Raw, Web, caller, caller_under, dialled, egress, text,
};
use crate::instance::http::OutgoingHttp;

fn body(text: &'static str) -> WasiBody {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}

async fn send(
    egress: &Arc<Egress>,
    caller: &Arc<Caller>,
    request: Request<WasiBody>,
    options: RequestOptions,
) -> Result<Response<WasiBody>, Error> {
    let mut hooks = OutgoingHttp::new(caller.clone(), egress.clone());
    let sent = hooks.send_request(request, Some(options), Box::new(std::future::ready(Ok(()))));
    Pin::from(sent).await.map(|(response, _)| response)
}

async fn get(
    egress: &Arc<Egress>,
    caller: &Arc<Caller>,
    url: &str,
) -> Result<Response<WasiBody>, Error> {
    let request = Request::get(url).body(body("")).unwrap();
    send(egress, caller, request, RequestOptions::default()).await
}

#[tokio::test]
async fn every_forbidden_url_is_refused_and_nothing_is_asked_or_dialled() {
    let dns = Dns::start().await.with("example.org", &["8.8.8.8"]);
    let egress = Arc::new(egress(dns.resolver(), None));
    let mut count = 0;
    for url in FORBIDDEN_URLS {
        // What is no URI at all is refused before it comes here.
        let Ok(request) = Request::get(*url).body(body("")) else { continue };
        let (caller, audit) = caller_under("");
        count += 1;
        let refused = send(&egress, &caller, request, RequestOptions::default()).await;
        match refused.map(|_| ()).unwrap_err() {
            Error::HttpRequestDenied => {
                let record = audit.records().pop().expect("a denial is on record");
                assert_eq!(record.decision, Decision::Denied("denied".into()), "{url}");
                assert_eq!(record.operation, "outgoing-handler.handle");
            }
            Error::HttpRequestUriInvalid => {}
            other => panic!("{url}: {other:?}"),
        }
    }
    assert!(count > 60, "{count}");
    assert_eq!((dns.asked(), dialled(&egress)), (vec![], 0));
}

#[tokio::test]
async fn the_host_header_is_what_is_dialled_and_no_guest_sets_it() {
    let egress = Arc::new(egress(Dns::start().await.resolver(), None));
    let mut hooks = OutgoingHttp::new(caller(), egress.clone());
    for name in ["host", "connection", "transfer-encoding", "proxy-authorization", "upgrade", "te"]
    {
        let name: HeaderName = name.parse().unwrap();
        assert!(
            hooks.is_forbidden_header(&name) && hooks.forbidden_header_filter()(&name),
            "{name}"
        );
    }
    assert!(!hooks.set_host_header());
    let web = Web::start(None, |_| text(200, "")).await;
    let spoofed = Request::get(format!("http://127.1:{}/", web.port()))
        .header("host", "example.org")
        .body(body(""))
        .unwrap();
    assert!(send(&egress, &caller(), spoofed, RequestOptions::default()).await.is_err());
    let no_authority = Request::get("/").header("host", "127.0.0.1").body(body("")).unwrap();
    assert!(send(&egress, &caller(), no_authority, RequestOptions::default()).await.is_err());
    assert_eq!(web.connections(), 0);
    get(&egress, &caller(), &format!("http://127.1:{}/", web.port())).await.unwrap();
    assert_eq!(web.seen()[0].headers["host"], format!("127.0.0.1:{}", web.port()));
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let web = Web::start(None, |_| {
        let mut response = text(302, "");
        response.headers_mut().insert("location", "http://10.0.0.1/".parse().unwrap());
        response
    })
    .await;
    let egress = Arc::new(egress(Dns::start().await.resolver(), None));
    let response = get(&egress, &caller(), &format!("http://127.0.0.1:{}/", web.port())).await;
    assert_eq!(response.unwrap().status(), 302);
    assert_eq!(web.connections(), 1);
}

#[tokio::test]
async fn errors_say_what_failed_and_name_no_address() {
    let authority = Authority::new();
    let tls = authority.server(&["b.example.org"], &[]);
    let web = Web::start(Some(tls), |_| text(200, "")).await;
    let silent = Raw::start(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let dns = Dns::start().await.failing("f.example.org").with("a.example.org", &["127.0.0.1"]);
    let egress = Arc::new(egress(dns.resolver(), Some(&authority)));
    let refused = async |url: String| get(&egress, &caller(), &url).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused("http://f.example.org/".into()).await, Error::DnsError { .. }));
    assert!(matches!(refused("http://n.example.org/".into()).await, Error::HttpRequestDenied));
    let wrong = refused(format!("https://a.example.org:{}/", web.port())).await;
    assert!(matches!(wrong, Error::TlsProtocolError), "{wrong:?}");
    let options = RequestOptions {
        first_byte_timeout: Some(Duration::ZERO),
        connect_timeout: Some(Duration::from_millis(100)),
        between_bytes_timeout: None,
    };
    let request =
        Request::get(format!("http://127.0.0.1:{}/", silent.port())).body(body("")).unwrap();
    let late = send(&egress, &caller(), request, options).await.map(|_| ()).unwrap_err();
    assert!(matches!(late, Error::HttpResponseTimeout | Error::ConnectionTimeout), "{late:?}");
}

#[tokio::test]
async fn a_withdrawn_grant_and_a_spent_rate_refuse() {
    let web = Web::start(None, |_| text(200, "abc")).await;
    let egress = Arc::new(egress(Dns::start().await.resolver(), None));
    let url = format!("http://127.0.0.1:{}/", web.port());
    let caller = caller();
    let response = get(&egress, &caller, &url).await.unwrap();
    while caller.admit("net", "x").is_ok() {}
    let refused = get(&egress, &caller, &url).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, Error::ConnectionLimitReached), "{refused:?}");
    caller.principal().revoke();
    let refused = get(&egress, &caller, &url).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, Error::HttpRequestDenied), "{refused:?}");
    let read = response.into_body().collect().await.map(|_| ()).unwrap_err();
    assert!(matches!(read, Error::HttpRequestDenied), "{read:?}");
    assert_eq!(web.connections(), 1);
}
