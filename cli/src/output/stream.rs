//! A guest's stdout and stderr, byte for byte on those of the process.

use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::AsyncWrite;

/// What a pipe takes at once when it says that it is writable: `PIPE_BUF` of POSIX on Linux.
const AT_ONCE: usize = 4096;

/// Writes at once where that cannot block, which spares each of a guest's small writes two hops
/// between threads; else a thread of the runtime waits for the reader.
pub(crate) struct Raw {
    fd: BorrowedFd<'static>,
    slow: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    /// Whether `slow` may still hold bytes, which go first.
    waits: bool,
}

impl Raw {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self { fd: rustix::stdio::stdout(), slow: Box::new(tokio::io::stdout()), waits: false }
    }

    /// Standard error.
    pub(crate) fn stderr() -> Self {
        Self { fd: rustix::stdio::stderr(), slow: Box::new(tokio::io::stderr()), waits: false }
    }

    fn takes_now(&self) -> bool {
        let mut fds = [PollFd::new(&self.fd, PollFlags::OUT)];
        // Whatever else is the matter with it (the reader gone, say), the write will tell.
        poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

impl AsyncWrite for Raw {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.waits {
            ready!(self.as_mut().poll_flush(cx))?;
        }
        if self.takes_now() {
            return Poll::Ready(Ok(rustix::io::write(
                self.fd,
                &bytes[..bytes.len().min(AT_ONCE)],
            )?));
        }
        self.waits = true;
        Pin::new(&mut self.slow).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.waits {
            ready!(Pin::new(&mut self.slow).poll_flush(cx))?;
            self.waits = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// Stands for a thread that writes to a pipe and waits for its reader.
    fn raw(pipe: &'static std::fs::File, slow: std::fs::File) -> Raw {
        use std::os::fd::AsFd as _;
        Raw { fd: pipe.as_fd(), slow: Box::new(Slow(slow)), waits: false }
    }

    struct Slow(std::fs::File);

    impl AsyncWrite for Slow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(io::Write::write(&mut self.0, bytes))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn every_byte_arrives_once_and_in_order_however_slow_the_reader_is() {
        let (mut reader, writer) = io::pipe().unwrap();
        let writer: std::os::fd::OwnedFd = writer.into();
        let slow = std::fs::File::from(writer.try_clone().unwrap());
        // The pipe must end, so that the reader does: the file is closed below.
        let pipe: &'static std::fs::File = Box::leak(Box::new(std::fs::File::from(writer)));
        let sent: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
        let expected = sent.clone();
        let writing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut raw = raw(pipe, slow);
            runtime.block_on(async {
                for part in sent.chunks(10_007) {
                    raw.write_all(part).await.unwrap();
                    raw.flush().await.unwrap();
                }
            });
        });
        let mut got = vec![0; expected.len()];
        reader.read_exact(&mut got).unwrap();
        writing.join().unwrap();
        assert!(got == expected);
    }
}
