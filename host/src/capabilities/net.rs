//! `net`: one HTTP request, by the host. It resolves, checks, pins, connects, follows redirects,
//! and adds the credential; the guest gets a status, headers and a stream.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::DynInputStream;
use workbooks_bindings::engine::net::{self, Request, Response};
use workbooks_bindings::engine::types::Header;

use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::egress::Egress;
use crate::egress::http::{
    Body, BodyStream, Bounds, Credential, Followed, HEADERS, Outgoing, REQUEST_BYTES, read_url,
};
use crate::instance::{Guest, wasi};
use crate::secret::SecretProvider;

/// HTTP requests, and `wasi:http` by the same road.
///
/// All methods but CONNECT and TRACE; a body ≤ 4 MiB goes out and one ≤ 64 MiB comes in; up to
/// five redirects; one deadline over everything, which `timeout-ms` may shorten.
pub struct Net {
    egress: Arc<Egress>,
    secrets: Arc<dyn SecretProvider>,
}

impl Net {
    pub(crate) fn new(egress: Arc<Egress>, secrets: Arc<dyn SecretProvider>) -> Self {
        Self { egress, secrets }
    }

    async fn fetch(call: &Admitted<'_, Self>, request: Request) -> Result<Fetched, Refusal> {
        let this = call.capability();
        if let Some((key, _)) = request.extra.first() {
            // A guest that asks for what is not done must not believe that it was.
            return Err(Refusal::Unsupported(format!("`net` has no option {key:.32?}")));
        }
        if request.body.len() as u64 > REQUEST_BYTES {
            return Err(Refusal::TooLarge(REQUEST_BYTES));
        }
        let outgoing = Outgoing {
            method: method(&request.method)?,
            url: read_url(&request.url)?,
            headers: headers(&request.headers)?,
            body: request.body.into(),
        };
        let credential = request.credential.map(|name| this.credential(call, &name)).transpose()?;
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let time = asked.map_or(call.time(), |asked| asked.min(call.time()));
        let bounds = Bounds::until(std::time::Instant::now() + time);
        let followed =
            this.egress.follow(call.caller(), outgoing, credential.as_ref(), &bounds).await?;
        Ok(Fetched::from(followed))
    }

    fn credential(&self, call: &Admitted<'_, Self>, name: &str) -> Result<Credential, Refusal> {
        let unbound = || Refusal::Denied("the grant binds no such credential".to_owned());
        let binding = call.grant().secrets().get(name).ok_or_else(unbound)?;
        let secret = self.secrets.secret(call.tenant(), name);
        let secret =
            secret.map_err(|_| Refusal::Unavailable("the secrets cannot be read".to_owned()))?;
        let secret = secret.ok_or_else(|| {
            Refusal::Unavailable("the host has no secret for this credential".to_owned())
        })?;
        Credential::new(binding, &secret)
    }
}

impl Capability for Net {
    fn name(&self) -> &'static str {
        "net"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return wasi::link_network(interface, linker);
        }
        net::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

/// A response that the guest holds.
pub(crate) struct Fetched {
    status: u16,
    headers: Vec<Header>,
    /// Until the guest takes it.
    body: Option<Body>,
}

impl From<Followed> for Fetched {
    fn from(followed: Followed) -> Self {
        let (parts, body) = followed.response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: value.as_bytes().to_vec(),
        });
        Self { status: parts.status.as_u16(), headers: headers.collect(), body: Some(body) }
    }
}

fn method(text: &str) -> Result<Method, Refusal> {
    // Longer than any registered one, and short enough to be sent back in an answer.
    let method = Some(text).filter(|text| text.len() <= 32);
    let method = method.and_then(|text| Method::from_bytes(text.as_bytes()).ok());
    method.ok_or_else(|| Refusal::Invalid("that is not a method".to_owned()))
}

/// Reads headers; whether they may be set is for the request to say, hop by hop.
fn headers(list: &[Header]) -> Result<HeaderMap, Refusal> {
    if list.len() > HEADERS {
        return Err(Refusal::Quota(HEADERS as u64));
    }
    let mut headers = HeaderMap::new();
    for (at, header) in list.iter().enumerate() {
        let invalid = |what| Refusal::Invalid(format!("the {what} of header {at} is malformed"));
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| invalid("name"))?;
        let value = HeaderValue::from_bytes(&header.value).map_err(|_| invalid("value"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

impl net::Host for Call<'_, Net> {
    async fn fetch(&mut self, request: Request) -> Result<Resource<Response>, Refusal> {
        let call = self.admit("fetch")?;
        let fetched = Net::fetch(&call, request).await.map_err(|refusal| call.refuse(refusal))?;
        self.keep(fetched).map_err(|refusal| call.refuse(refusal))
    }
}

impl net::HostResponse for Call<'_, Net> {
    async fn status(&mut self, response: Resource<Response>) -> Result<u16, Refusal> {
        self.admit("response.status")?;
        Ok(self.kept::<Fetched, _>(&response)?.status)
    }

    async fn headers(&mut self, response: Resource<Response>) -> Result<Vec<Header>, Refusal> {
        self.admit("response.headers")?;
        Ok(self.kept::<Fetched, _>(&response)?.headers.clone())
    }

    async fn body(
        &mut self,
        response: Resource<Response>,
    ) -> Result<Resource<DynInputStream>, Refusal> {
        let call = self.admit("response.body")?;
        let body = self.kept::<Fetched, _>(&response)?.body.take();
        let body = body.ok_or_else(|| Refusal::Invalid("the body was taken already".to_owned()))?;
        let stream: DynInputStream = Box::new(BodyStream::new(call.caller().clone(), body));
        let handles = call.grant().limits().handles as u64;
        self.table().push(stream).map_err(|_| call.refuse(Refusal::Quota(handles)))
    }

    async fn drop(&mut self, response: Resource<Response>) -> wasmtime::Result<()> {
        self.take::<Fetched, _>(&response).map(drop)
    }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Net")
    }
}
