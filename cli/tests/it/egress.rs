//! What `wbx` does on the network: what its policy says, and nothing that its environment says.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Place, wbx};

/// The guest of the conformance cases, in C.
const DOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/guests/dock");

/// A server that answers every connection alike: where it listens, and how many came.
fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream.read(&mut [0; 4096]));
            drop(stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n"));
        }
    });
    (address, count)
}

#[test]
fn a_proxy_of_the_environment_is_ignored() {
    let place = Place::new();
    let (web, asked) = server();
    let (proxy, proxied) = server();
    let caps = "'net', 'tcp', 'udp', 'tls', 'llm', 'browse', 'exec', 'secrets'";
    let policy = format!(
        "[toolkit.dock]\ngrants = [{caps}]\nprofile = 'posix'\nprivate = ['127.0.0.1/32']\n"
    );
    place.write("home/policy.toml", &policy);
    let call = format!("call(\"get\", \"GET http://{web}/\")");
    let guest = |args: &[&str]| {
        snapbox::cmd::Command::new(wbx())
            .args(args)
            .current_dir(place.path(""))
            .env("WBX_HOME", place.path("home"))
    };
    // Package clients do ask the proxy: the compiler is to be here before there is one.
    assert!(guest(&["toolkit", "build", DOCK]).output().unwrap().status.success());
    let mut command = guest(&["toolkit", "run", "--invoke", &call, DOCK]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"] {
        command = command.env(name, format!("http://{proxy}"));
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ok(\"204\\n\\n0 bytes\\n\")\n",
        "{stderr}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(proxied.load(Ordering::SeqCst), 0);
}
