//! HTTP/1.1 and HTTP/2 by hyper: a page for each thing that a guest may meet.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, Collected};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::model;

const PAGE: &str = "<!doctype html><title>A page</title><script>nobody reads this</script>\
    <h1>Heading</h1><p>What it says.</p><a href=\"/hello\">on</a>";

/// Accepts until it is aborted.
pub(super) async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream));
    }
}

/// The same over TLS.
pub(super) async fn serve_securely(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream).await;
            }
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let server = auto::Builder::new(TokioExecutor::new());
    // A guest that hangs up is what some cases are about.
    drop(server.serve_connection(TokioIo::new(stream), service_fn(answer)).await);
}

async fn answer(request: Request<Incoming>) -> Result<Response<Pieces>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    let authorization = said(&head.headers, AUTHORIZATION.as_str());
    let mut response = Response::new(Pieces::from(String::new()));
    let mut header = |name, value: &str| {
        response.headers_mut().insert(name, value.parse().expect("it came in a header"));
    };
    *response.body_mut() = match head.uri.path() {
        "/hello" => {
            header("x-method".parse().expect("a name"), head.method.as_str());
            header("x-heard".parse().expect("a name"), &said(&head.headers, "x-guest"));
            Pieces::from(format!("hello, {} bytes", body.len()))
        }
        path @ ("/large" | "/breaks") => {
            Pieces { piece: vec![b'x'; 1 << 16].into(), times: 16, breaks: path == "/breaks" }
        }
        "/whoami" => {
            header("x-heard".parse().expect("a name"), &authorization);
            Pieces::from(format!("{authorization} of {} bytes", authorization.len()))
        }
        "/page" => {
            header(CONTENT_TYPE, "text/html");
            Pieces::from(PAGE.to_owned())
        }
        "/inside" => {
            *response.status_mut() = hyper::StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, "http://10.0.0.1/".parse().expect("a URL"));
            Pieces::from(String::new())
        }
        "/v1/chat/completions" => {
            header(CONTENT_TYPE, "application/json");
            Pieces::from(model::complete(&authorization, &body).to_string())
        }
        _ => {
            *response.status_mut() = hyper::StatusCode::NOT_FOUND;
            Pieces::from("there is no such page".to_owned())
        }
    };
    Ok(response)
}

fn said(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or("nobody").to_owned()
}

/// A body that comes in pieces, and may break off after the last.
struct Pieces {
    piece: Bytes,
    times: usize,
    breaks: bool,
}

impl From<String> for Pieces {
    fn from(text: String) -> Self {
        Self { piece: text.into(), times: 1, breaks: false }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.times == 0 {
            return Poll::Ready(self.breaks.then(|| Err(io::Error::other("it breaks off"))));
        }
        self.times -= 1;
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }
}
