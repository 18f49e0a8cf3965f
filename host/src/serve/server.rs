//! A server: it accepts, drains and ends.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::clients::{Client, Clients};
use super::record::Tally;
use super::{Handler, Listening, ServeError, ServeOptions, http, tcp};
use crate::host::Shared;
use crate::instance::Inner;
use crate::policy::{Endpoint, Scheme};

/// How long requests may go on when a server is dropped.
const DROPPED: Duration = Duration::from_secs(5);
/// Connections that the system keeps until they are accepted.
const BACKLOG: u32 = 1_024;
/// What a client over the number of connections is told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\n\
                      connection: close\r\n\r\n";

/// How far a server is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// Nothing is accepted any more; what has begun goes on.
    Draining,
    /// Everything ends.
    Ended,
}

/// The phase of a server, for all to see and to move on.
#[derive(Clone, Debug)]
pub(super) struct Phases(Arc<watch::Sender<Phase>>);

impl Phases {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Open)))
    }

    pub(super) fn subscribe(&self) -> Watched {
        let mut receiver = self.0.subscribe();
        if *receiver.borrow() != Phase::Open {
            receiver.mark_changed();
        }
        Watched(receiver)
    }

    fn reach(&self, wanted: Phase) {
        let later = |phase: &mut Phase| match (*phase, wanted) {
            (Phase::Open, _) | (Phase::Draining, Phase::Ended) => {
                *phase = wanted;
                true
            }
            _ => false,
        };
        self.0.send_if_modified(later);
    }
}

/// Waits for the phases of a server.
pub(super) struct Watched(watch::Receiver<Phase>);

impl Watched {
    /// The phase that comes next.
    pub(super) async fn next(&mut self) -> Phase {
        match self.0.changed().await {
            Ok(()) => *self.0.borrow_and_update(),
            Err(_) => Phase::Ended,
        }
    }

    pub(super) async fn ended(&mut self) {
        while self.next().await != Phase::Ended {}
    }
}

/// A server that runs on the guests' runtime; made by [`Prepared::serve`].
///
/// Dropping it closes the listener at once; requests that have begun have 5 s to end.
///
/// [`Prepared::serve`]: crate::Prepared::serve
pub struct Server {
    address: SocketAddr,
    scheme: Scheme,
    host: Arc<Shared>,
    phases: Phases,
    /// The listener is closed: another can listen there.
    closed: CancellationToken,
    /// Says nothing, and ends when nobody serves any more. Absent when it is drained.
    gone: Option<mpsc::Receiver<()>>,
}

/// How a server was drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that had begun came to its end.
    Whole,
    /// The time was over; what was left was ended.
    Cut,
}

impl Server {
    /// Where it listens, with the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What it speaks.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Closes the listener, and waits until another can listen there.
    pub(crate) async fn close(&self) {
        self.phases.reach(Phase::Draining);
        self.closed.cancelled().await;
    }

    /// Closes the listener, lets what has begun come to its end, and ends what is left after
    /// `within`.
    pub async fn drain(mut self, within: Duration) -> Drained {
        self.phases.reach(Phase::Draining);
        let Some(mut gone) = self.gone.take() else { return Drained::Whole };
        drain(&self.phases, &mut gone, within).await
    }

    /// Waits until it has ended by itself, which it does when its grant is withdrawn.
    pub async fn ended(&mut self) {
        if let Some(gone) = &mut self.gone {
            while gone.recv().await.is_some() {}
        }
    }
}

async fn drain(phases: &Phases, gone: &mut mpsc::Receiver<()>, within: Duration) -> Drained {
    let drained = timeout(within, gone.recv()).await;
    phases.reach(Phase::Ended);
    if drained.is_ok() {
        return Drained::Whole;
    }
    // A guest in a loop hears of it at its next tick.
    gone.recv().await;
    Drained::Cut
}

impl Drop for Server {
    fn drop(&mut self) {
        self.phases.reach(Phase::Draining);
        if let Some(mut gone) = self.gone.take() {
            let phases = self.phases.clone();
            let rest = async move { drain(&phases, &mut gone, DROPPED).await };
            drop(self.host.runtime().spawn(rest));
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}://{})", self.scheme, self.address)
    }
}

/// Begins to listen at `endpoint`.
pub(super) fn open(
    inner: &Arc<Inner>,
    name: &str,
    endpoint: &Endpoint,
    handler: Handler,
    how: ServeOptions,
) -> Result<Server, ServeError> {
    let runtime = inner.host.runtime();
    let refused = |why: io::Error| match why.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse { address: endpoint.address },
        kind => ServeError::Address { address: endpoint.address, why: kind.to_string() },
    };
    let (listener, address) = {
        let _context = runtime.enter();
        bind(endpoint.address).map_err(refused)?
    };
    let phases = Phases::new();
    let (alive, gone) = mpsc::channel(1);
    let ServeOptions { limits, observer } = how;
    let listening = Listening {
        inner: inner.clone(),
        handler,
        hosts: endpoint.hosts.clone(),
        protocol: http::protocol(&limits),
        clients: Clients::new(limits.rate, limits.rate_window),
        connections: Arc::new(Semaphore::new(limits.connections)),
        tally: Arc::new(Tally::new(
            inner.host.audit.clone(),
            inner.principal.clone(),
            format!("{} {name}", endpoint.scheme),
        )),
        observer,
        phases: phases.clone(),
        limits,
        _alive: alive,
    };
    let closed = CancellationToken::new();
    let guard = closed.clone().drop_guard();
    runtime.spawn(async move {
        accept(&Arc::new(listening), listener).await;
        drop(guard);
    });
    let (principal, watched) = (inner.principal.clone(), phases.clone());
    runtime.spawn(async move {
        let mut phases = watched.subscribe();
        tokio::select! {
            () = principal.withdrawn() => watched.reach(Phase::Ended),
            () = phases.ended() => {}
        }
    });
    let host = inner.host.clone();
    let scheme = endpoint.scheme;
    Ok(Server { address, scheme, host, phases, closed, gone: Some(gone) })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that listens")]
fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // What was served a moment ago can be served again; two servers cannot share an address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn accept(listening: &Arc<Listening>, listener: TcpListener) {
    let mut phases = listening.phases.subscribe();
    loop {
        tokio::select! {
            biased;
            _ = phases.next() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => begin(listening, stream, peer),
                // The process has no file descriptors left, or the peer has gone.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// Serves a connection, if there is room for it.
fn begin(listening: &Arc<Listening>, stream: TcpStream, peer: SocketAddr) {
    let place = listening.connections.clone().try_acquire_owned();
    let (Ok(place), Some(client)) = (place, listening.clients.of(peer.ip())) else {
        listening.tally.refused("connections");
        return turn_away(listening, stream);
    };
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let listening = listening.clone();
    tokio::spawn(serve(listening, stream, peer, client, place));
}

async fn serve(
    listening: Arc<Listening>,
    stream: TcpStream,
    peer: SocketAddr,
    client: Arc<Client>,
    _place: OwnedSemaphorePermit,
) {
    match &listening.handler {
        Handler::Http(handler) => {
            let handler = handler.clone();
            http::connection(listening, handler, stream, client).await;
        }
        Handler::Tcp(handler) => tcp::connection(&listening, handler, stream, peer, &client).await,
    }
}

/// Says why, if that is possible at once, and closes.
fn turn_away(listening: &Listening, stream: TcpStream) {
    if let (Handler::Http(_), Ok(mut stream)) = (&listening.handler, stream.into_std()) {
        drop(stream.write(FULL));
    }
}
