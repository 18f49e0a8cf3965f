//! What the capabilities that connect do to loopback peers of the test's own, and do not do to
//! others.

mod connections;
pub(crate) mod doubles;
mod exchanges;
mod refusals;
mod tls;

use tokio::net::{TcpListener, TcpStream};

/// A listener, and its port.
async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A peer that does this to whoever connects, once.
async fn peer<F: Future<Output = ()> + Send>(
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> u16 {
    let (listener, port) = listen().await;
    tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    port
}
