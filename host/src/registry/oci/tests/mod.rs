//! Registries that are hostile in one thing each, and one that is not.

mod attacks;
mod double;
mod files;
mod login;
mod publishing;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::client::Limits;
use super::{Endpoint, Oci};
use crate::egress::SystemResolver;
use crate::egress::doubles::{Raw, Seen, Web, egress};
use crate::policy::RegistryPolicy;
use crate::registry::{Network, RegistryError};
use crate::secret::{Purpose, Secret, SecretError, SecretProvider};

/// Servers of a test, which run while it waits.
struct Servers(Runtime);

impl Servers {
    fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self(builder.worker_threads(1).enable_all().build().unwrap())
    }

    fn web(&self, answer: impl Fn(&Seen) -> double::Answer + Send + Sync + 'static) -> Web {
        self.0.block_on(Web::start(None, answer))
    }

    /// One that writes these bytes, as often as said, and then nothing more.
    fn raw(&self, head: &'static str, piece: &'static [u8], times: usize) -> Raw {
        use tokio::io::AsyncWriteExt;
        self.0.block_on(Raw::start(move |mut stream| async move {
            drop(stream.write_all(head.as_bytes()).await);
            for _ in 0..times {
                if stream.write_all(piece).await.is_err() {
                    return;
                }
            }
            std::future::pending::<()>().await;
        }))
    }
}

/// Has one password for everything.
struct Password;

impl SecretProvider for Password {
    fn secret(&self, _: &str, _: &str) -> Result<Option<Secret>, SecretError> {
        Secret::new(Purpose::Credential, b"open sesame".to_vec().into()).map(Some)
    }
}

const USER: &str = "user = 'ada'\nsecret = 'PASSWORD'\n";
/// `ada:open sesame`
const BASIC: &str = "Basic YWRhOm9wZW4gc2VzYW1l";

fn network() -> Network {
    Network::over(egress(Arc::new(SystemResolver), None)).unwrap()
}

fn limits() -> Limits {
    Limits {
        answer: Duration::from_secs(20),
        idle: Duration::from_millis(300),
        whole: Duration::from_mins(1),
        pause: Duration::from_millis(1),
        patience: Duration::from_secs(10),
    }
}

fn endpoint(port: u16, more: &str) -> Endpoint {
    let text = format!("[host.'127.0.0.1:{port}']\nplain = true\n{more}");
    let policy: RegistryPolicy = toml::from_str(&text).unwrap();
    let host = format!("127.0.0.1:{port}").parse().unwrap();
    Endpoint::new(&host, &policy, &Password, "local").unwrap()
}

/// The registry at a port of this machine, which a policy opens with `more`.
fn registry(port: u16, more: &str) -> Oci {
    let host = format!("127.0.0.1:{port}").parse().unwrap();
    Oci::at(&host, "tools", endpoint(port, more), &network(), limits()).unwrap()
}

/// What is told of a refusal.
fn why<T>(asked: Result<T, RegistryError>) -> String {
    asked.map(|_| ()).unwrap_err().to_string()
}
