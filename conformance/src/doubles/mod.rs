//! Servers on loopback that a case owns: what guests would meet in the world, small and the same
//! on each run.

mod authority;
mod echo;
mod model;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime::Runtime;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Double {
    /// HTTP/1.1 and HTTP/2 in the clear, with pages for each purpose and the model in the shape of `OpenAI`
    /// under `/v1`.
    Web,
    /// The same over TLS, with a certificate by an authority of its own.
    Secure,
    /// Says again what it heard: over TCP when its peer has ended, and of each datagram of UDP.
    Echo,
}

impl Double {
    /// What a case writes for where it listens.
    fn placeholder(self) -> &'static str {
        match self {
            Self::Web => "{web}",
            Self::Secure => "{secure}",
            Self::Echo => "{echo}",
        }
    }
}

/// Servers, each at a port of its own. They end when this is dropped.
#[derive(Debug)]
pub struct Doubles {
    listening: BTreeMap<Double, SocketAddr>,
    authority: Option<String>,
    _runtime: Option<Runtime>,
}

impl Doubles {
    /// Starts these.
    ///
    /// # Errors
    ///
    /// When the system has no thread or no port.
    pub fn start(wanted: &BTreeSet<Double>) -> Result<Self, Box<dyn Error>> {
        let (mut listening, mut authority) = (BTreeMap::new(), None);
        if wanted.is_empty() {
            return Ok(Self { listening, authority, _runtime: None });
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        for double in wanted {
            let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
            listening.insert(*double, listener.local_addr()?);
            match double {
                Double::Web => runtime.spawn(web::serve(listener)),
                Double::Secure => {
                    let (acceptor, pem) = authority::acceptor()?;
                    authority = Some(pem);
                    runtime.spawn(web::serve_securely(listener, acceptor))
                }
                Double::Echo => {
                    let datagrams = UdpSocket::bind(listener.local_addr()?);
                    runtime.spawn(echo::answer(runtime.block_on(datagrams)?));
                    runtime.spawn(echo::serve(listener))
                }
            };
        }
        Ok(Self { listening, authority, _runtime: Some(runtime) })
    }

    /// The certificate, in PEM, of who certifies the server over TLS, if there is one.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// `text` with where each listens in the place of `{web}` and the like.
    pub fn placed(&self, text: &str) -> String {
        self.listening.iter().fold(text.to_owned(), |text, (double, address)| {
            text.replace(double.placeholder(), &address.to_string())
        })
    }

    /// `text` with the placeholders put back, so that it is the same on each run.
    pub fn named(&self, text: &str) -> String {
        self.listening.iter().fold(text.to_owned(), |text, (double, address)| {
            text.replace(&address.to_string(), double.placeholder())
        })
    }
}
