//! Why a request was not answered. No variant carries the URL, a host name or a byte of what was
//! sent or received, so every one of them may be logged and stored.

use std::io;

use tokio_rustls::rustls::{self, CertificateError};

use super::target::UrlRefused;

/// The client could not be built from its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The extra roots are not readable as PEM.
    #[error("the extra root certificates are not valid pem")]
    RootsUnreadable,
    /// The extra roots hold no certificate.
    #[error("the extra root certificates hold no certificate")]
    RootsEmpty,
    /// A certificate among the extra roots cannot be a trust anchor.
    #[error("an extra root certificate cannot be used")]
    RootUnusable,
    /// The TLS library refused its own settings.
    #[error("tls could not be set up")]
    Tls,
}

/// One request came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The policy forbids the target, or every address its name resolved to.
    #[error("refused: {0}")]
    Refused(#[from] UrlRefused),
    /// The host name did not resolve.
    #[error("the host name could not be resolved")]
    Dns,
    /// No address took the connection; the last failure.
    #[error("could not connect: {0}")]
    Connect(io::ErrorKind),
    /// The TLS handshake failed.
    #[error("tls failed: {0}")]
    Tls(TlsFault),
    /// The deadline passed.
    #[error("timed out {0}")]
    Timeout(Phase),
    /// The request could not be written as HTTP or the answer could not be read as HTTP.
    #[error("{0}")]
    Protocol(ProtocolFault),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(io::ErrorKind),
}

impl SendError {
    /// A stable word for metrics and journals.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Dns => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::Protocol(_) => "protocol",
            Self::Io(_) => "io",
        }
    }

    /// From the handshake, which wraps the library's error into an io one.
    pub(super) fn from_handshake(error: &io::Error) -> Self {
        let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        Self::Tls(fault.map_or(TlsFault::Handshake, TlsFault::from_rustls))
    }

    pub(super) fn from_hyper(error: &hyper::Error) -> Self {
        let cause =
            std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
        match cause.map(io::Error::kind) {
            Some(io::ErrorKind::UnexpectedEof) => return Self::Protocol(ProtocolFault::Incomplete),
            Some(kind) => return Self::Io(kind),
            None => {}
        }
        Self::Protocol(
            if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
                ProtocolFault::Incomplete
            } else if error.is_user() {
                ProtocolFault::Request
            } else {
                ProtocolFault::Malformed
            },
        )
    }
}

/// What was going on when the deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    /// Resolving the host name.
    #[error("while resolving the host name")]
    Dns,
    /// Opening the connection.
    #[error("while connecting")]
    Connect,
    /// The TLS handshake.
    #[error("during the tls handshake")]
    Tls,
    /// Sending the request and waiting for the status and the headers.
    #[error("while waiting for the response")]
    Head,
    /// Reading the body of the answer.
    #[error("while reading the response")]
    Body,
}

/// What is wrong with the other side's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Signed by nobody we trust.
    #[error("the certificate's issuer is not trusted")]
    UnknownIssuer,
    /// Made out to another name.
    #[error("the certificate is for another name")]
    WrongName,
    /// Expired, or not valid yet.
    #[error("the certificate is out of date")]
    OutOfDate,
    /// Any other defect of the certificate.
    #[error("the certificate is not valid")]
    Certificate,
    /// The handshake was not completed: no common version, an alert, not TLS at all, a connection
    /// cut.
    #[error("the handshake failed")]
    Handshake,
}

impl TlsFault {
    fn from_rustls(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(certificate) = error else {
            return Self::Handshake;
        };
        match certificate {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::OutOfDate,
            _ => Self::Certificate,
        }
    }
}

/// What is wrong with the HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    /// The request cannot be put into HTTP/1.1.
    #[error("the request could not be written")]
    Request,
    /// The answer is not HTTP/1, or its headers exceed the limits; hyper tells a client no more
    /// than that.
    #[error("the response is not valid http or its headers are too large")]
    Malformed,
    /// The connection was closed before the answer was complete.
    #[error("the response was cut short")]
    Incomplete,
    /// The server switched to a protocol nobody asked for.
    #[error("the server switched protocols unasked")]
    Upgraded,
}
