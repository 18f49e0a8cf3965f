//! Connections of HTTP/2 that a far side, or a guest that reads nothing, would hold.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use workbooks_bindings::Refusal;

use super::{get, send};
use crate::egress::doubles::{Authority, Dns, caller, egress};
use crate::egress::http::{Bounds, whole};

/// A body that never says anything.
struct Silent;

impl Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A server with a certificate of `authority` that does `with` with its one connection.
async fn server<F: Future<Output = ()> + Send + 'static>(
    authority: &Authority,
    with: impl FnOnce(TlsStream<TcpStream>) -> F + Send + 'static,
) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let tls = TlsAcceptor::from(authority.server(&["127.0.0.1"], &["h2"]));
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        with(tls.accept(stream).await.unwrap()).await;
    });
    (url, task)
}

#[tokio::test]
async fn a_body_that_is_not_read_counts_and_closes_with_the_grant() {
    let authority = Authority::new();
    let closed = Arc::new(Notify::new());
    let told = closed.clone();
    let (url, _server) = server(&authority, |stream| async move {
        let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(Silent)));
        let serving = http2::Builder::new(TokioExecutor::new());
        drop(serving.serve_connection(TokioIo::new(stream), service).await);
        told.notify_one();
    })
    .await;
    let (egress, caller) = (egress(Dns::start().await.resolver(), Some(&authority)), caller());
    let response = send(&egress, &caller, get(&url)).await.unwrap();
    for _ in 0..100 {
        yield_now().await;
    }
    let others: Vec<_> = (0..63).map(|_| caller.principal().connection().unwrap()).collect();
    assert_eq!(caller.principal().connection().unwrap_err(), Refusal::Quota(64));
    caller.principal().revoke();
    timeout(Duration::from_secs(10), closed.notified()).await.unwrap();
    drop((response, others));
}

#[tokio::test]
async fn a_far_side_that_reads_nothing_holds_nothing_beyond_the_deadline() {
    /// Empty settings but for the largest window of a stream, and the largest of the connection
    /// (RFC 9113, 6.5 and 6.9).
    const OPEN: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x04\x7f\xff\xff\xff\
                          \0\0\x04\x08\0\0\0\0\0\x7f\xff\0\0";
    let authority = Authority::new();
    let (url, _server) = server(&authority, |mut stream| async move {
        stream.write_all(OPEN).await.unwrap();
        stream.flush().await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let (egress, caller) = (egress(Dns::start().await.resolver(), Some(&authority)), caller());
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let request = Request::post(&url).body(whole(vec![b'x'; 4 << 20])).unwrap();
    let bounds = Bounds::until(Instant::now() + Duration::from_secs(1));
    assert_eq!(egress.send(&caller, request, &bounds).await.unwrap_err(), Refusal::Timeout);
    let ended = async {
        while tasks() > before {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), ended).await.expect("a task outlives its exchange");
}
