//! Peers of a guest that is served: what they ask, and what they hear.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use workbooks_host::policy::Scheme;
use workbooks_host::{Prepared, ServeError, ServeOptions, Server};

/// No peer waits longer for its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The endpoints that were asked so far, each of which listens.
#[derive(Default)]
pub(super) struct Served(BTreeMap<String, Server>);

impl Served {
    /// The server at an endpoint, opened when it is asked first.
    pub(super) fn at(
        &mut self,
        prepared: &Prepared,
        endpoint: &str,
    ) -> Result<&Server, ServeError> {
        if !self.0.contains_key(endpoint) {
            let server = prepared.serve(endpoint, ServeOptions::default())?;
            self.0.insert(endpoint.to_owned(), server);
        }
        Ok(&self.0[endpoint])
    }

    /// Waits until each has noticed its end.
    pub(super) async fn ended(&mut self) {
        for server in self.0.values_mut() {
            server.ended().await;
        }
    }
}

/// What a new peer hears when it asks `question`.
pub(super) async fn asked(server: &Server, question: &str) -> String {
    let address = server.local_addr();
    let heard = async {
        match server.scheme() {
            Scheme::Http => http(address, question).await,
            Scheme::Tcp => tcp(address, question).await.map_err(|_| "the connection"),
        }
    };
    match tokio::time::timeout(PATIENCE, heard).await {
        Ok(Ok(heard)) => heard,
        Ok(Err(failed)) => format!("{failed} failed"),
        Err(_) => "no answer in time".to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test calls its own server on loopback")]
async fn connected(address: SocketAddr) -> std::io::Result<TcpStream> {
    TcpStream::connect(address).await
}

async fn tcp(address: SocketAddr, text: &str) -> std::io::Result<String> {
    let mut stream = connected(address).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await?;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

async fn http(address: SocketAddr, question: &str) -> Result<String, &'static str> {
    let (method, path) = question.split_once(' ').unwrap_or(("GET", question));
    let (path, body) = path.split_once(' ').unwrap_or((path, ""));
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("host", address.to_string())
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .map_err(|_| "the question")?;
    let stream = connected(address).await.map_err(|_| "the connection")?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| "the connection")?;
    let driven = tokio::spawn(connection);
    // A listener that ends may have taken the connection up already, and then lets go of it.
    let response = sender.send_request(request).await.map_err(|_| "the connection")?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|_| "the answer's body")?.to_bytes();
    driven.abort();
    Ok(format!("{status}\n{}", String::from_utf8_lossy(&body)))
}
