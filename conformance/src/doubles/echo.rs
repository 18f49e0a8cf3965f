//! Says again what it heard: over TCP when its peer has ended, and of each datagram at once.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

const AGAIN: &[u8] = b"you said: ";

/// Accepts until it is aborted.
pub(super) async fn serve(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await?;
            stream.write_all(&[AGAIN, &heard].concat()).await?;
            stream.shutdown().await
        });
    }
}

/// Answers datagrams until it is aborted.
pub(super) async fn answer(socket: UdpSocket) {
    let mut datagram = vec![0; 1 << 16];
    while let Ok((length, peer)) = socket.recv_from(&mut datagram).await {
        // A peer that has gone hears nothing.
        drop(socket.send_to(&[AGAIN, &datagram[..length]].concat(), peer).await);
    }
}
