//! A request and the redirects that it meets: each hop is checked as if it were the first.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use url::Url;
use workbooks_bindings::Refusal;

use super::head::URL_BYTES;
use super::scrub::{Forms, Scrubbed};
use super::{Body, Bounds, Credential, whole};
use crate::admission::Caller;
use crate::egress::Egress;

/// Redirects that one request may meet.
const REDIRECTS: usize = 5;

/// A request that can be sent again.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What came of it, and from where.
pub(crate) struct Followed {
    pub(crate) url: Url,
    pub(crate) response: Response<Body>,
}

/// Reads an absolute URL of HTTP (WHATWG URL). What browsers silently drop or mend is refused:
/// white space, control characters, backslashes, and a user.
///
/// # Errors
///
/// [`Refusal::Invalid`], [`Refusal::TooLarge`], and [`Refusal::Denied`] for another scheme.
pub(crate) fn read_url(text: &str) -> Result<Url, Refusal> {
    if text.len() > URL_BYTES {
        return Err(Refusal::TooLarge(URL_BYTES as u64));
    }
    if text.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '\\') {
        return Err(Refusal::Invalid("the URL has a character that URLs do not have".to_owned()));
    }
    let url = Url::parse(text).map_err(|_| Refusal::Invalid("that is not a URL".to_owned()))?;
    checked(url)
}

fn checked(url: Url) -> Result<Url, Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Denied("only http and https are open".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Denied("a URL must not name a user".to_owned()));
    }
    if url.as_str().len() > URL_BYTES {
        return Err(Refusal::TooLarge(URL_BYTES as u64));
    }
    Ok(url)
}

impl Egress {
    /// Sends a request, with a credential if there is one, and follows up to five redirects (301,
    /// 302, 303, 307 and 308 with a `Location`). To another origin go neither the credential nor
    /// `Authorization` nor `Cookie`, and from https to http nothing goes that had one of them.
    ///
    /// # Errors
    ///
    /// Those of [`Egress::send`], of each hop; [`Refusal::Denied`] if the credential is not for
    /// this request; [`Refusal::Unavailable`] after too many redirects.
    pub(crate) async fn follow(
        &self,
        caller: &Arc<Caller>,
        mut outgoing: Outgoing,
        credential: Option<&Credential>,
        bounds: &Bounds,
    ) -> Result<Followed, Refusal> {
        outgoing.url = checked(outgoing.url)?;
        if let Some(credential) = credential {
            if outgoing.headers.contains_key(credential.header()) {
                let what = format!("the header `{}` is the credential's", credential.header());
                return Err(Refusal::Denied(what));
            }
            if !credential.covers(&outgoing.method, &outgoing.url) {
                return Err(Refusal::Denied("the credential is not for this request".to_owned()));
            }
        }
        let mut carried = credential;
        for _ in 0..=REDIRECTS {
            let sent = self.send(caller, outgoing.request(carried)?, bounds).await?;
            let response = match credential {
                Some(credential) => scrubbed(sent, credential.forms())?,
                None => sent,
            };
            let Some(next) = target(&outgoing.url, &response)? else {
                return Ok(Followed { url: outgoing.url, response });
            };
            outgoing.turn(response.status(), next, carried.is_some())?;
            carried = carried.filter(|c| c.covers(&outgoing.method, &outgoing.url));
        }
        Err(Refusal::Unavailable("more than five redirects".to_owned()))
    }
}

impl Outgoing {
    fn request(&self, credential: Option<&Credential>) -> Result<Request<Body>, Refusal> {
        let uri: Uri = self.url[..url::Position::AfterQuery]
            .parse()
            .map_err(|_| Refusal::Invalid("that is not a URL".to_owned()))?;
        let mut request = Request::new(whole(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        request.headers_mut().clone_from(&self.headers);
        if let Some(credential) = credential {
            credential.put_into(request.headers_mut());
        }
        Ok(request)
    }

    /// Makes it the request that a redirect asks for (RFC 9110, 15.4, as browsers have it).
    fn turn(&mut self, status: StatusCode, next: Url, has_credential: bool) -> Result<(), Refusal> {
        const PERSONAL: [header::HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];
        let personal =
            has_credential || PERSONAL.iter().any(|name| self.headers.contains_key(name));
        if personal && self.url.scheme() == "https" && next.scheme() == "http" {
            let what = "a redirect leads from https to http, with a credential";
            return Err(Refusal::Denied(what.to_owned()));
        }
        if next.origin() != self.url.origin() {
            for name in PERSONAL {
                self.headers.remove(name);
            }
        }
        let to_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if to_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
                self.headers.remove(name);
            }
        }
        self.url = next;
        Ok(())
    }
}

/// Where a response leads, if it is a redirect.
fn target(from: &Url, response: &Response<Body>) -> Result<Option<Url>, Refusal> {
    const LEADING: [u16; 5] = [301, 302, 303, 307, 308];
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    if !LEADING.contains(&response.status().as_u16()) {
        return Ok(None);
    }
    let nowhere = || Refusal::Unavailable("a redirect leads nowhere".to_owned());
    let location = location.to_str().map_err(|_| nowhere())?;
    checked(from.join(location).map_err(|_| nowhere())?).map(Some)
}

/// Takes a secret out of a response. One that is encoded so that nobody could is refused.
fn scrubbed(response: Response<Body>, forms: &Arc<Forms>) -> Result<Response<Body>, Refusal> {
    let (mut parts, body) = response.into_parts();
    let has = |name: header::HeaderName, plain: &str| {
        let mut values = parts.headers.get_all(name).iter();
        values.all(|value| value.as_bytes().eq_ignore_ascii_case(plain.as_bytes()))
    };
    if !has(header::CONTENT_ENCODING, "identity") || !has(header::TRANSFER_ENCODING, "chunked") {
        let what = "the far side answers a request with a credential in an encoding";
        return Err(Refusal::Unavailable(what.to_owned()));
    }
    for value in parts.headers.values_mut() {
        let plain = forms.scrub(value.as_bytes());
        if plain != value.as_bytes() {
            *value =
                HeaderValue::try_from(plain).unwrap_or_else(|_| HeaderValue::from_static("***"));
        }
    }
    Ok(Response::from_parts(parts, Scrubbed::new(body, forms.clone()).boxed_unsync()))
}
