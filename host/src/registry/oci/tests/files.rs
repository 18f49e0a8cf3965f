//! Files of a web server.

use super::{Servers, endpoint, limits, network};
use crate::egress::doubles::text;
use crate::policy::RegistryPolicy;
use crate::registry::artifact::tests::packed;
use crate::registry::{Directory, HttpFetch, Registry, RegistryError};
use crate::secret::NoSecrets;

fn files(port: u16) -> HttpFetch {
    let url = format!("http://127.0.0.1:{port}/some/where").parse().unwrap();
    HttpFetch::at(&url, endpoint(port, ""), &network(), limits())
}

#[test]
fn a_url_that_may_not_be_asked_is_refused() {
    let policy: RegistryPolicy = toml::from_str("[host.'127.0.0.1:5000']\nplain = true").unwrap();
    for url in [
        "",
        "ftp://example.org/",
        "http://example.org/",
        "http://127.0.0.1:5001/",
        "https://u:p@example.org/",
        "https://example.org/?a",
        "https://example.org/#a",
    ] {
        let fetch = HttpFetch::new(url, &policy, &NoSecrets, "local", &network());
        assert!(matches!(fetch, Err(RegistryError::Denied { .. })), "{url}");
    }
    for url in ["https://example.org/a", "http://127.0.0.1:5000"] {
        assert!(HttpFetch::new(url, &policy, &NoSecrets, "local", &network()).is_ok(), "{url}");
    }
}

#[test]
fn a_file_comes_within_its_limit_from_where_it_was_asked() {
    let servers = Servers::new();
    let other = servers.web(|_| text(200, "other"));
    let elsewhere = format!("https://{}/", other.address());
    let web = servers.web(move |seen| match seen.uri.path() {
        "/some/where/index/hello.json" => text(200, "12345678"),
        "/some/where/moved" => {
            let mut answer = text(301, "");
            let to = "/some/where/index/hello.json".parse().unwrap();
            answer.headers_mut().insert("location", to);
            answer
        }
        "/some/where/away" => {
            let mut answer = text(301, "");
            answer.headers_mut().insert("location", elsewhere.parse().unwrap());
            answer
        }
        "/some/where/broken" => text(500, ""),
        _ => text(404, ""),
    });
    let files = files(web.port());
    assert_eq!(files.get("index/hello.json", 8).unwrap(), Some(b"12345678".to_vec()));
    assert_eq!(files.get("moved", 8).unwrap(), Some(b"12345678".to_vec()));
    assert_eq!(files.get("absent", 8).unwrap(), None);
    assert!(matches!(files.get("index/hello.json", 7), Err(RegistryError::Malformed { .. })));
    assert!(matches!(files.get("away", 8), Err(RegistryError::Malformed { .. })));
    assert!(matches!(files.get("broken", 8), Err(RegistryError::Unavailable { .. })));
    let asked = web.seen().len();
    for path in ["../secret", "a/../b", "/a", "a//b", "a?b", "a%2fb", ".hidden", ""] {
        assert!(files.get(path, 8).is_err(), "{path}");
    }
    assert_eq!((web.seen().len(), other.connections()), (asked, 0));
}

#[test]
fn a_directory_registry_is_read_from_any_web_server() {
    let (servers, folder) = (Servers::new(), tempfile::tempdir().unwrap());
    let local = Directory::open(folder.path()).unwrap();
    let digest = local.publish(&packed("1.2.3")).unwrap();
    let root = folder.path().to_owned();
    let web = servers.web(move |seen| {
        let path = seen.uri.path().strip_prefix("/some/where/").unwrap();
        std::fs::read(root.join(path)).map_or_else(|_| text(404, ""), |bytes| text(200, bytes))
    });
    let registry = Directory::over(files(web.port()));
    assert_eq!(registry.versions("hello").unwrap(), ["1.2.3".parse().unwrap()]);
    assert_eq!(registry.versions("other").unwrap(), []);
    let fetched = registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
    assert_eq!((fetched.package, fetched.digest), (packed("1.2.3"), digest));
    assert!(registry.publish(&packed("1.2.4")).is_err(), "a web server is read alone");
}
