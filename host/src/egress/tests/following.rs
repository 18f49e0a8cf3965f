//! Redirects of each kind: each hop is checked as if it were the first.

use std::sync::{Arc, Mutex};

use http::HeaderValue;
use workbooks_bindings::Refusal;

use super::{FORBIDDEN_URLS, outgoing, read};
use crate::egress::Egress;
use crate::egress::doubles::{
    Authority, Dns, Web, caller, caller_under, dialled, egress, soon, text,
};
use crate::egress::http::{Bounds, Followed};

/// A server that leads from `/` to wherever a test says.
async fn leading(status: u16, to: Arc<Mutex<String>>) -> Web {
    Web::start(None, move |seen| {
        if seen.uri.path() != "/" {
            return text(200, format!("{} {}", seen.method, seen.body.len()));
        }
        let mut response = text(status, "");
        let to = HeaderValue::from_bytes(to.lock().unwrap().as_bytes());
        if let Ok(to) = to {
            response.headers_mut().insert("location", to);
        }
        response
    })
    .await
}

async fn follow(egress: &Egress, method: &str, url: &str) -> Result<Followed, Refusal> {
    let (caller, _) = caller_under("private = ['127.0.0.1/32']");
    egress.follow(&caller, outgoing(method, url), None, &Bounds::until(soon())).await
}

