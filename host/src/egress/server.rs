//! A server of the operator's, asked on a guest's behalf. The guest chose nothing of where the
//! request goes, and learns nothing of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use url::Url;
use workbooks_bindings::Refusal;

use super::Egress;
use super::http::{Body, Bounds, collect};
use crate::admission::Caller;
use crate::policy::BaseUrl;

/// Bytes of an answer.
const ANSWER: usize = 4 << 20;

/// How long a connection may take: an answer may take longer, but not to begin with.
const CONNECTING: Duration = Duration::from_secs(10);

/// A server that the operator named.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    base: BaseUrl,
    egress: Arc<Egress>,
}

/// What it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Server {
    pub(crate) fn new(base: BaseUrl, egress: Arc<Egress>) -> Self {
        Self { base, egress }
    }

    /// A URL of the server's.
    pub(crate) fn at(&self, path: &str) -> Url {
        self.base.at(path)
    }

    /// Sends a request to the server, and collects its answer of at most 4 MiB. Redirects are not
    /// followed: the operator named this server and no other.
    ///
    /// # Errors
    ///
    /// [`Refusal::Revoked`], [`Refusal::Timeout`], [`Refusal::TooLarge`]; [`Refusal::Denied`] when
    /// its name leads where the operator opened nothing, and [`Refusal::Unavailable`] for all else.
    /// None tells its name or address.
    pub(crate) async fn ask(
        &self,
        caller: &Caller,
        request: Request<Body>,
        until: Instant,
    ) -> Result<Said, Refusal> {
        let host = caller.under(&self.base.opened());
        let connected = until.min(Instant::now() + CONNECTING);
        let bounds = Bounds { connected, response: ANSWER as u64, ..Bounds::until(until) };
        let asked = async {
            let (head, body) = self.egress.send(&host, request, &bounds).await?.into_parts();
            let body = collect(body, ANSWER).await?;
            Ok(Said { status: head.status, headers: head.headers, body })
        };
        asked.await.map_err(|refusal| match refusal {
            Refusal::Revoked | Refusal::TooLarge(_) => refusal,
            Refusal::Timeout if Instant::now() >= until => refusal,
            Refusal::Denied(_) => {
                Refusal::Denied("the server that the host asks is not open to it".into())
            }
            _ => Refusal::Unavailable("the server that the host asks cannot be reached".into()),
        })
    }
}
