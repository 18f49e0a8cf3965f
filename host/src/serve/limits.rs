//! Every bound of a server, with where its number comes from.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// The bounds of one server. The host enforces all of them; neither guest nor peer can move them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeLimits {
    /// Connections at once; a further one is told so (HTTP: 503) and closed. 256: the original's.
    pub connections: usize,
    /// Requests that are handled at once for one principal, each on an instance of its own; the
    /// first server of a principal sets it. 64: as many commands as a principal may run at once.
    pub requests: usize,
    /// How long a request may wait for its place among them; then it is refused with 503. 1 s.
    pub wait: Duration,
    /// Bytes of a request's head, names and values together; more are refused with 431. 16 KiB.
    pub head_bytes: usize,
    /// Headers of a request; more are refused with 431. 100: what hyper parses without allocating.
    pub headers: usize,
    /// How long a connection may be without a whole request: before its first one, within a head,
    /// between two; then it is closed. For TCP: without a byte either way. 10 s.
    pub idle: Duration,
    /// Wall clock of one request, from its head to the last byte of its answer; HTTP answers with
    /// 504 where nothing was answered yet, and aborts the connection otherwise. For TCP: of one
    /// connection. 30 s: the original's.
    pub request_time: Duration,
    /// Bytes of a request's body; more are refused with 413. 4 MiB, as much as one host call.
    pub request_bytes: u64,
    /// Bytes of an answer's body, and of all that is sent over one TCP connection; then the
    /// connection is aborted, so that the peer sees that the answer is not whole. 64 MiB.
    pub response_bytes: u64,
    /// Bytes that are received over one TCP connection; then it is closed. 1 MiB: the original's.
    pub received_bytes: u64,
    /// Requests (TCP: connections) of one client in each `rate_window`; more are refused with 429
    /// and `Retry-After`. A client is an IPv4 address or an IPv6 network of 64 bits. 1,200,000,
    /// ten times the host calls of a guest: what keeps one client from the work of all others is
    /// `requests`, and this stops what nobody sends who wants an answer.
    pub rate: u32,
    /// The window of `rate`. 60 s.
    pub rate_window: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            requests: 64,
            wait: Duration::from_secs(1),
            head_bytes: 16 << 10,
            headers: 100,
            idle: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            request_bytes: 4 * MIB,
            response_bytes: 64 * MIB,
            received_bytes: MIB,
            rate: 1_200_000,
            rate_window: Duration::from_mins(1),
        }
    }
}
