//! TLS for outgoing connections: the public roots, those of the operator, and the handshake. Called
//! by the client.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::deadline::Deadline;
use super::error::{BuildError, Phase, SendError};

/// Builds the connector: TLS 1.2 and 1.3, no session resumption, `http/1.1` only, no client
/// certificate.
///
/// The provider is named here rather than installed for the process, so that no other crate's
/// choice changes ours.
pub(super) fn connector(extra_roots_pem: Option<&[u8]>) -> Result<TlsConnector, BuildError> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| BuildError::Tls)?
        .with_root_certificates(roots(extra_roots_pem)?)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(extra_roots_pem: Option<&[u8]>) -> Result<RootCertStore, BuildError> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let Some(pem) = extra_roots_pem else {
        return Ok(roots);
    };
    let public = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| BuildError::RootsUnreadable)?;
        roots.add(certificate).map_err(|_| BuildError::RootUnusable)?;
    }
    if roots.len() == public {
        return Err(BuildError::RootsEmpty);
    }
    Ok(roots)
}

/// Makes `tcp` a TLS connection to `name`.
pub(super) async fn handshake(
    connector: &TlsConnector,
    name: ServerName<'static>,
    tcp: TcpStream,
    deadline: Deadline,
) -> Result<TlsStream<TcpStream>, SendError> {
    deadline
        .within(Phase::Tls, connector.connect(name, tcp))
        .await?
        .map_err(|error| SendError::from_handshake(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pem: &[u8]) -> Option<BuildError> {
        connector(Some(pem)).err()
    }

    #[test]
    fn extra_roots_that_are_no_certificates_are_refused() {
        assert_eq!(refusal(b""), Some(BuildError::RootsEmpty));
        assert_eq!(refusal(b"no pem at all"), Some(BuildError::RootsEmpty));
        assert_eq!(
            refusal(b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"),
            Some(BuildError::RootsUnreadable)
        );
        assert_eq!(
            refusal(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            Some(BuildError::RootUnusable)
        );
    }
}
