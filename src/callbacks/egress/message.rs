//! What is sent and what comes back, as the callers see it, and how a request is put into HTTP/1.1.

use std::fmt;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use hyper::{HeaderMap, Method, StatusCode};

use super::error::{ProtocolFault, SendError};
use super::target::Target;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("kycd/", env!("CARGO_PKG_VERSION")));

/// Headers that belong to the connection. The client sets what is needed of them; a caller's are
/// dropped.
const OURS: [HeaderName; 9] =
    [CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT];

/// One request. Debug output leaves headers and body out.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub target: Target,
    /// The caller's headers. `Host`, `User-Agent`, `Content-Length` and those about the connection
    /// are the client's own.
    pub headers: HeaderMap,
    /// The body, possibly empty.
    pub body: Bytes,
}

impl Request {
    /// A `GET` without headers.
    pub fn get(target: Target) -> Self {
        Self { method: Method::GET, target, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A `POST` of `body`.
    pub fn post(target: Target, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        Self { method: Method::POST, target, headers, body: body.into() }
    }

    pub(super) fn to_http(&self) -> Result<hyper::Request<Full<Bytes>>, SendError> {
        let fault = SendError::Protocol(ProtocolFault::Request);
        let mut headers = self.headers.clone();
        for name in &OURS {
            headers.remove(name);
        }
        headers.insert(HOST, HeaderValue::from_str(self.target.authority()).map_err(|_| fault)?);
        headers.insert(USER_AGENT, AGENT);
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        // An empty POST still names its length; some servers answer 411 otherwise.
        if !self.body.is_empty()
            || matches!(self.method, Method::POST | Method::PUT | Method::PATCH)
        {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        // A tunnel is not a request.
        if self.method == Method::CONNECT {
            return Err(fault);
        }
        let mut request = hyper::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.path().clone();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The answer, whatever its status; a redirect is an answer like any other. Debug output leaves
/// headers and body out.
#[derive(Clone)]
pub struct Response {
    /// The final status, never 1xx.
    pub status: StatusCode,
    /// The headers; at most 100 lines and 64 KiB of them.
    pub headers: HeaderMap,
    /// The body up to the policy's limit.
    pub body: Bytes,
    /// Whether there was more of the body than that.
    pub truncated: bool,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callbacks::egress::Policy;

    fn target() -> Target {
        Target::parse("https://crm.example:8443/a?b=c", &Policy::default(), true).expect("a target")
    }

    #[test]
    fn a_callers_connection_headers_are_replaced() {
        let mut request =
            Request::post(target(), HeaderValue::from_static("application/json"), "{}");
        for name in OURS {
            request.headers.append(name, HeaderValue::from_static("forged"));
        }
        let http = request.to_http().expect("a request");
        let mut lines: Vec<_> = http
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
            .collect();
        lines.sort();
        let agent = format!("user-agent: kycd/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(
            lines,
            [
                "connection: close",
                "content-length: 2",
                "content-type: application/json",
                "host: crm.example:8443",
                &agent
            ]
        );
        assert_eq!(http.uri(), "/a?b=c");
    }

    #[test]
    fn an_empty_post_names_its_length_and_a_get_does_not() {
        let post = Request::post(target(), HeaderValue::from_static("text/plain"), "")
            .to_http()
            .expect("a request");
        assert_eq!(post.headers().get(CONTENT_LENGTH), Some(&HeaderValue::from_static("0")));
        let get = Request::get(target()).to_http().expect("a request");
        assert_eq!(get.headers().get(CONTENT_LENGTH), None);
    }

    #[test]
    fn debug_output_holds_no_body() {
        let request = Request::post(target(), HeaderValue::from_static("text/plain"), "Jane Doe");
        assert_eq!(
            format!("{request:?}"),
            "Request { method: POST, target: Target(https://crm.example:8443/…), body_bytes: 8, .. }"
        );
    }
}
