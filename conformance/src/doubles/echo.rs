//! Says again what it heard, over TCP.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Accepts until it is aborted.
pub(super) async fn serve(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await?;
            stream.write_all(b"you said: ").await?;
            stream.write_all(&heard).await?;
            stream.shutdown().await
        });
    }
}
