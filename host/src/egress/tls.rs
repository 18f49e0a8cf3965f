//! TLS to a pinned destination: the certificate must be good for its name.

use std::sync::Arc;
use std::time::Instant;

use miette::Diagnostic;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use workbooks_bindings::Refusal;

use super::{Egress, Name, Pinned};

/// Why a root certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("a root certificate cannot be used: {why}")]
#[diagnostic(code(workbooks::host::roots), help("give certificates of authorities, as PEM or DER"))]
pub struct RootError {
    /// Why.
    pub why: String,
}

/// What every TLS connection of a host begins with.
pub(crate) struct Tls(ClientConfig);

impl Tls {
    /// Trusts the authorities that Mozilla trusts, and `extra` ones, each PEM (with one or more
    /// certificates) or DER.
    pub(crate) fn new(extra: &[Vec<u8>]) -> Result<Self, RootError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in extra.iter().flat_map(|bytes| certificates(bytes)) {
            let certificate = certificate.map_err(|why| RootError { why })?;
            roots.add(certificate).map_err(|why| RootError { why: why.to_string() })?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| RootError { why: why.to_string() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A ticket would tell the far side that two principals share a host.
        config.resumption = Resumption::disabled();
        Ok(Self(config))
    }
}

fn certificates(bytes: &[u8]) -> Vec<Result<CertificateDer<'static>, String>> {
    if !bytes.starts_with(b"-----BEGIN") {
        return vec![Ok(CertificateDer::from(bytes.to_vec()))];
    }
    let read: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .map(|read| read.map_err(|why| why.to_string()))
        .collect();
    if read.is_empty() { vec![Err("there is none in it".to_owned())] } else { read }
}

impl Egress {
    /// TLS over a connection to `pinned`: the name goes along (SNI), and the certificate must be
    /// good for it, or for the address if that is what the guest wrote. `alpn` are the protocols
    /// that are offered, if any.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] if the handshake fails, and [`Refusal::Timeout`].
    pub(crate) async fn tls(
        &self,
        stream: TcpStream,
        pinned: &Pinned,
        alpn: &[&[u8]],
        until: Instant,
    ) -> Result<TlsStream<TcpStream>, Refusal> {
        let mut config = self.tls.0.clone();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        let name = match pinned.name() {
            Name::Dns(name) => ServerName::try_from(name.clone())
                .map_err(|_| Refusal::Invalid("that is not a host name".to_owned()))?,
            Name::Address(address) => ServerName::from(*address),
        };
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        match timeout_at(until.into(), connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(why)) => Err(Refusal::Unavailable(failed(pinned, &why))),
            Err(_) => Err(Refusal::Timeout),
        }
    }
}

fn failed(pinned: &Pinned, why: &std::io::Error) -> String {
    use tokio_rustls::rustls::Error;
    let inner = why.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(_) | Error::NoCertificatesPresented) => {
            format!("the certificate of `{}` is not good for it", pinned.name())
        }
        _ => format!("`{}:{}` does not speak TLS with us", pinned.name(), pinned.port()),
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}
