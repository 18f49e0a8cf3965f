//! `net` in few words.

use crate::bindings::wasi::io::streams::{InputStream, StreamError};
use crate::net::{self, Request};
use crate::{Error, Header};

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status, as the server sent it: 404 is no error.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request of this method without headers and body.
pub fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        credential: None,
        timeout_ms: None,
        extra: Vec::new(),
    }
}

/// Fetches with GET, to the end of the body.
pub fn get(url: &str) -> Result<Answer, Error> {
    send(&request("GET", url))
}

/// Sends a request and reads the answer to its end.
pub fn send(request: &Request) -> Result<Answer, Error> {
    let response = net::fetch(request)?;
    let (status, headers) = (response.status()?, response.headers()?);
    Ok(Answer { status, headers, body: read_all(&response.body()?)? })
}

/// All that comes until a stream ends; `unavailable` if it breaks off.
pub fn read_all(stream: &InputStream) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => all.extend(piece),
            Err(StreamError::Closed) => return Ok(all),
            Err(StreamError::LastOperationFailed(why)) => {
                return Err(Error::Unavailable(why.to_debug_string()));
            }
        }
    }
}
