//! A credential: where it goes, where it does not, and that it does not come back.

use std::sync::{Arc, Mutex};

use http::HeaderValue;
use workbooks_bindings::Refusal;

use super::{outgoing, read};
use crate::egress::Egress;
use crate::egress::doubles::{Authority, Dns, Seen, Web, caller, egress, soon, text};
use crate::egress::http::{Bounds, Credential, Followed};
use crate::secret::{Purpose, Secret};

const SECRET: &str = "hunter2-hunter2/&";

struct Place {
    web: Web,
    egress: Egress,
    to: Arc<Mutex<String>>,
}

/// A server for two names, which leads from `/v1/lead` to wherever a test says, and tells all it
/// was told anywhere else.
async fn place() -> Place {
    let authority = Authority::new();
    let dns = Dns::start()
        .await
        .with("a.example.org", &["127.0.0.1"])
        .with("b.example.org", &["127.0.0.1"]);
    let tls = authority.server(&["a.example.org", "b.example.org"], &["h2", "http/1.1"]);
    let to = Arc::<Mutex<String>>::default();
    let leads = to.clone();
    let web = Web::start(Some(tls), move |seen| match seen.uri.path() {
        "/v1/lead" => {
            let mut response = text(307, "");
            let to = leads.lock().unwrap().parse().unwrap();
            response.headers_mut().insert("location", to);
            response
        }
        "/v1/packed" => {
            let mut response = echo(seen);
            response.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
            response
        }
        _ => echo(seen),
    })
    .await;
    Place { web, egress: egress(dns.resolver(), Some(&authority)), to }
}

fn echo(seen: &Seen) -> http::Response<http_body_util::Full<bytes::Bytes>> {
    let told = seen.headers.get("authorization").map_or("nothing", |v| v.to_str().unwrap());
    let mut response =
        text(200, format!("<{told}> {{\"token\":\"{}\"}}", told.replace('/', "\\/")));
    response.headers_mut().insert("x-told", told.parse().unwrap());
    response.headers_mut().insert("set-cookie", format!("t={told}").parse().unwrap());
    response
}

impl Place {
    fn credential(&self, rest: &str) -> Credential {
        let binding = format!("origin = 'https://a.example.org:{}'\n{rest}", self.web.port());
        let secret =
            Secret { purpose: Purpose::Credential, bytes: SECRET.as_bytes().to_vec().into() };
        Credential::new(&toml::from_str(&binding).unwrap(), &secret).unwrap()
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}.example.org:{}{path}", self.web.port())
    }

    async fn fetch(&self, credential: &Credential, url: &str) -> Result<Followed, Refusal> {
        let sent = outgoing("POST", url);
        self.egress.follow(&caller(), sent, Some(credential), &Bounds::until(soon())).await
    }

    /// What the last server was told.
    fn told(&self) -> Option<String> {
        let last = self.web.seen().pop().unwrap();
        last.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_credential_is_not_sent_beyond_its_binding() {
    let place = place().await;
    let credential = place.credential("method = 'POST'\npath = '/v1'");
    for url in [place.url("b", "/v1"), place.url("a", "/v2"), place.url("a", "/v1/%2e%2e/v2")] {
        let refused = place.fetch(&credential, &url).await.map(|_| ()).unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{url}: {refused:?}");
    }
    let mut own = outgoing("POST", &place.url("a", "/v1"));
    own.headers.insert("authorization", HeaderValue::from_static("mine"));
    let bounds = Bounds::until(soon());
    let refused = place.egress.follow(&caller(), own, Some(&credential), &bounds).await;
    assert!(matches!(refused.map(|_| ()), Err(Refusal::Denied(_))));
    assert_eq!(place.web.connections(), 0);
}

#[tokio::test]
async fn it_is_sent_and_does_not_come_back() {
    let place = place().await;
    let credential = place.credential("");
    let followed = place.fetch(&credential, &place.url("a", "/v1")).await.unwrap();
    assert_eq!(place.told(), Some(format!("Bearer {SECRET}")));
    let heads = format!("{:?}", followed.response.headers());
    let body = read(followed.response).await.unwrap();
    assert!(!heads.contains("hunter2") && heads.contains("Bearer ****"), "{heads}");
    assert_eq!(
        body,
        format!("<Bearer {0}> {{\"token\":\"Bearer {0}*\"}}", "*".repeat(SECRET.len()))
    );
}

#[tokio::test]
async fn what_hides_it_in_an_encoding_is_refused() {
    let place = place().await;
    let credential = place.credential("");
    let refused = place.fetch(&credential, &place.url("a", "/v1/packed")).await.map(|_| ());
    let refused = refused.unwrap_err();
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
    assert!(!format!("{refused:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_redirect_takes_it_along_only_within_its_binding() {
    let place = place().await;
    let credential = place.credential("path = '/v1'");
    let lead = async |to: String| {
        *place.to.lock().unwrap() = to;
        place.fetch(&credential, &place.url("a", "/v1/lead")).await.map(|_| ())
    };
    lead("/v1/x".to_owned()).await.unwrap();
    assert!(place.told().is_some());
    lead("/v2".to_owned()).await.unwrap();
    assert_eq!(place.told(), None);
    lead(place.url("b", "/v1/x")).await.unwrap();
    assert_eq!(place.told(), None);
    let plain = place.url("a", "/v1/x").replace("https", "http");
    assert!(matches!(lead(plain).await, Err(Refusal::Denied(_))));
    // It is not put back by a way home.
    let home = place.url("b", "/v1/lead");
    *place.to.lock().unwrap() = home.clone();
    let result = place.fetch(&credential, &place.url("a", "/v1/lead")).await.map(|_| ());
    assert!(matches!(result, Err(Refusal::Unavailable(_))), "{result:?}");
    assert_eq!(place.told(), None);
    // One that carries it away is followed without it.
    lead(format!("{}?t={SECRET}", place.url("b", "/x"))).await.unwrap();
    assert!(!place.web.seen().pop().unwrap().uri.to_string().contains("hunter2"));
}