#[tokio::test]
async fn no_redirect_leads_where_a_request_could_not_go() {
    let to = Arc::<Mutex<String>>::default();
    for status in [301, 302, 303, 307, 308] {
        let web = leading(status, to.clone()).await;
        let dns = Dns::start().await;
        let egress = egress(dns.resolver(), None);
        let here = format!("http://127.0.0.1:{}/", web.port());
        // The caller may dial 127.0.0.1, where the test's server is, and so look internal names
        // up: these are left out, and what a browser would mend or take for a path.
        let elsewhere = FORBIDDEN_URLS.iter().filter(|url| {
            let plain = !url.contains([' ', '\t', '\r', '\n', '\0', '\\']) && url.contains("://");
            let loopback = crate::egress::http::read_url(url)
                .is_ok_and(|read| read.host_str() == Some("127.0.0.1"));
            plain && !loopback && !url.contains(".internal")
        });
        let mut count = 0;
        for url in elsewhere {
            count += 1;
            to.lock().unwrap().clone_from(&(*url).to_owned());
            let before = (dialled(&egress), dns.asked());
            let refused = follow(&egress, "POST", &here).await.map(|_| ()).unwrap_err();
            let typed = matches!(
                refused,
                Refusal::Denied(_) | Refusal::Invalid(_) | Refusal::Unavailable(_)
            );
            assert!(typed, "{status} {url}: {refused:?}");
            assert_eq!((dialled(&egress), dns.asked()), (before.0 + 1, before.1), "{url}");
        }
        assert!(count > 50);
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_is_looked_up_once_and_judged() {
    let to = Arc::new(Mutex::new("http://inside.example.org/".to_owned()));
    let web = leading(302, to).await;
    let dns = Dns::start().await.with("inside.example.org", &["10.0.0.1", "8.8.8.8"]);
    let egress = egress(dns.resolver(), None);
    let refused = follow(&egress, "GET", &format!("http://127.0.0.1:{}/", web.port())).await;
    assert!(matches!(refused.map(|_| ()), Err(Refusal::Denied(_))));
    assert_eq!((dns.lookups("inside.example.org"), dialled(&egress)), (1, 1));
}

#[tokio::test]
async fn a_redirect_leads_to_no_destination_that_the_grant_does_not_name() {
    let to = Arc::new(Mutex::new("http://other.example.org/".to_owned()));
    let web = leading(302, to).await;
    let dns = Dns::start().await.with("other.example.org", &["8.8.8.8"]);
    let egress = egress(dns.resolver(), None);
    let here = format!("127.0.0.1:{}", web.port());
    let policy = format!("private = ['127.0.0.0/8']\nnet = ['{here}']");
    let (caller, _) = caller_under(&policy);
    let sent = outgoing("GET", &format!("http://{here}/"));
    let refused = egress.follow(&caller, sent, None, &Bounds::until(soon())).await;
    assert!(matches!(refused.map(|_| ()), Err(Refusal::Denied(_))));
    assert!(dns.asked().is_empty());
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_sixth_is_not() {
    let left = Arc::new(Mutex::new(5));
    let counted = left.clone();
    let web = Web::start(None, move |_| {
        let mut left = counted.lock().unwrap();
        if *left == 0 {
            return text(200, "there");
        }
        *left -= 1;
        let mut response = text(302, "");
        response.headers_mut().insert("location", HeaderValue::from_static("../x"));
        response
    })
    .await;
    let egress = egress(Dns::start().await.resolver(), None);
    let url = format!("http://127.0.0.1:{}/a/b", web.port());
    let followed = follow(&egress, "GET", &url).await.unwrap();
    assert_eq!(followed.url.path(), "/x");
    assert_eq!(read(followed.response).await.unwrap(), "there");
    *left.lock().unwrap() = 6;
    let refused = follow(&egress, "GET", &url).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, Refusal::Unavailable("more than five redirects".into()));
    assert_eq!(web.connections(), 12);
}

#[tokio::test]
async fn a_method_and_a_body_go_on_as_browsers_have_it() {
    for (status, method, then) in [
        (301, "POST", "GET 0"),
        (302, "POST", "GET 0"),
        (303, "PUT", "GET 0"),
        (301, "PUT", "PUT 4"),
        (307, "POST", "POST 4"),
        (308, "POST", "POST 4"),
        (303, "GET", "GET 0"),
    ] {
        let web = leading(status, Arc::new(Mutex::new("/there".to_owned()))).await;
        let egress = egress(Dns::start().await.resolver(), None);
        let url = format!("http://127.0.0.1:{}/", web.port());
        let followed = follow(&egress, method, &url).await.unwrap();
        assert_eq!(read(followed.response).await.unwrap(), then, "{status} {method}");
    }
}

#[tokio::test]
async fn personal_headers_stay_with_their_origin() {
    let authority = Authority::new();
    let dns = Dns::start()
        .await
        .with("a.example.org", &["127.0.0.1"])
        .with("b.example.org", &["127.0.0.1"]);
    let tls = authority.server(&["a.example.org", "b.example.org"], &["h2"]);
    let to = Arc::<Mutex<String>>::default();
    let leads = to.clone();
    let web = Web::start(Some(tls), move |seen| {
        if seen.uri.path() != "/" {
            return text(200, "");
        }
        let mut response = text(307, "");
        let to = leads.lock().unwrap().parse().unwrap();
        response.headers_mut().insert("location", to);
        response
    })
    .await;
    let egress = egress(dns.resolver(), Some(&authority));
    let go = async |target: String| {
        *to.lock().unwrap() = target;
        let mut sent = outgoing("POST", &format!("https://a.example.org:{}/", web.port()));
        for name in ["authorization", "cookie", "x-other"] {
            sent.headers.insert(name, HeaderValue::from_static("mine"));
        }
        egress.follow(&caller(), sent, None, &Bounds::until(soon())).await.map(|_| ())
    };
    go(format!("https://b.example.org:{}/x", web.port())).await.unwrap();
    let last = web.seen().pop().unwrap();
    assert!(!last.headers.contains_key("authorization") && !last.headers.contains_key("cookie"));
    assert_eq!(last.headers["x-other"], "mine");
    go("/x".to_owned()).await.unwrap();
    assert_eq!(web.seen().pop().unwrap().headers["cookie"], "mine");
    let count = web.connections();
    let refused = go(format!("http://a.example.org:{}/x", web.port())).await.unwrap_err();
    assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    assert_eq!(web.connections(), count + 1);
}
