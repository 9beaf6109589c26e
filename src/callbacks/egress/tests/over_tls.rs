//! TLS with an authority made for the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;

/// A new authority's certificate as PEM, and an acceptor with a certificate it made out to `name`.
fn authority(name: &str) -> (String, TlsAcceptor) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer_key = KeyPair::generate().expect("a key");
    let root = params.self_signed(&issuer_key).expect("a root");
    let issuer = Issuer::new(params, issuer_key);
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new([name.to_owned()])
        .and_then(|leaf| leaf.signed_by(&key, &issuer))
        .expect("a leaf");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("tls versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .expect("a server");
    (root.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Sends to `host` at a server with a certificate for `name`, trusting its authority or not.
async fn send(host: &str, name: &str, trusted: bool) -> Result<u16, SendError> {
    let (root, acceptor) = authority(name);
    let (address, _served) = serve(|stream| async move {
        if let Ok(stream) = acceptor.accept(stream).await {
            answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        }
    })
    .await;
    let extra_roots_pem = trusted.then(|| root.into_bytes());
    let client = client_with(Policy { extra_roots_pem, ..Policy::unguarded(PATIENT) });
    let target = Target::parse(&format!("{host}:{}/cb", address.port()), client.policy(), true)
        .expect("a target");
    client.send(&Request::get(target), None).await.map(|response| response.status.as_u16())
}

#[tokio::test]
async fn an_authority_among_the_extra_roots_is_trusted_for_names_and_addresses() {
    assert_eq!(send("localhost", "localhost", true).await, Ok(200));
    assert_eq!(send("127.0.0.1", "127.0.0.1", true).await, Ok(200));
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let outcome = send("localhost", "localhost", false).await;
    assert_eq!(outcome, Err(SendError::Tls(TlsFault::UnknownIssuer)));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_without_repeating_it() {
    let error = send("127.0.0.1", "other.example", true).await.expect_err("another name");
    assert_eq!(error, SendError::Tls(TlsFault::WrongName));
    assert_eq!(error.to_string(), "tls failed: the certificate is for another name");
}

#[tokio::test]
async fn a_server_that_speaks_plain_http_fails_the_handshake() {
    let (address, _served) = serve(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        read_request(&mut stream).await;
    })
    .await;
    let client = client();
    let target =
        Target::parse(&format!("https://{address}"), client.policy(), true).expect("a target");
    let outcome = client.send(&Request::get(target), None).await;
    assert_eq!(outcome.err(), Some(SendError::Tls(TlsFault::Handshake)));
}
