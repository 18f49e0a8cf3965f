//! Peers: bytes over a socket, and hyper's clients.

use std::io;
use std::net::SocketAddr;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[expect(clippy::disallowed_methods, reason = "a test calls its own server on loopback")]
pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect(address).await
}

/// Sends bytes and reads what comes until the server closes; an error where it resets.
pub(super) async fn exchange(address: SocketAddr, bytes: &[u8]) -> io::Result<String> {
    let mut stream = connect(address).await?;
    // A server that has heard enough may close before all is sent.
    drop(stream.write_all(bytes).await);
    rest(&mut stream).await
}

/// What comes until the server closes.
pub(super) async fn rest(stream: &mut TcpStream) -> io::Result<String> {
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await?;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

/// The request of a browser that closes afterwards.
pub(super) fn get(address: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
}

/// The status of an answer, or 0 if there is none.
pub(super) fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Status and body of what is asked on a connection of its own.
pub(super) async fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    let mut sender = http1(address).await;
    whole(sender.send_request(request(path, Some(address), "")).await.unwrap()).await.unwrap()
}

pub(super) type Sender1 = http1::SendRequest<Full<Bytes>>;
pub(super) type Sender2 = http2::SendRequest<Full<Bytes>>;

/// A connection of HTTP/1.1.
pub(super) async fn http1(address: SocketAddr) -> Sender1 {
    let stream = TokioIo::new(connect(address).await.unwrap());
    let (sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A connection of HTTP/2.
pub(super) async fn http2(address: SocketAddr) -> Sender2 {
    let stream = TokioIo::new(connect(address).await.unwrap());
    let (sender, connection) =
        http2::Builder::new(TokioExecutor::new()).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A request for hyper; `target` is whole for HTTP/2.
pub(super) fn request(target: &str, host: Option<SocketAddr>, body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().uri(target).method("POST");
    if let Some(host) = host {
        request = request.header("host", host.to_string());
    }
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
}

/// Status and body.
pub(super) async fn whole(
    answer: Response<hyper::body::Incoming>,
) -> Result<(u16, String), hyper::Error> {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
